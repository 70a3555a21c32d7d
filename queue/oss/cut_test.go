package oss_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

const mib = 1 << 20

// cutRig has parts of a MiB over a wire.
func cutRig(t *testing.T) *rig {
	t.Helper()
	r, err := newRig(t.TempDir(), reach{bare: true, size: mib, silence: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// over waits until a file is an object, and looks at the object.
func (r *rig) over(t *testing.T, id transfer.ID, data []byte) error {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return errors.Join(r.queue.Wait(ctx, id), r.arrived(id, data))
}

// A line that ends each connection after 300 KiB carries no part of a MiB, and no file of that size in one request.
// All of them arrive, in parts that it carries, and the event log says how short those are.
func TestLineThatCuts(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"in parts": 3*mib + 1, "in one request": mib - 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := cutRig(t)
			r.wire.CutAfter(300 << 10)
			data := random(1, size)
			id, err := r.drop("a.mov", data)
			if err != nil {
				t.Fatal(err)
			}
			shown := func() bool {
				i, err := r.queue.Info(id)
				return err == nil && strings.Contains(i.Message, "gets through, so parts of") &&
					strings.Contains(i.Hint, "upload.part_size")
			}
			if err := errors.Join(until("it says that parts are short", shown), r.over(t, id, data)); err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf("part_size=%d", 256<<10)
			if size < mib {
				want = fmt.Sprintf("part_size=%d", (mib-1)/4/4096*4096)
			}
			text, err := os.ReadFile(filepath.Join(r.dir, "events.log"))
			if err != nil {
				t.Fatal(err)
			}
			retry := strings.Count(string(text), "event=OnUploadRetry ")
			resume := strings.Count(string(text), "event=OnUploadRetryResume ")
			if !strings.Contains(string(text), want) || retry != resume || retry == 0 {
				t.Errorf("%d OnUploadRetry, %d OnUploadRetryResume, none with %s:\n%s", retry, resume, want, text)
			}
			cuts := r.wire.Cuts()
			next := random(2, size)
			if id, err = r.drop("b.mov", next); err != nil {
				t.Fatal(err)
			}
			if err := r.over(t, id, next); err != nil {
				t.Fatal(err)
			}
			for _, q := range r.server.Requests() { // a connection is cut in the middle of its second part, though
				if q.Key == "b.mov" && q.Bytes > 300<<10 {
					t.Errorf("the next file was tried in parts of %d", q.Bytes)
				}
			}
			if n := len(r.server.Uploads()); n != 0 {
				t.Errorf("%d multipart uploads are left", n)
			}
			t.Logf("%d connections cut, %d by the next file", r.wire.Cuts(), r.wire.Cuts()-cuts)
		})
	}
}

// The line begins to cut when some parts are there. As long as nothing gets through they stay; when shorter ones
// would, they go.
func TestLineThatBeginsToCut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		most int64 // bytes of a connection
		anew bool
	}{"shorter parts get through": {300 << 10, true}, "nothing gets through": {50 << 10, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := cutRig(t)
			data := random(3, 6*mib)
			r.queue.SetLimit(4 * mib)
			id, err := r.drop("a.mov", data)
			if err != nil {
				t.Fatal(err)
			}
			info := func() list.Info {
				i, err := r.queue.Info(id)
				if err != nil {
					t.Error(err)
				}
				return i
			}
			if err := until("parts are there", func() bool { return info().PartsDone >= 2 }); err != nil {
				t.Fatal(err)
			}
			r.wire.CutAfter(c.most)
			r.wire.Cut()
			r.queue.SetLimit(0)
			before := info()
			if c.anew {
				if err := until("it begins anew", func() bool { return info().PartSize == 256<<10 }); err != nil {
					t.Fatal(err)
				}
			} else {
				tried := func() bool { return info().Retries > before.Retries+12 }
				if err := until("it was tried in several runs", tried); err != nil {
					t.Fatal(err)
				}
				if now := info(); now.UploadID != before.UploadID || now.PartsDone < before.PartsDone {
					t.Errorf("%d parts of %s became %d of %s", before.PartsDone, before.UploadID, now.PartsDone,
						now.UploadID)
				}
				r.wire.CutAfter(0)
			}
			if err := r.over(t, id, data); err != nil {
				t.Fatal(err)
			}
			begun := 0
			for _, q := range r.server.Requests() {
				if q.Action == "InitiateMultipartUpload" {
					begun++
				}
			}
			if begun != map[bool]int{true: 2, false: 1}[c.anew] || len(r.server.Uploads()) != 0 {
				t.Errorf("%d multipart uploads were begun, %d are left", begun, len(r.server.Uploads()))
			}
		})
	}
}
