package queue

import (
	"testing"

	"inboxfs/queue/list"
)

// TestMediumIsMoved gives the folder another name when a segment is uploaded: nothing is lost, and all of it is one
// video in the end.
func TestMediumIsMoved(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	v.holds("a/film1.ts", true)
	files := map[string]string{"film0.ts": "0", "film1.ts": "1"}
	for name, content := range files {
		r.drop("a/"+name, content)
	}
	r.drop("a/film.m3u8", hlsList(true, "film0.ts", "film1.ts"))
	r.state("a/film0.ts", list.Success)
	r.rename("a", "b", 0)
	v.whole(r, "b/film.m3u8", files)
	r.until(func() bool { return r.removed() == 1 }, func() string { return "the first video is not removed" })
	r.sound()
}

// TestMediumCanceledIsMoved gives the folder of a canceled playlist another name, and the playlist another folder: it
// names what lies beside it now, and nothing where it was.
func TestMediumCanceledIsMoved(t *testing.T) {
	t.Parallel()
	for name, moves := range map[string][][2]string{
		"with its folder": {{"a", "b"}},
		"file by file":    {{"a/film.m3u8", "b/film.m3u8"}, {"a/film0.ts", "b/film0.ts"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, v := mediumRig(t)
			if moves[0][0] != "a" {
				r.drop("b/other.mp4", "o")
				r.state("b/other.mp4", list.Success)
			}
			r.drop("a/film0.ts", "0")
			film := r.drop("a/film.m3u8", hlsList(true, "film0.ts", "film1.ts"))
			r.says("a/film.m3u8", "waits for 1 of 2")
			r.doTo(Cancel, film)
			for _, m := range moves {
				r.rename(m[0], m[1], 0)
			}
			r.drop("a/film0.ts", "00")
			r.drop("a/film.m3u8", hlsList(true, "film0.ts"))
			first := v.whole(r, "a/film.m3u8", map[string]string{"film0.ts": "00"})
			r.doTo(Restore, film)
			r.says("b/film.m3u8", `waits for 1 of 2 files that it names: "b/film1.ts" (not there)`)
			r.drop("b/film1.ts", "1")
			if v.whole(r, "b/film.m3u8", map[string]string{"film0.ts": "0", "film1.ts": "1"}) == first {
				t.Errorf("both are %s", first)
			}
			r.sound()
		})
	}
}
