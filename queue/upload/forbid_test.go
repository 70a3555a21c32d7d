package upload

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/transfer"
)

// TestForbidInABucketWithVersions has the server replace objects whatever it is told. An object that was there before,
// or comes to be there while the parts are sent, stays, also where its content is the same. It is asked once whether
// there are versions.
func TestForbidInABucketWithVersions(t *testing.T) {
	t.Parallel()
	other := []byte("somebody else's")
	for _, versions := range []string{"Enabled", "denied", ""} {
		for _, size := range []int{0, 10, 3 * part} {
			for when, want := range map[string]string{"before": "FileAlreadyExists", "meanwhile": "FileAlreadyExists",
				"the same": "FileAlreadyExists", "never": ""} {

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
						w.onAck = func(p transfer.Part) {
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
						kind(t, err, transfer.Final, want)
					} else if err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(f.objects[job.Name], there) || len(f.uploads) != 0 {
						t.Errorf("the object has %d bytes, uploads %v", len(f.objects[job.Name]), f.uploads)
					}
					if f.count("Complete")+f.count("Put") > 0 && want != "" || (when == "before" ||
						when == "the same") && f.count("UploadPart") > 0 {
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

// TestForbidWithoutTheRightToAsk has HEAD refused. Where there are versions nobody would keep the promise; where nobody
// knows, the server does, as far as it can.
func TestForbidWithoutTheRightToAsk(t *testing.T) {
	t.Parallel()
	for versions, code := range map[string]string{"Enabled": "AccessDenied", "denied": ""} {
		for _, size := range []int{10, 3 * part} {
			f := newFake()
			f.versions = versions
			f.fault = func(op string, _, _ int) outcome {
				if op == "Head" {
					return outcome{err: &transfer.Error{Kind: transfer.Final, Code: "AccessDenied", Hint: "grant much"}}
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
			kind(t, err, transfer.Final, code)
			if !strings.Contains(err.Error(), "oss:GetObject") || len(f.uploads) != 0 {
				t.Errorf("%v; uploads %v", err, f.uploads)
			}
		}
	}
}

// TestForbidWhenVersionsAreSwitchedOn has a bucket get versions while files go. The first file that is told of one says
// so where nobody had looked whether an object was there, and from then on nothing is replaced; after a minute it is
// asked again, so that not even the first one replaces anything, and once only, however many files go.
func TestForbidWhenVersionsAreSwitchedOn(t *testing.T) {
	t.Parallel()
	for _, versions := range []string{"Enabled", "Suspended"} {
		for _, before := range []string{"", "denied"} {
			for _, size := range []int{10, 3 * part} {
				for _, later := range []time.Duration{time.Second, trusted} {
					synctest.Test(t, func(t *testing.T) { switchedOn(t, before, versions, size, later) })
				}
			}
		}
	}
}

func switchedOn(t *testing.T, before, versions string, size int, later time.Duration) {
	f := newFake()
	f.versions = before
	o := small(1)
	o.Overwrite = "forbid"
	u := New(f, o)
	upload := func(name string) (transfer.Result, error) {
		job, _ := file(t, size)
		job.Name = name
		return u.Upload(t.Context(), job, &watcher{})
	}
	for _, name := range []string{"a", "b", "c"} {
		if res, err := upload(name); err != nil || res.Warning != nil {
			t.Fatal(res, err)
		}
	}
	f.versions = versions
	f.objects["d"], f.objects["e"] = []byte("another's"), []byte("another's")
	time.Sleep(later)
	replaced := before == "" && later < trusted
	res, err := upload("d")
	switch {
	case !replaced:
		kind(t, err, transfer.Final, "FileAlreadyExists")
	case err != nil || res.Warning == nil || res.Warning.Code != "ForbidNotKept":
		t.Errorf("%q to %s, after %v: %+v, %v", before, versions, later, res.Warning, err)
	}
	if _, err := upload("new"); err != nil {
		t.Error(err)
	}
	_, err = upload("e")
	kind(t, err, transfer.Final, "FileAlreadyExists")
	asked := 1
	if later == trusted {
		asked = 2
	}
	if string(f.objects["e"]) != "another's" || string(f.objects["d"]) == "another's" == replaced ||
		f.count("Versioned") != asked {
		t.Errorf("%q to %s, after %v: %q", before, versions, later, f.log)
	}
}

// TestForbidMeetsItsOwnObject has the answer to the request lost that made the object, or a daemon that died before it
// heard it. Nobody else's object counts as ours, whatever its bytes: it has other attributes.
func TestForbidMeetsItsOwnObject(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		there   bool          // an object of the same bytes, from the beginning
		age     time.Duration // of the object
		lost    bool          // the answer to the first request that makes the object; it is made unless it is there
		blind   int           // how many Heads find nothing, or break off
		doubt   bool
		success bool
	}{
		"another's":                          {there: true},
		"another's, and old":                 {there: true, age: time.Hour},
		"another's, old, the answer is lost": {there: true, age: time.Hour, lost: true},
		"another's, newer than the drop":     {there: true, age: 30 * time.Second, lost: true},
		"ours, the answer is lost":           {lost: true, success: true},
		"ours, and the line stays away":      {lost: true, blind: 1, success: true},
		"of a daemon that died":              {there: true, doubt: true, success: true},
		"older than the drop":                {there: true, doubt: true, age: time.Hour},
	} {
		for _, versions := range []string{"", "Enabled"} {
			for _, size := range []int{0, 5, 3 * part} {
				synctest.Test(t, func(t *testing.T) {
					f := newFake()
					f.versions, f.age = versions, c.age
					job, data := file(t, size)
					job.Doubt, job.Added = c.doubt, time.Now().Add(-time.Minute)
					if c.there {
						f.objects[job.Name] = data
					}
					f.fault = func(op string, _, nth int) outcome {
						switch {
						case (op == "Put" || op == "Complete") && nth == 1 && c.lost:
							return outcome{err: network("reset"), after: !c.there}
						case op == "Head" && nth <= c.blind && versions == "":
							return outcome{err: network("reset")}
						}
						return outcome{}
					}
					o := small(1)
					o.Overwrite = "forbid"
					res, err := New(f, o).Upload(t.Context(), job, &watcher{})
					if c.success && (err != nil || res.CRC64 != sum(data)) || !c.success &&
						code(err) != "FileAlreadyExists" {
						t.Errorf("%s, versions %q, %d bytes: %+v, %v, requests %q", what, versions, size, res, err,
							f.log)
					}
				})
			}
		}
	}
}

// TestForbidIsAskedAgainWhenNobodyAnswers has the question for versions break off when it is asked anew: what was said
// before does not count once more.
func TestForbidIsAskedAgainWhenNobodyAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		o := small(1)
		o.Overwrite = "forbid"
		u := New(f, o)
		job, _ := file(t, 10)
		if _, err := u.Upload(t.Context(), job, &watcher{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(trusted)
		f.versions = "Enabled"
		f.fault = func(op string, _, _ int) outcome {
			if op == "Versioned" {
				return outcome{err: network("reset")}
			}
			return outcome{}
		}
		_, err := u.Upload(t.Context(), job, &watcher{})
		kind(t, err, transfer.Resumable, "NetworkError")
		f.fault = nil
		_, err = u.Upload(t.Context(), job, &watcher{})
		kind(t, err, transfer.Final, "FileAlreadyExists")
	})
}

// TestForbidCannotSeeItsOwnObject loses the answer to the request that makes the object, and then the line to who knows
// what is there: that it may be another's is no reason to give up.
func TestForbidCannotSeeItsOwnObject(t *testing.T) {
	t.Parallel()
	for _, size := range []int{5, 3 * part} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			f.fault = func(op string, _, nth int) outcome {
				switch {
				case (op == "Put" || op == "Complete") && nth == 1:
					return outcome{err: network("reset"), after: true}
				case op == "Head" && nth == 1: // so it is sent again, and is there
					return outcome{err: &transfer.Error{Kind: transfer.Final, Code: "AccessDenied"}}
				case op == "Head":
					return outcome{err: network("reset")}
				}
				return outcome{}
			}
			o := small(1)
			o.Overwrite = "forbid"
			job, _ := file(t, size)
			_, err := New(f, o).Upload(t.Context(), job, &watcher{})
			kind(t, err, transfer.Resumable, "NetworkError")
		})
	}
}
