package virtual

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"
)

// TestSnapshotsOnDisk has more held than may be in memory.
func TestSnapshotsOnDisk(t *testing.T) {
	t.Parallel()
	h := &held{dir: t.TempDir()}
	var version uint64
	r := &rendering{held: h, version: func() uint64 { return version }, render: func(b []byte) ([]byte, error) {
		return append(b, bytes.Repeat(fmt.Appendf(nil, "version %07d\n", version), 1<<20)...), nil
	}}
	var all []*snapshot
	for range 6 { // of 16 MiB each
		version++
		r.mu.Lock()
		r.last.began = time.Time{} // that was long ago
		r.mu.Unlock()
		for range 3 {
			s, err := h.take(r)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
		}
	}
	if h.bytes > heldMost || all[0].file != nil || all[17].file == nil || all[15] != all[17] {
		t.Errorf("%d bytes are in memory; the first is in a file: %v, the last: %v", h.bytes, all[0].file != nil,
			all[17].file != nil)
	}
	if left, err := os.ReadDir(h.dir); err != nil || len(left) > 0 {
		t.Errorf("names are left: %v %v", left, err)
	}
	for i, s := range all {
		want := fmt.Sprintf("version %07d\n", i/3+1)
		got, no := s.Read(t.Context(), make([]byte, len(want)), int64(len(want)*1000))
		if no != 0 {
			t.Fatal(no)
		}
		if text, _ := got.Bytes(nil); string(text) != want {
			t.Errorf("handle %d reads %q, want %q", i, text, want)
		}
	}
	for _, s := range all {
		if no := s.Release(t.Context()); no != 0 {
			t.Error(no)
		}
	}
	if h.bytes != 0 || !all[17].closed.Load() {
		t.Errorf("%d bytes are left", h.bytes)
	}
	version++
	s, err := h.take(r)
	if err != nil || s.file != nil {
		t.Errorf("with nothing held, the next is in a file: %v", err)
	}
}
