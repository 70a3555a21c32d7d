package upload

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
)

// TestOrphans makes an Initiate leave a multipart upload whose id nobody has, while another client begins one for the
// same key. Nobody can tell the two apart: neither goes with the upload, ours goes an hour later, and the other's does
// not, once it has a part.
func TestOrphans(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		leave  string // the request that leaves one
		begins string // the request during which the other client begins
	}{
		"the answer is lost":                        {"Initiate", "Initiate"},
		"the answer is lost, the other comes later": {"Initiate", "UploadPart"},
		"it came twice":                             {"UploadPart", "Initiate"},
		"it came twice, the other comes at the end": {"UploadPart", "Complete"},
		"no one is left, the other comes":           {"", "Complete"},
	} {
		synctest.Test(t, func(t *testing.T) {
			f, w := newFake(), &watcher{}
			begin := func(id string) {
				f.mu.Lock()
				defer f.mu.Unlock()
				if f.uploads[id] == nil {
					f.uploads[id], f.began[id] = map[int][]byte{}, time.Now()
				}
			}
			f.fault = func(op string, number, nth int) (o outcome) {
				if op == c.begins {
					begin("other")
				}
				switch {
				case op == c.leave && op == "Initiate" && nth == 1:
					o = outcome{err: network("reset"), after: true}
				case op == c.leave && number == 1:
					begin("u0")
				}
				return o
			}
			job, data := file(t, 3*part)
			u := New(f, small(1))
			res, err := u.Upload(t.Context(), job, w)
			if err != nil || !bytes.Equal(f.objects[res.Key], data) {
				t.Fatalf("%+v, %v", res, err)
			}
			ours := map[string]string{"Initiate": "u1", "UploadPart": "u0"}[c.leave]
			if left := 1 + len(ours)/2; len(f.uploads) != left || f.count("Abort") != 0 || len(w.lost) == 0 {
				t.Fatalf("%s: left %v, to be looked for %v; requests %q", what, f.uploads, w.lost, f.log)
			}
			known := func(string) bool { return false }
			for _, lost := range w.lost {
				if done, err := u.Sweep(t.Context(), lost, known); done || err != nil || f.uploads["other"] == nil {
					t.Errorf("%s: at once, done %v, %v", what, done, err)
				}
			}
			time.Sleep(orphanAge / 2)
			f.uploads["other"][1] = []byte("part")
			time.Sleep(orphanAge/2 + time.Minute)
			for _, lost := range w.lost {
				if done, err := u.Sweep(t.Context(), lost, known); !done || err != nil {
					t.Errorf("%s: an hour later, done %v, %v", what, done, err)
				}
			}
			if f.uploads["other"] == nil || f.uploads[ours] != nil {
				t.Errorf("%s: in the end there is %v", what, f.uploads)
			}
		})
	}
}

// TestOrphansThatCannotBeLookedFor are left to the queue, unless listing is refused for good.
func TestOrphansThatCannotBeLookedFor(t *testing.T) {
	t.Parallel()
	for kind, want := range map[transfer.Kind]int{transfer.Resumable: 1, transfer.Final: 0} {
		f, w := newFake(), &watcher{}
		f.fault = func(op string, _, _ int) outcome {
			if op == "ListUploads" {
				return outcome{err: &transfer.Error{Kind: kind, Code: "x"}}
			}
			return outcome{}
		}
		job, _ := file(t, 3*part)
		u := New(f, small(1))
		for range 2 {
			if _, err := u.Upload(t.Context(), job, w); err != nil {
				t.Fatal(err)
			}
		}
		if asked := f.count("ListUploads"); len(w.lost) != 2*want || asked != 1+want {
			t.Errorf("kind %d: to be looked for %v, asked %d times", kind, w.lost, asked)
		}
	}
}

// video is a place that VOD made for one file.
type video struct{ remote Remote }

func (v video) Key(name string, _ transfer.ID) (string, error) { return name, nil }
func (v video) Place(context.Context, transfer.Job, attribute.Set, transfer.Watch) (Place, error) {
	return Place{Remote: v.remote, Key: "video/1.mp4", VideoID: "1"}, nil
}
func (v video) Abort(context.Context, transfer.Multipart) error { return nil }

func (v video) Reach(context.Context, transfer.Multipart) (Remote, error) { return v.remote, nil }

func (v video) Clear(ctx context.Context, m transfer.Multipart) error {
	to := Target{Bucket: m.Bucket, Key: m.Key}
	open, _, err := v.remote.ListUploads(ctx, to)
	for _, up := range open {
		to.UploadID = up.UploadID
		err = errors.Join(err, v.remote.Abort(ctx, to))
	}
	return err
}

// TestOrphansOfVOD: what is begun at a place that is this file's alone is ours, and goes at once, or by its id, or,
// where nobody may look for it yet, later.
func TestOrphansOfVOD(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, away := range []string{"", "Abort", "ListUploads"} {
		f, w := newFake(), &watcher{}
		f.fault = func(op string, _, nth int) outcome {
			if op == "Initiate" && nth == 1 || op == away {
				return outcome{err: network("reset"), after: op == "Initiate"}
			}
			return outcome{}
		}
		job, _ := file(t, 3*part)
		u := NewVia(video{f}, small(1))
		if _, err := u.Upload(t.Context(), job, w); err != nil {
			t.Fatal(err)
		}
		gone, left := f.uploads["u1"] == nil, slices.Contains(w.left, "u1")
		if gone != (away == "") || left != (away == "Abort") || len(w.lost) != 1 || w.lost[0].VideoID != "1" {
			t.Fatalf("without %q: left %v, to be aborted %v, to be looked for %v", away, f.uploads, w.left, w.lost)
		}
		f.fault = nil
		if done, err := u.Sweep(t.Context(), w.lost[0], nil); !done || err != nil || len(f.uploads) != 0 {
			t.Errorf("without %q: looked for, done %v, %v: left %v", away, done, err, f.uploads)
		}
	}
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
	kind(t, err, transfer.Resumable, "JournalError")
	if len(f.log) != 0 {
		t.Errorf("requests %q", f.log)
	}
}

// elsewhere is places of which none is that of a bucket.
type elsewhere struct{ video }

func (elsewhere) Reach(context.Context, transfer.Multipart) (Remote, error) {
	return nil, transfer.ErrElsewhere
}

// TestSweepElsewhere: what was begun under another configuration is neither looked for nor forgotten.
func TestSweepElsewhere(t *testing.T) {
	t.Parallel()
	f := newFake()
	for lost, u := range map[transfer.Lost]*Uploader{
		{Bucket: "b", Key: "k"}:               NewVia(elsewhere{video{f}}, small(1)),
		{Bucket: "v", Key: "k", VideoID: "1"}: New(f, small(1)),
	} {
		if done, err := u.Sweep(t.Context(), lost, nil); done || !errors.Is(err, transfer.ErrElsewhere) ||
			len(f.log) != 0 {
			t.Errorf("%+v: done %v, %v; requests %q", lost, done, err, f.log)
		}
	}
}
