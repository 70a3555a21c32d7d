package queue

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/list"
)

// TestMediumAtRandom has somebody drop, overwrite, remove and cancel files of a package, move it away, and restart, in
// any order. Once all files are there again it is a video, whole, and no segment is a video of its own.
func TestMediumAtRandom(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	for story := range uint64(20) {
		t.Run(fmt.Sprint(seed, " ", story), func(t *testing.T) {
			t.Parallel()
			mediumStory(t, rand.New(rand.NewPCG(seed, story)))
		})
	}
}

func mediumStory(t *testing.T, random *rand.Rand) {
	r, v := mediumRig(t)
	names := []string{"a/film0.ts", "a/film1.ts", "a/b/film2.ts", "a/film3.ts"}
	listed := hlsList(true, "film0.ts", "film1.ts", "b/film2.ts", "film3.ts")
	gone := make(map[string]bool)
	removed := func() {
		r.up.mu.Lock()
		defer r.up.mu.Unlock()
		for _, video := range r.up.media {
			gone[video] = true
		}
	}
	const film = "a/film.m3u8"
	content := make(map[string]string)
	drop := func(name string) {
		content[name] = fmt.Sprint(random.Uint64())
		r.drop(name, content[name])
	}
	verb := func(verb Verb, name string) {
		if id, err := r.Find(name); err == nil {
			_ = r.DoFile(t.Context(), verb, id) // it may be refused
		}
	}
	for step := range 30 {
		name := names[random.IntN(len(names))]
		switch random.IntN(10) {
		case 0, 1, 2:
			drop(name)
		case 3:
			r.drop(film, listed)
		case 4:
			if random.IntN(2) == 0 {
				name = film
			}
			if os.Remove(r.path(name)) == nil {
				r.Removed(name)
			}
		case 5:
			verb(Cancel, name)
		case 6:
			verb(Cancel, film)
		case 7:
			verb(Restore, film)
		case 8:
			r.close()
			removed()
			r = v.open(t, r.dir)
		case 9:
			if _, err := os.Stat(r.path("a")); err == nil {
				r.rename("a", fmt.Sprint("moved", step), 0)
			}
		}
		time.Sleep(time.Duration(random.IntN(5)) * time.Millisecond)
		r.sound()
	}
	// In the end all of it is dropped anew, as who wants it uploaded does.
	for _, name := range names {
		verb(Restore, name)
		drop(name)
	}
	r.drop(film, listed)
	for _, name := range append(names, film) {
		verb(Restore, name)
	}
	info := r.state(film, list.Success)
	want := make(map[string]string)
	for _, name := range names {
		r.until(func() bool {
			i, _ := r.Status(name)
			return i.State == list.Success || i.State == list.Ready &&
				i.VideoID == ""
		},
			func() string { i, _ := r.Status(name); return fmt.Sprintf("%s is %+v", name, i) })
		want[strings.TrimPrefix(name, "a/")] = content[name]
	}
	wrong := v.complete(info.VideoID, want)
	// Nothing of the others is of use: a video has its playlist, or is removed.
	left := func() (all []string) {
		removed()
		v.mu.Lock()
		defer v.mu.Unlock()
		for n := range v.made {
			if id := fmt.Sprint("V", n+1); v.lists[id] == "" && !gone[id] {
				all = append(all, id)
			}
		}
		return all
	}
	r.until(func() bool { return len(left()) == 0 }, func() string { return fmt.Sprint(left(), " are left at VOD") })
	if gone[info.VideoID] {
		t.Errorf("%s is removed", info.VideoID)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for video, text := range v.lists {
		if text != listed {
			t.Errorf("%s is a video of its own: %q", video, text)
		}
	}
	if len(wrong) > 0 {
		t.Error(wrong)
	}
	r.sound()
}
