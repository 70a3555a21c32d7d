package virtual

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// counted is a content with a version, that counts how often it is rendered.
type counted struct {
	version, renders atomic.Uint64
	cost             time.Duration
}

func (c *counted) rendering() *rendering {
	return &rendering{version: c.version.Load, render: func(b []byte) ([]byte, error) {
		c.renders.Add(1)
		time.Sleep(c.cost)
		return fmt.Appendf(b, "version %d\n", c.version.Load()), nil
	}}
}

func TestRenderingOncePerVersion(t *testing.T) {
	t.Parallel()
	c := &counted{}
	r := c.rendering()
	first, err := r.fresh()
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.fresh()
	if err != nil || again != first {
		t.Errorf("the same version was rendered twice (%v)", err)
	}
	c.version.Store(1)
	second, err := r.fresh()
	if err != nil || string(second.data) != "version 1\n" || string(first.data) != "version 0\n" {
		t.Errorf("snapshots are %q and %q (%v)", first.data, second.data, err)
	}
}

func TestRenderingShared(t *testing.T) {
	t.Parallel()
	c := &counted{cost: 50 * time.Millisecond}
	r := c.rendering()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := r.fresh(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := c.renders.Load(); n >= 20 {
		t.Errorf("20 readers at once cost %d renderings", n)
	}
}

// TestRenderingPatience: a stat of a newer version is answered from the old rendering while that is young for its cost,
// and with the new one after; an open never waits.
func TestRenderingPatience(t *testing.T) {
	t.Parallel()
	c := &counted{}
	r := c.rendering()
	if _, _, err := r.attr(); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.last.took = time.Hour // a very long list
	r.mu.Unlock()
	c.version.Store(100) // longer by two bytes
	if size, _, err := r.attr(); err != nil || size != int64(len("version 0\n")) || c.renders.Load() != 1 {
		t.Errorf("stat says %d after %d renderings (%v), want the old size after 1", size, c.renders.Load(), err)
	}
	if s, err := r.fresh(); err != nil || string(s.data) != "version 100\n" {
		t.Errorf("open sees %v, %v", s, err)
	}
	c.version.Store(1000)
	r.mu.Lock()
	r.last.began = r.last.began.Add(-100 * time.Hour)
	r.mu.Unlock()
	if size, _, err := r.attr(); err != nil || size != int64(len("version 1000\n")) {
		t.Errorf("stat says %d later (%v)", size, err)
	}
}

func TestRenderingChanged(t *testing.T) {
	t.Parallel()
	var version uint64
	content, since := "a", time.Now().Add(-time.Hour)
	r := &rendering{since: since, version: func() uint64 { return version },
		render: func(b []byte) ([]byte, error) { return append(b, content...), nil }}
	changed := func() time.Time {
		t.Helper()
		if _, err := r.fresh(); err != nil {
			t.Fatal(err)
		}
		_, at, err := r.attr()
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	if at := changed(); !at.Equal(since) {
		t.Errorf("first content is of %v, want %v", at, since)
	}
	version++
	if at := changed(); !at.Equal(since) {
		t.Errorf("unchanged content of a new version is of %v, want %v", at, since)
	}
	version++
	content = "b"
	if at := changed(); time.Since(at) > time.Minute {
		t.Errorf("changed content is of %v", at)
	}
}

func TestRenderingForgetsBytes(t *testing.T) {
	t.Parallel()
	r := &rendering{version: func() uint64 { return 0 },
		render: func(b []byte) ([]byte, error) { return append(b, strings.Repeat("x", 1<<20)...), nil }}
	size, _, err := r.attr()
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		runtime.GC()
		if r.last.bytes.Value() == nil {
			if again, _, err := r.attr(); err != nil || again != size {
				t.Errorf("size is %d without the bytes (%v), was %d", again, err, size)
			}
			return
		}
	}
	t.Error("the bytes of a closed file are still held")
}

func TestRenderingFails(t *testing.T) {
	t.Parallel()
	fail := errors.New("gone")
	r := &rendering{version: func() uint64 { return 0 }, render: func(b []byte) ([]byte, error) { return nil, fail }}
	for range 2 {
		if _, err := r.fresh(); !errors.Is(err, fail) {
			t.Errorf("fresh: %v", err)
		}
		if _, _, err := r.attr(); !errors.Is(err, fail) {
			t.Errorf("attr: %v", err)
		}
	}
	fail = nil
	if _, err := r.fresh(); err != nil {
		t.Errorf("after it came back: %v", err)
	}
}
