package upload

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue"
)

// TestLostInitiateOfOurs loses the answer to an Initiate, while another client uploads to the same key: what we began goes,
// and what the other did does not, however long our next try takes.
func TestLostInitiateOfOurs(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		after time.Duration // our Initiate, the other client's
		parts bool
		gone  bool
	}{
		"it sends":                    {time.Second, true, false},
		"it sent before we began":     {-time.Minute, true, false},
		"it began before we did":      {-time.Minute, false, false},
		"it began when ours was over": {lostWithin + time.Minute, false, false},
		"it looks like ours":          {time.Second, false, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			f, w := newFake(), &watcher{}
			f.fault = func(op string, _, nth int) outcome {
				switch {
				case op == "Initiate" && nth == 1:
					return outcome{err: network("reset"), after: true}
				case op == "ListUploads" && nth == 1:
					f.mu.Lock()
					defer f.mu.Unlock()
					f.uploads["other"], f.began["other"] = map[int][]byte{}, time.Now().Add(c.after)
					if c.parts {
						f.uploads["other"][1] = []byte("part")
					}
				}
				return outcome{}
			}
			job, data := file(t, 3*part)
			res, err := New(f, small(1)).Upload(t.Context(), job, w)
			if err != nil || !bytes.Equal(f.objects[res.Key], data) {
				t.Fatalf("%+v, %v", res, err)
			}
			_, others := f.uploads["other"]
			if _, ours := f.uploads["u1"]; ours || others == c.gone || w.lost != 0 {
				t.Errorf("%s: left %v, lost %d; requests %q", what, f.uploads, w.lost, f.log)
			}
		})
	}
}

// TestLostInitiateThatCannotBeLookedFor leaves it to the queue to look, who remembers, before the second is told.
func TestLostInitiateThatCannotBeLookedFor(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"ListUploads", "ListParts"} {
		for _, kind := range []queue.Kind{queue.Resumable, queue.Final} {
			synctest.Test(t, func(t *testing.T) {
				f, w := newFake(), &watcher{}
				f.fault = func(got string, _, nth int) outcome {
					switch {
					case got == "Initiate" && nth == 1:
						return outcome{err: network("reset"), after: true}
					case got == op:
						return outcome{err: &queue.Error{Kind: kind, Code: "x"}}
					}
					return outcome{}
				}
				job, _ := file(t, 3*part)
				if _, err := New(f, small(1)).Upload(t.Context(), job, w); err != nil || w.lost != 1 {
					t.Errorf("%s, kind %d: %v, lost %d", op, kind, err, w.lost)
				}
			})
		}
	}
}

// TestTidyLeavesOthersAlone: an upload of the same key that another client begins long after ours is not taken for ours that
// arrived twice, although it has no part yet.
func TestTidyLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.fault = func(op string, _, nth int) outcome {
			if op == "Complete" {
				time.Sleep(lostWithin + time.Minute)
				f.mu.Lock()
				defer f.mu.Unlock()
				f.uploads["other"], f.began["other"] = map[int][]byte{}, time.Now()
			}
			return outcome{}
		}
		job, _ := file(t, 3*part)
		if _, err := New(f, small(1)).Upload(t.Context(), job, &watcher{}); err != nil || f.uploads["other"] == nil {
			t.Errorf("%v; left %v", err, f.uploads)
		}
	})
}

// TestInitiateIsAnnounced: that a multipart upload is about to be begun is written down before, or it is not begun.
func TestInitiateIsAnnounced(t *testing.T) {
	t.Parallel()
	f, w := newFake(), &watcher{}
	f.fault = func(op string, _, _ int) outcome {
		if op == "Initiate" && w.announced != 1 {
			t.Errorf("announced %d times when it is begun", w.announced)
		}
		return outcome{}
	}
	job, _ := file(t, 3*part)
	if _, err := New(f, small(1)).Upload(t.Context(), job, w); err != nil || f.count("Initiate") != 1 {
		t.Errorf("%v; requests %q", err, f.log)
	}
	f, w = newFake(), &watcher{announce: errors.New("the disk is full")}
	_, err := New(f, small(1)).Upload(t.Context(), job, w)
	kind(t, err, queue.Resumable, "JournalError")
	if len(f.log) != 0 {
		t.Errorf("requests %q", f.log)
	}
}

// TestLostInitiateOfTwoRuns: nothing is removed while another run sends to the same key.
func TestLostInitiateOfTwoRuns(t *testing.T) {
	t.Parallel()
	for _, lose := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			f, w := newFake(), &watcher{}
			f.fault = func(op string, _, nth int) outcome {
				if lose && op == "Initiate" && nth == 1 {
					return outcome{err: network("reset"), after: true}
				}
				return outcome{}
			}
			f.uploads["other"], f.began["other"] = map[int][]byte{}, time.Now()
			job, _ := file(t, 3*part)
			u := New(f, small(1))
			u.enter(job.Name)
			if _, err := u.Upload(t.Context(), job, w); err != nil || f.uploads["other"] == nil || lose != (w.lost == 1) {
				t.Errorf("lose %v: %v; left %v, lost %d; requests %q", lose, err, f.uploads, w.lost, f.log)
			}
		})
	}
}

// TestLostInitiateThatCannotBeAborted is left to the queue by its id.
func TestLostInitiateThatCannotBeAborted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, w := newFake(), &watcher{}
		f.fault = func(op string, _, nth int) outcome {
			if op == "Initiate" && nth == 1 || op == "Abort" {
				return outcome{err: network("reset"), after: op == "Initiate"}
			}
			return outcome{}
		}
		job, _ := file(t, 3*part)
		if _, err := New(f, small(1)).Upload(t.Context(), job, w); err != nil || !slices.Contains(w.left, "u1") || slices.Contains(w.left, "u2") {
			t.Errorf("%v; to be aborted: %q", err, w.left)
		}
	})
}
