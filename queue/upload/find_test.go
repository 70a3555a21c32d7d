package upload

import (
	"errors"
	"testing"
	"time"

	"inboxfs/queue/transfer"
)

// TestFind tells the object that a request made which was called off from all others, and removes that version of it.
func TestFind(t *testing.T) {
	t.Parallel()
	data := []byte("content")
	ours := transfer.Sent{Bucket: "b", Key: "k", Size: 7, CRC64: sum(data), HasCRC: true,
		Since: time.Now().Add(-time.Minute)}
	for what, c := range map[string]struct {
		change func(f *fake, sent *transfer.Sent)
		found  bool
	}{
		"ours":                    {func(*fake, *transfer.Sent) {}, true},
		"ours, of unknown CRC64":  {func(_ *fake, s *transfer.Sent) { s.CRC64, s.HasCRC = 0, false }, true},
		"its age is not told":     {func(f *fake, _ *transfer.Sent) { f.age = -1 }, true},
		"nothing":                 {func(f *fake, _ *transfer.Sent) { delete(f.objects, "k") }, false},
		"another content":         {func(f *fake, _ *transfer.Sent) { f.objects["k"] = []byte("CONTENT") }, false},
		"another size":            {func(f *fake, s *transfer.Sent) { s.HasCRC, s.Size = false, 8 }, false},
		"older":                   {func(f *fake, _ *transfer.Sent) { f.age = 2 * time.Minute }, false},
		"older, of unknown CRC64": {func(f *fake, s *transfer.Sent) { f.age, s.HasCRC = 2*time.Minute, false }, false},
	} {
		f := newFake()
		f.objects["k"], f.version = data, "v"
		sent := ours
		c.change(f, &sent)
		u := New(f, small(1))
		found, err := u.Find(t.Context(), sent)
		if err != nil || (found != nil) != c.found {
			t.Errorf("%s: %+v, %v", what, found, err)
		}
		if found == nil {
			continue
		}
		if found.CRC64 != sum(data) || found.ETag == "" {
			t.Errorf("%s: %+v", what, found)
		}
		if err := u.Remove(t.Context(), sent, *found); err != nil || len(f.objects) > 0 {
			t.Errorf("%s: %v, left %q", what, err, f.objects)
		}
	}
}

// TestFindElsewhere: what went to VOD is not to be asked for in a bucket.
func TestFindElsewhere(t *testing.T) {
	t.Parallel()
	u := New(newFake(), small(1))
	if _, err := u.Find(t.Context(), transfer.Sent{Bucket: "b", Key: "k", VideoID: "v"}); !errors.Is(err,
		transfer.ErrElsewhere) {
		t.Error(err)
	}
}
