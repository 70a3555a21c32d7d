package queue

import (
	"os"
	"testing"

	"inboxfs/queue/list"
)

// TestMediumIsWrittenAgain writes a playlist again, and drops it again, when some segments are uploaded and their
// copies are gone: it goes on with the same video, and nothing is lost.
func TestMediumIsWrittenAgain(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(r *rig, listed string){
		"written": func(r *rig, listed string) { r.drop("film.m3u8", listed) },
		"renamed over": func(r *rig, listed string) {
			r.drop("film.m3u8.tmp", listed)
			r.rename("film.m3u8.tmp", "film.m3u8", 0)
		},
		"removed": func(r *rig, listed string) {
			r.remove("film.m3u8")
			r.drop("film.m3u8", listed)
		},
		"restarted": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, v := mediumRig(t)
			v.holds("film1.ts", true)
			r.drop("film0.ts", "0")
			r.drop("film1.ts", "1")
			r.drop("film.m3u8", hlsList(true, "film0.ts", "film1.ts"))
			video := r.state("film0.ts", list.Success).VideoID
			r.says("film.m3u8", "1 of 2 are to come")
			if _, err := os.Stat(r.path("film0.ts")); err != nil {
				t.Errorf("the copy of a segment goes before its playlist is there: %v", err)
			}
			r.remove("film0.ts")
			if n, err := r.ClearFinished(t.Context()); n != 0 || err != nil {
				t.Errorf("%d pieces of an unfinished video went off the list, %v", n, err)
			}
			r.drop("film2.ts", "2")
			v.holds("film1.ts", false)
			listed := hlsList(true, "film0.ts", "film1.ts", "film2.ts")
			if again == nil {
				r.close()
				r = v.open(t, r.dir)
				r.drop("film.m3u8", listed)
			} else {
				again(r, listed)
				r.do(Cancel, "film1.ts") // its upload hangs
				r.do(Restore, "film1.ts")
			}
			got := v.whole(r, "film.m3u8", map[string]string{"film0.ts": "0", "film1.ts": "1", "film2.ts": "2"})
			if got != video || v.made != 1 || v.lists[video] != listed {
				t.Errorf("it is %s, was %s; %d videos", got, video, v.made)
			}
			for _, name := range []string{"film0.ts", "film1.ts", "film2.ts", "film.m3u8"} {
				r.gone(name)
			}
			if n := r.removed(); n != 0 {
				t.Errorf("%d videos were removed", n)
			}
			r.sound()
		})
	}
}
