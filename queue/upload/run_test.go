package upload

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/transfer"
)

func TestResumeSendsOnlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, w := newFake(), &watcher{}
		f.fault = func(op string, n, _ int) outcome {
			if op == "UploadPart" && n >= 6 {
				return outcome{err: network("away")}
			}
			return outcome{}
		}
		job, data := file(t, 8*part-1)
		u := New(f, small(1))
		_, err := u.Upload(t.Context(), job, w)
		kind(t, err, transfer.Resumable, "NetworkError")

		job.Resume = w.resume()
		// Part 2 is on the server and not in the journal; part 4 differs between them; part 5 is not on the server.
		job.Resume.Parts = slices.DeleteFunc(job.Resume.Parts, func(p transfer.Part) bool { return p.Number == 2 })
		f.uploads[job.Resume.UploadID][4] = make([]byte, part)
		delete(f.uploads[job.Resume.UploadID], 5)
		f.fault, f.log = nil, nil
		w = &watcher{}
		p := w.progress(&job)
		o := small(1)
		o.PartSize = 3 * part // the upload under way keeps its own
		if _, err := New(f, o).Upload(t.Context(), job, w); err != nil {
			t.Fatal(err)
		}
		if way := way(p); way != 0 {
			t.Errorf("%d bytes count as under way", way)
		}
		if !bytes.Equal(f.objects["clips/a.mp4"], data) {
			t.Error("the object is not the file")
		}
		if want := []string{"ListParts", "ListParts", "UploadPart 4", "UploadPart 5", "UploadPart 6", "UploadPart 7",
			"UploadPart 8",
			"Complete"}; !slices.Equal(f.log, want) {
			t.Errorf("requests %q", f.log)
		}
		var acked []int
		for _, p := range w.acked {
			acked = append(acked, p.Number)
		}
		if !slices.Equal(acked, []int{2, 4, 5, 6, 7, 8}) {
			t.Errorf("acknowledged %v", acked)
		}
		if len(w.started) != 1 || w.started[0] != "b/clips/a.mp4 u1" {
			t.Errorf("started %q", w.started)
		}
	})
}

func TestResumeOfAForgottenUpload(t *testing.T) {
	t.Parallel()
	f, w := newFake(), &watcher{}
	job, data := file(t, 3*part)
	job.Resume = &transfer.Multipart{Bucket: "b", Key: "old/key", UploadID: "gone", PartSize: part}
	res, err := New(f, small(2)).Upload(t.Context(), job, w)
	if err != nil || !bytes.Equal(f.objects["old/key"], data) || res.Key != "old/key" || w.resets != 1 {
		t.Errorf("%+v, %v, resets %d", res, err, w.resets)
	}
}

func TestResumeOfACompletedUpload(t *testing.T) {
	t.Parallel()
	f, w := newFake(), &watcher{}
	job, data := file(t, 3*part)
	u := New(f, small(2))
	if _, err := u.Upload(t.Context(), job, w); err != nil {
		t.Fatal(err)
	}
	job.Resume = w.resume() // the process died before it could write the success down
	f.log = nil
	w = &watcher{}
	res, err := u.Upload(t.Context(), job, w)
	if err != nil || res.CRC64 != sum(data) || f.count("UploadPart") != 0 || w.resets != 0 {
		t.Errorf("%+v, %v, requests %q", res, err, f.log)
	}
}

func TestResumeInAnotherBucketStartsOver(t *testing.T) {
	t.Parallel()
	f, w := newFake(), &watcher{}
	job, data := file(t, 3*part)
	job.Resume = &transfer.Multipart{Bucket: "other", Key: "k", UploadID: "x", PartSize: part}
	if _, err := New(f, small(2)).Upload(t.Context(), job, w); err != nil || !bytes.Equal(f.objects[job.Name], data) ||
		len(f.objects) != 1 ||
		f.count("Abort") != 1 || w.resets != 1 {
		t.Errorf("%v, objects %v, requests %q, resets %d", err, slices.Collect(maps.Keys(f.objects)), f.log, w.resets)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"Put", "Initiate", "UploadPart", "Complete", "wait"} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, w := newFake(), &watcher{}
				size := 20 * part
				if op == "Put" {
					size = 5
				}
				f.fault = func(got string, n, _ int) outcome {
					if op == "wait" && got == "UploadPart" {
						return outcome{err: network("away")}
					}
					return outcome{hang: got == op && n%4 == 0}
				}
				job, _ := file(t, size)
				ctx, cancel := context.WithCancel(t.Context())
				o := small(3)
				o.MaxTries, o.BackoffBase = 1000, time.Hour
				done := make(chan error)
				go func() { _, err := New(f, o).Upload(ctx, job, w); done <- err }()
				synctest.Wait()
				began := time.Now()
				cancel()
				if err := <-done; !errors.Is(err, context.Canceled) {
					t.Errorf("error %v", err)
				}
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("took %v", took)
				}
				time.Sleep(answerMost) // what has left is waited for no longer
				synctest.Wait()
				if w.outlived != 0 || slices.Contains(w.answered, true) || (len(w.answered) > 0) != (op == "Complete") {
					t.Errorf("requests that outlived the run: %d, and %v have ended", w.outlived, w.answered)
				}
				if _, ok := f.objects["clips/a.mp4"]; ok {
					t.Error("an object was made")
				}
			})
		})
	}
}

// A withdrawal right after Initiate was sent must not leave an upload that nobody knows: the queue has its id, and
// aborts it.
func TestCancelDuringInitiateTellsTheID(t *testing.T) {
	t.Parallel()
	f := newFake()
	ctx, cancel := context.WithCancel(t.Context())
	f.fault = func(op string, _, _ int) outcome {
		if op == "Initiate" {
			cancel()
		}
		return outcome{after: op == "Initiate"} // the server made it
	}
	job, _ := file(t, 3*part)
	w := &watcher{}
	_, err := New(f, small(1)).Upload(ctx, job, w)
	if !errors.Is(err, context.Canceled) || w.m == nil || f.uploads[w.m.UploadID] == nil ||
		!slices.Equal(f.log, []string{"Initiate"}) {
		t.Errorf("error %v, uploads %v, told of %+v, requests %q", err, f.uploads, w.m, f.log)
	}
}

func TestJournalErrorEndsTheRun(t *testing.T) {
	t.Parallel()
	f := newFake()
	w := &watcher{initiated: func(transfer.Multipart) error { return errors.New("disk full") }}
	job, _ := file(t, 3*part)
	_, err := New(f, small(1)).Upload(t.Context(), job, w)
	kind(t, err, transfer.Resumable, "JournalError")
	if !slices.Equal(f.log, []string{"Initiate"}) {
		t.Errorf("requests %q", f.log)
	}
}

// The moment ctx ended, the file may be written: nothing that is read later may leave.
func TestNothingLeavesAfterCancel(t *testing.T) {
	t.Parallel()
	job, _ := file(t, 1<<20)
	ctx, cancel := context.WithCancel(t.Context())
	src, err := openSource(ctx, job, &limiter{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.close()
	other, stop := context.WithCancel(context.Background()) // learns nothing of ctx
	defer stop()
	b := src.body(other, 0, job.Size, nil)
	if n, err := b.Read(make([]byte, 1000)); n != 1000 || err != nil {
		t.Fatal(n, err)
	}
	cancel()
	if n, err := b.Read(make([]byte, 1000)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d bytes left, error %v", n, err)
	}
	if _, whole, _ := b.close(); whole {
		t.Error("the body counts as sent")
	}
	if n, err := b.Read(make([]byte, 1000)); n != 0 || err == nil {
		t.Errorf("%d bytes left after close, error %v", n, err)
	}
}

// Parts in flight when the run ends otherwise get their time: what they sent is not lost.
func TestPartsInFlightFinish(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, w := newFake(), &watcher{}
		f.fault = func(op string, n, _ int) outcome {
			switch {
			case op == "UploadPart" && n == 1:
				time.Sleep(3 * time.Second)
			case op == "UploadPart" && n == 2:
				time.Sleep(time.Second)
				return outcome{err: &transfer.Error{Kind: transfer.Renew, Code: "SecurityTokenExpired"}}
			case op == "UploadPart" && n == 3:
				return outcome{hang: true}
			}
			return outcome{}
		}
		job, _ := file(t, 9*part)
		began := time.Now()
		_, err := New(f, small(3)).Upload(t.Context(), job, w)
		kind(t, err, transfer.Renew, "SecurityTokenExpired")
		if took := time.Since(began); took != 6*time.Second {
			t.Errorf("took %v, the grace is 5 s from the error on", took)
		}
		if len(w.acked) != 1 || w.acked[0].Number != 1 || f.count("UploadPart") != 3 {
			t.Errorf("acknowledged %v, requests %q", w.acked, f.log)
		}
	})
}

// After a Final error nothing that is in flight can be of use.
// A run that ends by an outage does not end by the expiry of credentials in whose place there are others already: that
// would stop the queue for good.
func TestRenewedWhileItEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, w := newFake(), &watcher{}
		f.fault = func(op string, n, _ int) outcome {
			switch {
			case op == "UploadPart" && n == 1:
				time.Sleep(2 * time.Second)
				return outcome{err: &transfer.Error{Kind: transfer.Renew, Code: "SecurityTokenExpired",
					Err: ErrRenewed}}
			case op == "UploadPart" && n == 2:
				time.Sleep(time.Second)
				return outcome{err: network("no line")}
			}
			return outcome{}
		}
		o := small(2)
		o.MaxTries = 1
		job, _ := file(t, 9*part)
		_, err := New(f, o).Upload(t.Context(), job, w)
		kind(t, err, transfer.Resumable, "NetworkError")
	})
}

func TestFinalErrorCancelsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, w := newFake(), &watcher{}
		f.fault = func(op string, n, _ int) outcome {
			if op == "UploadPart" && n == 2 {
				time.Sleep(time.Second)
				return outcome{err: &transfer.Error{Code: "AccessDenied"}}
			}
			return outcome{hang: op == "UploadPart"}
		}
		job, _ := file(t, 9*part)
		began := time.Now()
		_, err := New(f, small(3)).Upload(t.Context(), job, w)
		kind(t, err, transfer.Final, "AccessDenied")
		if took := time.Since(began); took != time.Second || len(f.uploads) != 0 || len(w.retries) != 0 {
			t.Errorf("took %v, uploads %v, retries %v", took, f.uploads, w.retries)
		}
	})
}

// A part may fail more often than MaxTries while others get through.
func TestProgressResetsTheCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, w := newFake(), &watcher{}
		f.fault = func(op string, n, nth int) outcome {
			if op == "UploadPart" && n == 1 && nth <= 7 {
				return outcome{err: network("away")}
			}
			time.Sleep(time.Second)
			return outcome{}
		}
		job, _ := file(t, 20*part)
		o := small(2)
		o.BackoffBase, o.BackoffCap = time.Second, time.Second
		if _, err := New(f, o).Upload(t.Context(), job, w); err != nil || len(w.retries) != 7 {
			t.Errorf("after %d retries: %v", len(w.retries), err)
		}
	})
}

func TestAbort(t *testing.T) {
	t.Parallel()
	f := newFake()
	u := New(f, small(1))
	if err := u.Abort(t.Context(), transfer.Multipart{Bucket: "b", Key: "k", UploadID: "gone"}); err != nil {
		t.Errorf("an upload that is gone: %v", err)
	}
	f.fault = func(string, int, int) outcome { return outcome{err: network("away")} }
	kind(t, u.Abort(t.Context(), transfer.Multipart{Bucket: "b", Key: "k", UploadID: "x"}), transfer.Resumable,
		"NetworkError")
}

func TestLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		job, _ := file(t, 40*part)
		u := New(f, small(4))
		u.Limit(10 * part)
		began := time.Now()
		if _, err := u.Upload(t.Context(), job, &watcher{}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < 3800*time.Millisecond || took > 4100*time.Millisecond {
			t.Errorf("40 units at 10 a second took %v", took)
		}
		u.Limit(0)
		began = time.Now()
		if _, err := u.Upload(t.Context(), job, &watcher{}); err != nil || time.Since(began) != 0 {
			t.Errorf("without a limit: %v, %v", time.Since(began), err)
		}
	})
}

func TestLimitChangesUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		job, _ := file(t, 40*part)
		u := New(f, small(4))
		u.Limit(part)
		began := time.Now()
		time.AfterFunc(10*time.Second, func() { u.Limit(10 * part) })
		if _, err := u.Upload(t.Context(), job, &watcher{}); err != nil {
			t.Fatal(err)
		}
		// 10 units in the first 10 s, the other 30 in 3 s; what waited at the change waits for its share of 0.1 s each.
		if took := time.Since(began); took < 12500*time.Millisecond || took > 13700*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}
