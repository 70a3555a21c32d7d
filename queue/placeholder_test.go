package queue

import (
	"os"
	"testing"
)

// TestPlaceholder has an empty file wait for a half one that may take its name, however that comes about.
func TestPlaceholder(t *testing.T) {
	t.Parallel()
	remove := func(r *rig, name string) {
		if err := os.Remove(r.path(name)); err != nil {
			r.t.Error(err)
		}
		r.Removed(name)
	}
	for what, c := range map[string]struct {
		half, empty, content string
		waits                bool
		do                   func(r *rig) // what ends that
		becomes              string       // the name of the empty file then
	}{
		"before it is named": {half: "d/Q0MzqDeL.mp4.part", empty: "d/film.mp4", waits: true,
			do: func(r *rig) { r.rename("d/Q0MzqDeL.mp4.part", "d/film.mp4", 0) }},
		"as Firefox": {half: "d/film.Q0MzqDeL.mp4.part", empty: "d/film.mp4", waits: true,
			do: func(r *rig) { r.rename("d/film.Q0MzqDeL.mp4.part", "d/film.mp4", 0) }},
		"named meanwhile": {half: "Q0MzqDeL.mp4.part", empty: "film.mp4", waits: true, do: func(r *rig) {
			r.rename("Q0MzqDeL.mp4.part", "film.Q0MzqDeL.mp4.part", 0)
			r.rename("film.Q0MzqDeL.mp4.part", "film.mp4", 0)
		}},
		"called off": {half: "film.Q0MzqDeL.mp4.part", empty: "film.mp4", waits: true,
			do: func(r *rig) { remove(r, "film.Q0MzqDeL.mp4.part") }},
		"without an ending": {half: "Q0MzqDeL.part", empty: "film", waits: true,
			do: func(r *rig) { r.rename("Q0MzqDeL.part", "film", 0) }},
		"a page in a browser": {half: "film.mp4.crswap", empty: "film.mp4", waits: true,
			do: func(r *rig) { r.rename("film.mp4.crswap", "film.mp4", 0) }},
		"by another browser": {half: "film.mp4.crdownload", empty: "film.mp4", waits: true,
			do: func(r *rig) { r.rename("film.mp4.crdownload", "film.mp4", 0) }},
		"away": {half: "film.x.mp4.part", empty: "film.mp4", waits: true,
			do: func(r *rig) { r.rename("film.x.mp4.part", "e/x.mp4.part", 0) }},
		"itself away": {half: "film.x.mp4.part", empty: "film.mp4", waits: true,
			do: func(r *rig) { r.rename("film.mp4", "e/film.mp4", 0) }, becomes: "e/film.mp4"},
		"with its folder": {half: "d/x.mp4.part", empty: "d/film.mp4", waits: true,
			do: func(r *rig) { r.rename("d", "g", 0); remove(r, "g/x.mp4.part") }, becomes: "g/film.mp4"},
		"not empty any more": {half: "x.mp4.part", empty: "film.mp4", waits: true,
			do: func(r *rig) { r.drop("film.mp4", "content") }},
		"of another kind":      {half: "x.mkv.part", empty: "film.mp4"},
		"in another folder":    {half: "d/x.mp4.part", empty: "film.mp4"},
		"with content":         {half: "x.mp4.part", empty: "film.mp4", content: "content"},
		"beside one not named": {half: "x.mp4.party", empty: "film.mp4"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.drop("e/other", "content")
			r.up.next(t).succeed()
			r.drop(c.half, "content")
			id := r.drop(c.empty, c.content)
			if c.waits {
				parked := func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.list.Get(id).Parked }
				r.until(parked, func() string { return "it does not wait" })
				if i, _ := r.Status(c.empty); i.Message != "is not complete while there is "+c.half {
					t.Errorf("its status says %q", i.Message)
				}
				c.do(r)
			}
			u := r.up.next(t)
			if c.becomes == "" {
				c.becomes = c.empty
			}
			if u.job.ID != id || u.job.Name != c.becomes {
				for u.job.ID != id {
					u.succeed()
					u = r.up.next(t)
				}
				if c.waits {
					t.Errorf("%s is uploaded first", u.job.Name)
				}
			}
			u.succeed()
			r.mu.Lock()
			defer r.mu.Unlock()
			if d := r.tree.dir("d"); d != nil && c.waits && len(d.halves) != 0 {
				t.Errorf("the folder remembers %v", d.halves)
			}
		})
	}
}
