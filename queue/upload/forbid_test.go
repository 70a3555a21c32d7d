package upload

import (
	"bytes"
	"strings"
	"testing"

	"inboxfs/queue"
)

// TestForbidInABucketWithVersions has the server replace objects whatever it is told. An object that was there before, or comes to be
// there while the parts are sent, stays; the same content is no matter. It is asked once whether there are versions.
func TestForbidInABucketWithVersions(t *testing.T) {
	t.Parallel()
	other := []byte("somebody else's")
	for _, versions := range []string{"Enabled", "denied", ""} {
		for _, size := range []int{0, 10, 3 * part} {
			for when, want := range map[string]string{"before": "FileAlreadyExists", "meanwhile": "FileAlreadyExists", "the same": "", "never": ""} {
				if size <= part && when == "meanwhile" || versions == "" && when != "never" {
					continue
				}
				t.Run(strings.Join([]string{versions, when, string(rune('a' + size%7))}, " "), func(t *testing.T) {
					t.Parallel()
					f, w := newFake(), &watcher{}
					f.versions = versions
					job, data := file(t, size)
					there := other
					switch when {
					case "before":
						f.objects[job.Name] = other
					case "the same":
						f.objects[job.Name], there = data, data
					case "meanwhile":
						w.onAck = func(p queue.Part) {
							f.mu.Lock()
							f.objects[job.Name] = other
							f.mu.Unlock()
						}
					default:
						there = data
					}
					o := small(1)
					o.Overwrite = "forbid"
					u := New(f, o)
					_, err := u.Upload(t.Context(), job, w)
					if want != "" {
						kind(t, err, queue.Final, want)
					} else if err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(f.objects[job.Name], there) || len(f.uploads) != 0 {
						t.Errorf("the object has %d bytes, uploads %v", len(f.objects[job.Name]), f.uploads)
					}
					if f.count("Complete")+f.count("Put") > 0 && want != "" || when == "before" && f.count("UploadPart") > 0 {
						t.Errorf("requests %q", f.log)
					}
					next, _ := file(t, 7)
					next.Name = "another"
					if _, err := u.Upload(t.Context(), next, &watcher{}); err != nil {
						t.Fatal(err)
					}
					if n := f.count("Versioned"); n != 1 {
						t.Errorf("asked %d times for versions", n)
					}
					if asks := f.count("Head") > 0; asks != (versions != "") {
						t.Errorf("requests %q", f.log)
					}
				})
			}
		}
	}
}

// TestForbidWithoutTheRightToAsk has HEAD refused. Where there are versions nobody would keep the promise; where nobody knows, the
// server does, as far as it can.
func TestForbidWithoutTheRightToAsk(t *testing.T) {
	t.Parallel()
	for versions, code := range map[string]string{"Enabled": "AccessDenied", "denied": ""} {
		for _, size := range []int{10, 3 * part} {
			f := newFake()
			f.versions = versions
			f.fault = func(op string, _, _ int) outcome {
				if op == "Head" {
					return outcome{err: &queue.Error{Kind: queue.Final, Code: "AccessDenied", Hint: "grant much"}}
				}
				return outcome{}
			}
			o := small(1)
			o.Overwrite = "forbid"
			job, _ := file(t, size)
			_, err := New(f, o).Upload(t.Context(), job, &watcher{})
			if code == "" {
				if err != nil {
					t.Error(err)
				}
				continue
			}
			kind(t, err, queue.Final, code)
			if !strings.Contains(err.Error(), "oss:GetObject") || len(f.uploads) != 0 {
				t.Errorf("%v; uploads %v", err, f.uploads)
			}
		}
	}
}
