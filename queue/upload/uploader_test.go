package upload

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/transfer"
)

func TestUploadStoresTheFile(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, part - 1, part, part + 1, 3 * part, 7*part + 13} {
		for _, at := range []int{1, 5} {
			t.Run(fmt.Sprintf("%d bytes, %d at once", size, at), func(t *testing.T) {
				t.Parallel()
				f, w := newFake(), &watcher{}
				job, data := file(t, size)
				res, err := New(f, small(at)).Upload(t.Context(), job, w)
				if err != nil {
					t.Fatal(err)
				}
				if got, ok := f.objects["clips/a.mp4"]; !ok || !bytes.Equal(got, data) {
					t.Fatalf("stored %d bytes, not the %d of the file", len(got), size)
				}
				if res.CRC64 != sum(data) || res.Bucket != "b" || res.Key != "clips/a.mp4" || res.ETag == "" {
					t.Errorf("result %+v", res)
				}
				if want := size > part; want != (f.count("Initiate") == 1) || want == (f.count("Put") == 1) {
					t.Errorf("requests %q", f.log)
				}
				if len(w.started) != 1 || len(w.retries) != 0 {
					t.Errorf("started %q, retries %v", w.started, w.retries)
				}
				if size > part && len(w.acked) != (size+part-1)/part {
					t.Errorf("%d parts acknowledged", len(w.acked))
				}
			})
		}
	}
}

// Each case is a fault that must not be noticed beyond a retry, and how often each request may be made then.
func TestUploadSurvives(t *testing.T) {
	t.Parallel()
	once := func(op string, o outcome) func(string, int, int) outcome {
		return func(got string, _, nth int) outcome {
			if got == op && nth == 1 {
				return o
			}
			return outcome{}
		}
	}
	lost := outcome{err: network("reset"), after: true}
	cases := []struct {
		name  string
		size  int
		fault func(op string, part, nth int) outcome
		want  map[string]int
	}{
		{"three failures of each part", 3 * part, func(op string, _, nth int) outcome {
			if op == "UploadPart" && nth <= 3 {
				return outcome{err: network("503")}
			}
			return outcome{}
		}, map[string]int{"UploadPart": 12, "Complete": 1}},
		{"a wrong CRC of each part", 3 * part, func(op string, _, nth int) outcome {
			return outcome{wrongCRC: op == "UploadPart" && nth == 1}
		}, map[string]int{"UploadPart": 6}},
		{"no CRC of any part", 3 * part, func(op string, _, _ int) outcome {
			return outcome{noCRC: op == "UploadPart"}
		}, map[string]int{"UploadPart": 3, "Head": 0}},
		{"no CRC of the object", 3 * part, once("Complete", outcome{noCRC: true}),
			map[string]int{"Complete": 1, "Head": 1}},
		{"no CRC of the put", 5, once("Put", outcome{noCRC: true}), map[string]int{"Put": 1, "Head": 1}},
		{"a lost put", 5, once("Put", lost), map[string]int{"Put": 1, "Head": 1}},
		// not all of it left
		{"a failed put", 5, once("Put", outcome{err: network("reset")}), map[string]int{"Put": 2, "Head": 0}},
		{"a put with a wrong CRC", 5, once("Put", outcome{wrongCRC: true}), map[string]int{"Put": 1, "Head": 1}},
		{"a put that is answered early", 5, once("Put", outcome{early: true}), map[string]int{"Put": 2, "Head": 0}},
		{"parts that are answered early", 3 * part, once("UploadPart", outcome{early: true}),
			map[string]int{"UploadPart": 6}},
		{"a lost part", 3 * part, once("UploadPart", lost), map[string]int{"UploadPart": 6}},
		{"a lost complete", 3 * part, once("Complete", lost), map[string]int{"Complete": 1, "Head": 1,
			"UploadPart": 3}},
		{"a failed complete", 3 * part, once("Complete", outcome{err: network("reset")}),
			map[string]int{"Complete": 2, "Head": 1}},
		{"a lost initiate", 3 * part, once("Initiate", lost), map[string]int{"Initiate": 2, "ListUploads": 1,
			"Abort": 0, "UploadPart": 3}},
		{"a failed initiate", 3 * part, once("Initiate", outcome{err: network("reset")}),
			map[string]int{"Initiate": 2, "Abort": 0}},
		{"a forgotten upload", 3 * part, func(op string, n, nth int) outcome {
			if op == "UploadPart" && n == 2 && nth == 1 {
				return outcome{err: noSuchUpload()}
			}
			return outcome{}
		}, map[string]int{"Initiate": 2, "Complete": 1}},
		{"a lost part at complete", 3 * part, once("Complete", outcome{err: &transfer.Error{Code: "InvalidPart"}}),
			map[string]int{"Initiate": 2, "Abort": 1, "UploadPart": 6}},
		{"a wrong object", 3 * part, once("Complete", outcome{wrongCRC: true}),
			map[string]int{"Initiate": 2, "UploadPart": 6}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // also fails when a goroutine is left
				f, w := newFake(), &watcher{}
				f.fault = c.fault
				job, data := file(t, c.size)
				p := w.progress(&job)
				res, err := New(f, small(1)).Upload(t.Context(), job, w)
				if err != nil {
					t.Fatal(err)
				}
				if way := way(p); way != 0 && (c.size > part || way != job.Size) {
					t.Errorf("%d bytes count as under way", way)
				}
				if !bytes.Equal(f.objects[res.Key], data) || res.CRC64 != sum(data) {
					t.Error("the object is not the file")
				}
				for op, n := range c.want {
					if f.count(op) != n {
						t.Errorf("%d %s, want %d: %q", f.count(op), op, n, f.log)
					}
				}
				time.Sleep(orphanAge + time.Minute)
				for _, lost := range w.lost {
					if done, err := New(f, small(1)).Sweep(t.Context(), lost,
						func(string) bool { return false }); !done || err != nil {
						t.Errorf("looking for %v: done %v, %v", lost, done, err)
					}
				}
				if c.name != "a forgotten upload" && len(f.uploads) != 0 {
					t.Errorf("orphans %v", f.uploads)
				}
			})
		})
	}
}

// Each case is a fault that ends the run, and what must be left.
func TestUploadEnds(t *testing.T) {
	t.Parallel()
	always := func(op string, err error) func(string, int, int) outcome {
		return func(got string, n, _ int) outcome {
			if got == op && (n == 0 || n >= 3) {
				return outcome{err: err}
			}
			return outcome{}
		}
	}
	cases := []struct {
		name    string
		size    int
		fault   func(op string, part, nth int) outcome
		kind    transfer.Kind
		code    string
		retries int
		uploads int // left on the server
		resets  int
	}{
		{"network away for parts", 5 * part, always("UploadPart", network("away")), transfer.Resumable, "NetworkError",
			3, 1, 0},
		{"network away for put", 5, always("Put", network("away")), transfer.Resumable, "NetworkError", 3, 0, 0},
		{"network away for complete", 2 * part, always("Complete", network("away")), transfer.Resumable, "NetworkError",
			3, 1, 0},
		{"token expired", 5 * part, always("UploadPart", &transfer.Error{Kind: transfer.Renew,
			Code: "SecurityTokenExpired"}),
			transfer.Renew, "SecurityTokenExpired", 0, 1, 0},
		{"denied at a part", 5 * part, always("UploadPart", &transfer.Error{Code: "AccessDenied"}), transfer.Final,
			"AccessDenied", 0, 0, 1},
		{"denied at initiate", 5 * part, always("Initiate", &transfer.Error{Code: "AccessDenied"}), transfer.Final,
			"AccessDenied", 0, 0, 0},
		{"denied at complete", 5 * part, always("Complete", &transfer.Error{Code: "AccessDenied"}), transfer.Final,
			"AccessDenied", 0, 0, 1},
		{"denied at put", 5, always("Put", &transfer.Error{Code: "AccessDenied"}), transfer.Final, "AccessDenied", 0, 0,
			0},
		{"forgotten again and again", 5 * part, always("UploadPart", noSuchUpload()), transfer.Final, "NoSuchUpload", 0,
			2, 2},
		{"wrong part again and again", 5 * part, func(op string, n, _ int) outcome {
			return outcome{wrongCRC: op == "UploadPart" && n == 5}
		}, transfer.Resumable, "CRCMismatch", 3, 1, 0},
		{"wrong object again and again", 2 * part, func(op string, _, _ int) outcome {
			return outcome{wrongCRC: op == "Complete"}
		}, transfer.Final, "CRCMismatch", 0, 0, 2},
		{"wrong put and no other word", 5, func(op string, _, _ int) outcome {
			return outcome{wrongCRC: op == "Put" || op == "Head"}
		}, transfer.Resumable, "CRCMismatch", 3, 0, 0},
		{"wrong object that only head tells", 2 * part, func(op string, _, _ int) outcome {
			return outcome{noCRC: op == "Complete", wrongCRC: op == "Head"}
		}, transfer.Final, "CRCMismatch", 0, 0, 2},
		{"a lost part again and again", 2 * part, func(op string, _, _ int) outcome {
			if op == "Complete" {
				return outcome{err: &transfer.Error{Code: "InvalidPart"}}
			}
			return outcome{}
		}, transfer.Final, "InvalidPart", 0, 0, 2},
		{"nobody tells the CRC", 5, func(string, int, int) outcome { return outcome{noCRC: true} }, transfer.Final,
			"CRCMissing", 0, 0, 0},
		{"unclassified", 5, always("Put", errors.New("what?")), transfer.Resumable, "ClientException", 3, 0, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, w := newFake(), &watcher{}
				f.fault = c.fault
				job, _ := file(t, c.size)
				p := w.progress(&job)
				_, err := New(f, small(1)).Upload(t.Context(), job, w)
				if way := way(p); way != 0 {
					t.Errorf("%d bytes count as under way", way)
				}
				kind(t, err, c.kind, c.code)
				if len(w.retries) != c.retries || len(f.uploads) != c.uploads || w.resets != c.resets {
					t.Errorf("retries %d, uploads left %d, resets %d; want %d, %d, %d: %q", len(w.retries),
						len(f.uploads), w.resets,
						c.retries, c.uploads, c.resets, f.log)
				}
				if c.code == "NetworkError" && c.size > 5 && c.uploads == 1 && len(w.acked) == 0 {
					t.Error("no part kept")
				}
			})
		})
	}
}

func TestBackoffGrows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.fault = func(string, int, int) outcome { return outcome{err: network("away")} }
		job, _ := file(t, 5)
		o := small(1)
		o.MaxTries, o.BackoffBase, o.BackoffCap = 6, time.Second, 4*time.Second
		began := time.Now()
		_, err := New(f, o).Upload(t.Context(), job, &watcher{})
		kind(t, err, transfer.Resumable, "NetworkError")
		// 1 + 2 + 4 + 4 + 4 seconds, each ± half
		if took := time.Since(began); took < 7500*time.Millisecond || took > 22500*time.Millisecond {
			t.Errorf("gave up after %v", took)
		}
	})
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	f := newFake()
	job, _ := file(t, 1)
	job.Size = maxSize + 1
	_, err := New(f, small(1)).Upload(t.Context(), job, &watcher{})
	kind(t, err, transfer.Final, "EntityTooLarge")
	if len(f.log) != 0 {
		t.Errorf("requests %q", f.log)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	o := Options{Prefix: "in/{date}/{hostname}/{id}-",
		Now:      func() time.Time { return time.Date(2026, 2, 3, 23, 0, 0, 0, time.UTC) },
		Hostname: func() (string, error) { return "pi", nil }}
	if _, key, err := New(newFake(), o).Key("a/{id}.mp4", 12); err != nil || key != "in/2026-02-03/pi/12-a/{id}.mp4" {
		t.Errorf("key %q, %v", key, err)
	}
	plain := New(newFake(), Options{})
	for name, ok := range map[string]bool{"a": true, strings.Repeat("x", 1023): true, "ü/ö": true, "": false,
		"/a": false, `\a`: false,
		strings.Repeat("x", 1024): false, "a\xff": false} {
		_, _, err := plain.Key(name, 1)
		if (err == nil) != ok || err != nil && !errors.Is(err, transfer.ErrInvalid) {
			t.Errorf("key of %.20q: %v", name, err)
		}
	}
}

func TestPartSizeGrows(t *testing.T) {
	t.Parallel()
	o := Options{}.withDefaults()
	for size, want := range map[int64]int64{1: 8 * mib, 80_000 * mib: 8 * mib, 80_000*mib + 1: 9 * mib,
		1 << 40: 105 * mib} {
		got := o.partSize(transfer.Job{Size: size})
		if got != want || (size+got-1)/got > maxParts {
			t.Errorf("parts of a file of %d bytes have %d bytes, want %d", size, got, want)
		}
	}
	if got := o.partSize(transfer.Job{Size: maxSize}); got > maxPart || (maxSize+got-1)/got > maxParts {
		t.Errorf("the largest file: %d", got)
	}
}
