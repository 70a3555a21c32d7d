package queue

import (
	"os"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/transfer"
)

// due is when the settle time of a file ends.
func (r *rig) due(name string) time.Time {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.fileLocked(name)
	if e == nil || !e.Waits() {
		r.t.Fatalf("%s does not settle", name)
	}
	return *e.Due
}

// TestSettleBeginsAnew with whatever is done to the content or the name of a file, and with nothing else.
func TestSettleBeginsAnew(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		do   func(r *rig)
		anew bool
	}{
		"truncated": {func(r *rig) { r.Changed("a", 3, time.Now()) }, true},
		"renamed":   {func(r *rig) { r.rename("a", "b", 0); r.rename("b", "a", 0) }, true},
		"opened":    {func(r *rig) { r.Close(r.Open("a", false), Closed{Size: 7}) }, true},
		"written":   {func(r *rig) { r.drop("a", "other content") }, true},
		"touched":   {func(r *rig) { r.touch("a", time.Now().Add(time.Hour)) }, false},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *Options) { o.Settle = time.Hour })
			r.drop("a", "content")
			before := r.due("a")
			c.do(r)
			if anew := r.due("a").After(before); anew != c.anew {
				t.Errorf("it settles anew: %v", anew)
			}
		})
	}
}

// TestRelaySettles longer than others, and only as long as a relay was the last to write.
func TestRelaySettles(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Settle, o.RelaySettle = time.Hour, 10*time.Hour })
	for _, relay := range []bool{true, false} {
		id := r.Open("a", true)
		info := r.write("a", "content")
		r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Relay: relay})
		if long := time.Until(r.due("a")) > 5*time.Hour; long != relay {
			t.Errorf("a relay: %v, a long time: %v", relay, long)
		}
	}
}

// TestTouchedWhileUploaded: other times are no other content, as far as somebody tells of all of them.
func TestTouchedWhileUploaded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	u := r.up.next(t)
	later := time.Now().Add(time.Hour)
	if like := u.job.Like(r.stat("a")); like != transfer.Same {
		t.Errorf("it is %v", like)
	}
	r.touch("a", later)
	if like := u.job.Like(r.stat("a")); like != transfer.Same {
		t.Errorf("touched it is %v", like)
	}
	disguise(t, r.path("a"), "another")
	if like := u.job.Like(r.stat("a")); like != transfer.Alike {
		t.Errorf("written and its time put back it is %v", like)
	}
	r.touch("a", later)
	if like := u.job.Like(r.stat("a")); like != transfer.Alike {
		t.Errorf("touched after that it is %v", like)
	}
	u.job.Took(r.stat("a"))
	if like := u.job.Like(r.stat("a")); like != transfer.Same {
		t.Errorf("taken as it is it is %v", like)
	}
	if err := os.Truncate(r.path("a"), 1); err != nil {
		t.Fatal(err)
	}
	if like := u.job.Like(r.stat("a")); like != transfer.Other {
		t.Errorf("shortened it is %v", like)
	}
}

// TestCompanions: each of their names holds back the file beside it, and nothing else.
func TestCompanions(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, suffix := range []string{".aria2", ".part", ".crswap", ".st", ".lftp-pget-status"} {
		r := newRig(t)
		r.drop("a"+suffix, "state")
		id := r.drop("a", "film")
		r.drop("b", "other")
		r.until(func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.list.Get(id).Parked },
			func() string { return "a did not wait beside a" + suffix })
		r.up.next(t).succeed()
		r.state("b", list.Success)
		r.state("a", list.Receiving)
		if err := os.Remove(r.path("a" + suffix)); err != nil {
			t.Fatal(err)
		}
		r.Removed("a" + suffix)
		r.up.next(t).succeed()
		r.state("a", list.Success)
		r.close()
	}
}

// TestCompanionGoes: however that comes about, the file that waited for it settles.
func TestCompanionGoes(t *testing.T) {
	t.Parallel()
	remove := func(r *rig, name string) {
		if err := os.Remove(r.path(name)); err != nil {
			r.t.Error(err)
		}
		r.Removed(name)
	}
	exchange := func(r *rig, a, b string) {
		for _, names := range [][2]string{{a, "aside"}, {b, a}, {"aside", b}} {
			if err := os.Rename(r.path(names[0]), r.path(names[1])); err != nil {
				r.t.Error(err)
			}
		}
		r.Exchanged(a, b, Owner)
	}
	verb := func(v Verb) func(r *rig) {
		return func(r *rig) {
			id, err := r.Named("d/a.aria2")
			if err == nil {
				err = r.DoFile(r.t.Context(), v, id)
			}
			if err != nil {
				r.t.Error(err)
			}
		}
	}
	for what, c := range map[string]struct {
		do    func(r *rig)
		final bool // the companion's name is none that waits
	}{
		"removed": {func(r *rig) { remove(r, "d/a.aria2") }, false},
		"deleted": {verb(Delete), false},
		"renamed": {func(r *rig) { r.rename("d/a.aria2", "d/b.aria2", 0) }, false},
		"ignored": {func(r *rig) { r.rename("d/a.aria2", "d/.DS_Store", 0) }, false},
		"onto another": {func(r *rig) { r.drop("d/c.part", "c"); r.rename("d/a.aria2", "d/c.part", 0) },
			false},
		"canceled, and renamed": {func(r *rig) { verb(Cancel)(r); r.rename("d/a.aria2", "d/b.aria2", 0) }, false},
		"exchanged for what is ignored": {func(r *rig) {
			r.write("d/.DS_Store", "x")
			exchange(r, "d/a.aria2", "d/.DS_Store")
			remove(r, "d/a.aria2")
		}, false},
		"exchanged for a folder": {func(r *rig) {
			if err := os.Mkdir(r.path("e"), 0o755); err != nil {
				r.t.Fatal(err)
			}
			exchange(r, "d/a.aria2", "e")
		}, false},
		"uploaded": {func(r *rig) { r.up.next(r.t).succeed() }, true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *Options) {
				wait := names.DefaultWait
				if c.final {
					wait = nil
				}
				rules, err := names.Compile(names.DefaultIgnore, wait)
				if err != nil {
					t.Fatal(err)
				}
				o.Names = rules
			})
			r.drop("d/a.aria2", "content")
			id := r.drop("d/a", "content")
			r.until(func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.list.Get(id).Parked },
				func() string { return "it does not wait" })
			c.do(r)
			if u := r.up.next(t); u.job.ID != id {
				t.Errorf("%s is uploaded", u.job.Name)
			}
		})
	}
}

// TestOrderOfClosing tells of two closes the wrong way round, as the kernel may: they are added as they were closed.
func TestOrderOfClosing(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Settle = time.Second })
	a, b := r.Open("a", true), r.Open("b", true)
	began := time.Now()
	for i, id := range []transfer.ID{b, a} {
		info := r.write(map[transfer.ID]string{a: "a", b: "b"}[id], "content")
		r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(),
			Flushed: began.Add(-time.Duration(i) * 100 * time.Millisecond)})
	}
	for _, want := range []string{"a", "b"} {
		u := r.up.next(t)
		if u.job.Name != want {
			t.Errorf("%s is uploaded, and %s was closed before it", u.job.Name, want)
		}
		u.succeed()
	}
}
