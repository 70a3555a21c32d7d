package upload

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/transfer"
)

// gateway is a fake behind a line that ends each request after so many bytes of its body.
type gateway struct {
	*fake
	most atomic.Int64 // 0: none
	cuts atomic.Int64
}

func (g *gateway) cut(body io.Reader, size int64) error {
	most := g.most.Load()
	if most == 0 || size <= most {
		return nil
	}
	g.cuts.Add(1)
	if _, err := io.CopyN(io.Discard, body, most); err != nil {
		return err
	}
	return network("the connection was reset")
}

func (g *gateway) Put(ctx context.Context, to Target, body io.Reader, size int64) (Answer, error) {
	if err := g.cut(body, size); err != nil {
		return Answer{}, err
	}
	return g.fake.Put(ctx, to, body, size)
}

func (g *gateway) UploadPart(ctx context.Context, to Target, n int, body io.Reader, size int64) (Answer, error) {
	if err := g.cut(body, size); err != nil {
		return Answer{}, err
	}
	return g.fake.UploadPart(ctx, to, n, body, size)
}

// large has parts of a MiB.
func large() Options { return Options{PartSize: 1 << 20, Parts: 3} }

func newGateway(most int64) *gateway {
	g := &gateway{fake: newFake()}
	g.most.Store(most)
	return g
}

// A file gets over a line that ends connections, in parts or in one request, in parts that the line carries; and it is
// said that they are short. The next file begins so; an hour later the line may be another, and where it is not, what
// was known is known still.
func TestLineThatEndsConnections(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"in parts": 3<<20 + 7, "in one request": 1<<20 - 1,
		"a little more than a part": minPart + 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGateway(minPart)
				u := New(g, large())
				send := func() (cuts int64, w *watcher) {
					t.Helper()
					w, before := &watcher{}, g.cuts.Load()
					job, data := file(t, size)
					if _, err := u.Upload(t.Context(), job, w); err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(g.objects["clips/a.mp4"], data) || len(g.uploads) != 0 || len(w.left) != 0 {
						t.Errorf("not the file, or %d uploads are left", len(g.uploads))
					}
					return g.cuts.Load() - before, w
				}
				cuts, w := send()
				if w.m == nil || w.m.PartSize != minPart || !w.m.Short {
					t.Fatalf("it went as %+v", w.m)
				}
				said := slices.ContainsFunc(w.retries, func(e *transfer.Error) bool {
					return strings.Contains(e.Message, "so parts of 100 KiB are tried") &&
						strings.Contains(e.Hint, "upload.part_size")
				})
				if !said || cuts < 4 {
					t.Errorf("after %d cuts it says %v", cuts, w.retries)
				}
				if cuts, w := send(); cuts != 0 || !w.m.Short || len(w.retries) != 0 {
					t.Errorf("the next file met %d cuts, %+v", cuts, w.m)
				}
				time.Sleep(remembered + time.Second)
				if again, w := send(); again == 0 || again > 3*4 || !w.m.Short {
					t.Errorf("an hour later it met %d cuts", again)
				}
				time.Sleep(remembered + time.Second)
				g.most.Store(0)
				if cuts, w := send(); cuts != 0 || w.m != nil && w.m.Short {
					t.Errorf("over a good line it went as %+v", w.m)
				}
			})
		})
	}
}

// Parts that the server has are given up only after several runs that brought nothing, and only if shorter ones get
// through.
func TestPartsThereAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, w := newGateway(0), &watcher{}
		job, data := file(t, 5<<20)
		g.fault = func(op string, n, _ int) outcome {
			if op == "UploadPart" && n > 2 {
				return outcome{err: network("away")}
			}
			return outcome{}
		}
		o := large()
		o.Parts = 1
		u := New(g, o)
		_, err := u.Upload(t.Context(), job, w)
		kind(t, err, transfer.Resumable, "NetworkError")
		job.Resume, g.fault = w.resume(), nil
		if len(job.Resume.Parts) != 2 {
			t.Fatalf("%d parts are there", len(job.Resume.Parts))
		}
		id := job.Resume.UploadID
		stays := func(most int64, runs int) {
			t.Helper()
			g.most.Store(most)
			job.Fruitless = runs
			_, err := u.Upload(t.Context(), job, w)
			kind(t, err, transfer.Resumable, "NetworkError")
			if len(g.uploads[id]) < 2 || len(g.uploads) != 1 || g.count("Abort") != 0 {
				t.Fatalf("over a line of %d, after %d runs: %d uploads", most, runs, len(g.uploads))
			}
		}
		stays(minPart, 0)
		stays(minPart, fruitless-1)
		stays(minPart-1, 100) // nothing gets through

		g.most.Store(300 << 10)
		job.Fruitless = fruitless
		if _, err := u.Upload(t.Context(), job, w); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(g.objects["clips/a.mp4"], data) || len(g.uploads) != 0 || w.m.PartSize != 256<<10 ||
			!w.m.Short {
			t.Errorf("it went as %+v, %d uploads are left", w.m, len(g.uploads))
		}
	})
}

// What arrived, and only its answer was lost, is no sign of a short line.
func TestAnswersLostAreNoCuts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, w := newFake(), &watcher{}
		f.fault = func(op string, _, _ int) outcome {
			if op == "UploadPart" || op == "Put" {
				return outcome{err: network("the connection was reset"), after: true}
			}
			return outcome{}
		}
		u := New(f, large())
		job, data := file(t, 3<<20)
		_, err := u.Upload(t.Context(), job, w)
		kind(t, err, transfer.Resumable, "NetworkError")
		if u.reach.known() != 0 || len(f.uploads) != 1 || f.count("Abort") != 0 {
			t.Errorf("parts of %d are tried", u.reach.known())
		}
		job.Resume, job.Fruitless, f.fault = w.resume(), 1, nil
		if _, err := u.Upload(t.Context(), job, w); err != nil || !bytes.Equal(f.objects["clips/a.mp4"], data) {
			t.Error(err)
		}
		f.fault = func(op string, _, nth int) outcome {
			return outcome{err: network("the connection was reset"), after: op == "Put"}
		}
		job, data = file(t, 1<<20)
		_, err = u.Upload(t.Context(), job, w)
		kind(t, err, transfer.Resumable, "NetworkError") // nobody could ask whether it is there
		f.fault = func(op string, _, nth int) outcome {
			if op == "Put" {
				return outcome{err: network("the connection was reset"), after: true}
			}
			return outcome{}
		}
		delete(f.objects, "clips/a.mp4")
		if _, err := u.Upload(t.Context(), job, w); err != nil || !bytes.Equal(f.objects["clips/a.mp4"], data) ||
			u.reach.known() != 0 {
			t.Errorf("%v, parts of %d are tried", err, u.reach.known())
		}
	})
}

// An upload without a part goes on in parts of the size that is configured now; one that has some stays as it is.
func TestBegunInAnotherSize(t *testing.T) {
	t.Parallel()
	for name, parts := range map[string]int{"no part": 0, "a part": 1} {
		f, w := newFake(), &watcher{}
		job, data := file(t, 3<<20)
		to := Target{Bucket: "b", Key: "clips/a.mp4"}
		id, err := f.Initiate(t.Context(), to)
		if err != nil {
			t.Fatal(err)
		}
		job.Resume = &transfer.Multipart{Bucket: "b", Key: to.Key, UploadID: id, PartSize: 2 << 20,
			Header: digest(header(nil, job.Name))}
		if to.UploadID = id; parts > 0 {
			a, err := f.UploadPart(t.Context(), to, 1, bytes.NewReader(data[:2<<20]), 2<<20)
			if err != nil {
				t.Fatal(err)
			}
			job.Resume.Parts = []transfer.Part{{Number: 1, Size: 2 << 20, CRC64: sum(data[:2<<20]), ETag: a.ETag}}
		}
		if _, err := New(f, large()).Upload(t.Context(), job, w); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(f.objects[to.Key], data) || len(f.uploads) != 0 {
			t.Errorf("%s: not the file, or %d uploads are left", name, len(f.uploads))
		}
		if anew := w.m != nil; anew != (parts == 0) || anew && (w.m.PartSize != 1<<20 || w.m.Short || w.resets != 1) {
			t.Errorf("%s: it went on as %+v", name, w.m)
		}
	}
}

// What is sent ahead gets over such a line, too, as long as nothing is there that would be lost.
func TestAheadOverALineThatEndsConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, w := newGateway(300<<10), &watcher{}
		u := New(g, large())
		job, data := file(t, 9<<20)
		job.Ahead = true
		for runs := 0; ; runs++ {
			_, err := u.Upload(t.Context(), job, w)
			if job.Resume = w.resume(); err == nil && job.Resume != nil {
				break
			}
			if runs > 10 {
				t.Fatal(err)
			}
		}
		if w.m.PartSize != 256<<10 || !w.m.Short || len(w.acked) != 36 {
			t.Errorf("%d parts of %+v were sent ahead", len(w.acked), w.m)
		}
		job.Ahead, job.Resume.Ahead = false, true
		if _, err := u.Upload(t.Context(), job, w); err != nil || !bytes.Equal(g.objects["clips/a.mp4"], data) ||
			len(g.uploads) != 0 {
			t.Errorf("%v, %d uploads are left", err, len(g.uploads))
		}
	})
}

// However short the line is, no file needs more parts than there may be.
func TestShortPartsOfLargeFiles(t *testing.T) {
	t.Parallel()
	u := New(newFake(), Options{})
	u.reach.learn(minPart, time.Now())
	for _, size := range []int64{1, minPart, 10_000 * minPart, 10_000*minPart + 1, 1 << 40, maxSize} {
		got := u.partSize(transfer.Job{Size: size})
		if got < minPart || got > maxPart || (size+got-1)/got > maxParts {
			t.Errorf("%d bytes go in parts of %d", size, got)
		}
		if size > 10_000*minPart && got > (size+maxParts-1)/maxParts {
			t.Errorf("%d bytes go in parts of %d, which is more than they need", size, got)
		}
	}
}
