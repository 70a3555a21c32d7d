package queue

import (
	"testing"
	"time"

	"inboxfs/queue/list"
)

// TestMediumIsRemoved removes half a film, as rm -r does: the video goes, and what was uploaded of it is off the list.
// As long as a segment is in the inbox it stays.
func TestMediumIsRemoved(t *testing.T) {
	t.Parallel()
	for name, order := range map[string][]string{
		"playlist first":  {"film.m3u8", "film0.ts", "film1.ts", "film2.ts"},
		"playlist last":   {"film0.ts", "film1.ts", "film2.ts", "film.m3u8"},
		"what is sent":    {"film2.ts", "film.m3u8", "film0.ts", "film1.ts"},
		"after a restart": {"film.m3u8", "film2.ts", "", "film0.ts", "film1.ts"},
		"in a restart":    {"film.m3u8", "film2.ts", "film0.ts", "", "film1.ts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, v := mediumRig(t)
			v.holds("a/film2.ts", true)
			for _, n := range []string{"film0.ts", "film1.ts", "film2.ts"} {
				r.drop("a/"+n, n)
			}
			r.drop("a/film.m3u8", hlsList(true, "film0.ts", "film1.ts", "film2.ts"))
			video := r.state("a/film0.ts", list.Success).VideoID
			r.state("a/film1.ts", list.Success)
			for i, n := range order {
				if n == "" {
					r.close()
					r = v.open(t, r.dir)
					continue
				}
				r.remove("a/" + n)
				if i < len(order)-1 {
					time.Sleep(5 * time.Millisecond) // nothing is to happen
					if n := r.removed(); n != 0 {
						t.Fatalf("%d videos were removed when there was some of it", n)
					}
				}
			}
			r.until(func() bool { return r.removed() == 1 && len(r.List()) == 0 },
				func() string { return "its video is not removed" })
			if r.up.media[0] != video || v.made != 1 {
				t.Errorf("%s is removed, %d were made", r.up.media[0], v.made)
			}
			if len(r.mediums.left)+len(r.mediums.sending) != 0 {
				t.Error("something is noted of it")
			}
			r.sound()
		})
	}
}

// TestMediumSegmentsStay takes the playlist of a film away when its last segment is on its way: that arrives, and its
// copy stays; the playlist, dropped again after a restart, goes on with the video.
func TestMediumSegmentsStay(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	r.drop("film0.ts", "0")
	v.holds("film1.ts", true)
	r.drop("film1.ts", "1")
	listed := hlsList(true, "film0.ts", "film1.ts")
	r.drop("film.m3u8", listed)
	video := r.state("film0.ts", list.Success).VideoID
	r.remove("film.m3u8")
	r.close()
	v.holds("film1.ts", false)
	r = v.open(t, r.dir)
	r.drop("film.m3u8", listed)
	if got := v.whole(r, "film.m3u8", map[string]string{"film0.ts": "0", "film1.ts": "1"}); got != video ||
		v.made != 1 {
		t.Errorf("it is %s, was %s; %d videos", got, video, v.made)
	}
	for _, name := range []string{"film0.ts", "film1.ts", "film.m3u8"} {
		r.gone(name)
	}
	if n := r.removed(); n != 0 || len(r.mediums.left) != 0 {
		t.Errorf("%d videos were removed, %v", n, r.mediums.left)
	}
	r.sound()
}
