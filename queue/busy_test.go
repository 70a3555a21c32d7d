package queue

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// atWork is the Busy of a program called by name.
type atWork struct{ name *atomic.Pointer[string] }

func (w atWork) Busy() string { return *w.name.Load() }

func newAtWork(name string) atWork {
	w := atWork{new(atomic.Pointer[string])}
	w.name.Store(&name)
	return w
}

func (w atWork) end() { w.name.Store(new(string)) }

// TestBusyWriter has files wait for the program that wrote them, until it ends, the time is up, or somebody wants them.
func TestBusyWriter(t *testing.T) {
	t.Parallel()
	const long = time.Hour
	end := func(_ *rig, w atWork, _ transfer.ID) { w.end() }
	for what, c := range map[string]struct {
		wait  time.Duration
		waits bool
		do    func(r *rig, w atWork, id transfer.ID)
		name  string
	}{
		"it ends":           {long, true, end, "a"},
		"the time is up":    {time.Second, true, func(*rig, atWork, transfer.ID) {}, "a"},
		"nobody is to wait": {0, false, nil, "a"},
		"flushed": {long, true, func(r *rig, _ atWork, id transfer.ID) {
			_ = r.DoFile(r.t.Context(), Flush,
				id)
		}, "a"},
		"all flushed": {long, true, func(r *rig, _ atWork, _ transfer.ID) { r.FlushAll() }, "a"},
		"renamed, and it end": {long, true, func(r *rig, w atWork, _ transfer.ID) { r.rename("a", "b", 0); w.end() },
			"b"},
		"written by another": {long, true, func(r *rig, _ atWork, _ transfer.ID) { r.drop("a", "content") }, "a"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *Options) { o.WriterWait = c.wait })
			w := newAtWork("yt-dlp")
			id := r.Open("a", true)
			info := r.write("a", "track")
			r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Busy: w})
			if c.waits {
				told := func() bool {
					i, _ := r.Status("a")
					return strings.HasPrefix(i.Message, "yt-dlp, which wrote it, works on")
				}
				r.until(told, func() string { return "it does not wait" })
				if all, _, err := r.Aside(); err != nil || len(all) != 1 || all[0].Why != "writer" ||
					all[0].Name != "a" {
					t.Errorf("aside are %v, %v", all, err)
				}
				c.do(r, w, id)
			}
			u := r.up.next(t)
			if u.job.Name != c.name {
				t.Errorf("%q is uploaded", u.job.Name)
			}
			u.succeed()
			r.state(c.name, list.Success)
		})
	}
	r := newRig(t, func(o *Options) { o.WriterWait = long })
	w := newAtWork("yt-dlp")
	id := r.Open("a", true)
	info := r.write("a", "track")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Busy: w})
	r.until(func() bool { i, _ := r.Status("a"); return i.Message != "" }, func() string { return "it does not wait" })
	if err := r.DoFile(t.Context(), Delete, id); err != nil {
		t.Fatal(err)
	}
	r.up.none(t)
}
