package upload

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/transfer"
)

// A daemon that was killed between the object and the journal asks before it sends a file again.
func TestDoubt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what    string
		age     time.Duration // of the object
		changed time.Duration // how long ago the file was, but for its label; 0: just now
		other   bool          // it is another file
		sent    bool
	}{
		{"arrived", time.Second, 0, false, false},
		{"its age is not told", -1, 0, false, false},
		{"equal, but older than the drop", time.Hour, 0, false, true},
		{"equal, but older than its attributes", 20 * time.Second, 0, false, true},
		{"older than its label", 20 * time.Second, 30 * time.Second, false, false},
		{"another", time.Second, 0, true, true},
	} {
		for _, size := range []int{0, 5, 3 * part} {
			f, w := newFake(), &watcher{}
			f.age = c.age
			job, data := file(t, size)
			job.Doubt, job.Added = true, time.Now().Add(-time.Minute)
			if c.changed != 0 {
				job.Changed = time.Now().Add(-c.changed).UnixNano()
			}
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
		{what: "perhaps ours, and perhaps its first part is under way", began: time.Now().Add(-orphanAge / 2),
			on: true},
	} {
		f := newFake()
		f.uploads["u"] = map[int][]byte{}
		f.began["u"] = c.began
		if c.parts {
			f.uploads["u"][1] = []byte("part")
		}
		lost := transfer.Lost{Bucket: "b", Key: "k", Since: since}
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
	for _, kind := range []transfer.Kind{transfer.Final, transfer.Resumable} {
		f := newFake()
		f.fault = func(string, int, int) outcome { return outcome{err: &transfer.Error{Kind: kind, Code: "x"}} }
		done, err := New(f, small(1)).Sweep(t.Context(), transfer.Lost{Bucket: "b", Key: "k"}, nil)
		if err == nil || done != (kind == transfer.Final) {
			t.Errorf("kind %v: done %v, %v", kind, done, err)
		}
	}
}

// A Complete that is under way when its run is called off is waited for: the server would go on with it, and make an
// object of which the next run could not know.
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

// What may have been sent is looked for where it was sent, whatever the configuration says by now; what is not there
// goes to where it goes today. Who may not look sends it to where it may be already.
func TestDoubtElsewhere(t *testing.T) {
	t.Parallel()
	const today = "clips/a.mp4"
	for _, c := range []struct {
		what   string
		resume transfer.Multipart
		there  bool
		denied bool
		want   string // key of the object; "" where it was found
		told   string // where it may be, last
	}{
		{"found", transfer.Multipart{Bucket: "b", Key: "old"}, true, false, "", ""},
		{"not found", transfer.Multipart{Bucket: "b", Key: "old"}, false, false, today, "b/" + today},
		{"who may not look", transfer.Multipart{Bucket: "b", Key: "old"}, true, true, "old", "b/old"},
		{"who may not look, in another bucket", transfer.Multipart{Bucket: "other", Key: "old"}, true, true, today,
			"b/" + today},
		{"of a video", transfer.Multipart{Bucket: "b", Key: "old", VideoID: "v"}, true, false, today, "b/" + today},
		{"found, with an upload in another bucket", transfer.Multipart{Bucket: "other", Key: "old", UploadID: "x",
			PartSize: part}, true, false, "", ""},
		{"an upload in another bucket", transfer.Multipart{Bucket: "other", Key: "old", UploadID: "x", PartSize: part},
			false, false, today, "b/" + today},
		{"an upload of a video", transfer.Multipart{Bucket: "b", Key: "old", UploadID: "x", PartSize: part,
			VideoID: "v"}, false, false, today, "b/" + today},
	} {
		for _, size := range []int{5, 3 * part} {
			f, w := newFake(), &watcher{}
			f.fault = func(op string, _, _ int) outcome {
				if op == "Head" && c.denied {
					return outcome{err: &transfer.Error{Kind: transfer.Final, Code: "AccessDenied"}}
				}
				return outcome{}
			}
			job, data := file(t, size)
			job.Doubt, job.Added, job.Resume = true, time.Now().Add(-time.Minute), &c.resume
			if c.there {
				f.objects["old"] = bytes.Clone(data)
			}
			res, err := New(f, small(2)).Upload(t.Context(), job, w)
			sent := f.count("Put")+f.count("Complete") > 0
			key := cmp.Or(c.want, "old")
			if err != nil || res.Key != key || !bytes.Equal(f.objects[key], data) || sent != (c.want != "") {
				t.Errorf("%s, %d bytes: %+v, %v; requests %q", c.what, size, res, err, f.log)
			}
			if told := slices.Concat([]string{""}, w.at); told[len(told)-1] != c.told {
				t.Errorf("%s, %d bytes: it may be at %q", c.what, size, w.at)
			}
		}
	}
}

// TestNotMade tells where the object may be before it is sent, and that it is nowhere once the server has refused to
// make it, or not had all of it.
func TestNotMade(t *testing.T) {
	t.Parallel()
	denied := &transfer.Error{Kind: transfer.Final, Code: "AccessDenied", RequestID: "r"}
	for _, c := range []struct {
		what  string
		size  int
		fault func(op string, nth int) outcome
		last  string
	}{
		{"a put is refused", 5, func(op string, _ int) outcome { return outcome{err: denied, after: op == "Put"} },
			"nowhere"},
		{"a put breaks off", 5, func(op string, _ int) outcome { return outcome{err: network("reset")} }, "nowhere"},
		{"the answer to a put is lost, and nobody can be asked", 5, func(op string, _ int) outcome {
			return outcome{err: network("reset"), after: op == "Put"}
		}, "b/clips/a.mp4"},
		{"the answer is lost, and the next is refused, and nobody may ask", 5, func(op string, nth int) outcome {
			if op == "Put" && nth == 1 {
				return outcome{err: network("reset"), after: true}
			}
			return outcome{err: denied, after: op == "Put"}
		}, "b/clips/a.mp4"},
		{"complete is refused", 3 * part, func(op string, _ int) outcome {
			if op == "Complete" {
				return outcome{err: denied}
			}
			return outcome{}
		}, "nowhere"},
		{"complete is lost", 3 * part, func(op string, _ int) outcome {
			if op == "Complete" || op == "Head" {
				return outcome{err: network("reset"), after: op == "Complete"}
			}
			return outcome{}
		}, "b/clips/a.mp4"},
	} {
		synctest.Test(t, func(t *testing.T) {
			f, w := newFake(), &watcher{}
			f.fault = func(op string, _, nth int) outcome { return c.fault(op, nth) }
			job, _ := file(t, c.size)
			if _, err := New(f, small(1)).Upload(t.Context(), job, w); err == nil || len(w.at) == 0 ||
				w.at[len(w.at)-1] != c.last {
				t.Errorf("%s: %v; it may be at %q; requests %q", c.what, err, w.at, f.log)
			}
		})
	}
}
