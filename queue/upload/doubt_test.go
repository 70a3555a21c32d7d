package upload

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue"
)

// A daemon that was killed between the object and the journal asks before it sends a file again.
func TestDoubt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what  string
		age   time.Duration // of the object
		other bool          // it is another file
		sent  bool
	}{
		{"arrived", time.Second, false, false},
		{"its age is not told", -1, false, false},
		{"equal, but older than the drop", time.Hour, false, true},
		{"another", time.Second, true, true},
	} {
		for _, size := range []int{0, 5, 3 * part} {
			f, w := newFake(), &watcher{}
			f.age = c.age
			job, data := file(t, size)
			job.Doubt, job.Added = true, time.Now().Add(-time.Minute)
			f.objects["clips/a.mp4"] = bytes.Clone(data)
			if c.other {
				f.objects["clips/a.mp4"] = append([]byte("x"), data...)
			}
			res, err := New(f, small(2)).Upload(t.Context(), job, w)
			if err != nil || res.CRC64 != sum(data) || !bytes.Equal(f.objects["clips/a.mp4"], data) {
				t.Errorf("%s, %d bytes: %+v, %v", c.what, size, res, err)
			}
			if sent := f.count("Put")+f.count("Complete") > 0; sent != c.sent || len(w.started) != 1 {
				t.Errorf("%s, %d bytes: requests %q, started %q", c.what, size, f.log, w.started)
			}
		}
	}
}

// Without a doubt nothing is asked.
func TestNoDoubt(t *testing.T) {
	t.Parallel()
	f := newFake()
	job, _ := file(t, 5)
	if _, err := New(f, small(2)).Upload(t.Context(), job, &watcher{}); err != nil || f.count("Head") != 0 {
		t.Errorf("%v, requests %q", err, f.log)
	}
}

// The last parts are acknowledged, and the object is made, before the journal has written the parts down.
func TestResumeOfACompletedUploadWithoutItsLastParts(t *testing.T) {
	t.Parallel()
	f, w := newFake(), &watcher{}
	job, data := file(t, 3*part)
	u := New(f, small(2))
	if _, err := u.Upload(t.Context(), job, w); err != nil {
		t.Fatal(err)
	}
	job.Resume = w.resume()
	job.Resume.Parts = job.Resume.Parts[:1]
	f.log = nil
	res, err := u.Upload(t.Context(), job, &watcher{})
	if err != nil || res.CRC64 != sum(data) || f.count("UploadPart")+f.count("Initiate") != 0 {
		t.Errorf("%+v, %v, requests %q", res, err, f.log)
	}
}

// Of the multipart uploads of a key only those go that a lost Initiate may have left, and that nobody can be using.
func TestSweep(t *testing.T) {
	t.Parallel()
	since := time.Now().Add(-3 * time.Hour)
	for _, c := range []struct {
		what     string
		began    time.Time
		parts    bool
		known    bool
		gone, on bool // on: it is to be looked for again
	}{
		{what: "ours", began: since.Add(time.Second), gone: true},
		{what: "somebody's, with a part", began: since.Add(time.Second), parts: true},
		{what: "one we go on with", began: since.Add(time.Second), known: true},
		{what: "older than ours", began: since.Add(-time.Minute)},
		{what: "younger than ours", began: since.Add(time.Hour)},
		{what: "perhaps ours, and perhaps its first part is under way", began: time.Now().Add(-orphanAge / 2), on: true},
	} {
		f := newFake()
		f.uploads["u"] = map[int][]byte{}
		f.began["u"] = c.began
		if c.parts {
			f.uploads["u"][1] = []byte("part")
		}
		lost := queue.Lost{Bucket: "b", Key: "k", Since: since}
		if c.on {
			lost.Since = c.began.Add(-time.Second)
		}
		done, err := New(f, small(1)).Sweep(t.Context(), lost, func(string) bool { return c.known })
		if _, there := f.uploads["u"]; err != nil || done == c.on || there == c.gone {
			t.Errorf("%s: done %v, %v; is it there: %v", c.what, done, err, there)
		}
	}
}

// Who may not list uploads does not ask for ever, and who cannot just now asks again.
func TestSweepThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, kind := range []queue.Kind{queue.Final, queue.Resumable} {
		f := newFake()
		f.fault = func(string, int, int) outcome { return outcome{err: &queue.Error{Kind: kind, Code: "x"}} }
		done, err := New(f, small(1)).Sweep(t.Context(), queue.Lost{Bucket: "b", Key: "k"}, nil)
		if err == nil || done != (kind == queue.Final) {
			t.Errorf("kind %v: done %v, %v", kind, done, err)
		}
	}
}

// A Complete that is under way when its run is called off is waited for: the server would go on with it, and make an object
// of which the next run could not know.
func TestCalledOffWhileItCompletes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f := newFake()
		f.fault = func(op string, _, _ int) outcome {
			if op == "Complete" {
				cancel()
				time.Sleep(lastWord / 2)
			}
			return outcome{}
		}
		job, data := file(t, 3*part)
		res, err := New(f, small(2)).Upload(ctx, job, &watcher{})
		if err != nil || res.CRC64 != sum(data) {
			t.Errorf("%+v, %v", res, err)
		}
	})
}
