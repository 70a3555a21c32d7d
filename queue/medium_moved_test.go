package queue

import (
	"os"
	"testing"
)

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
				r.state("b/other.mp4", Success)
			}
			r.drop("a/film0.ts", "0")
			film := r.drop("a/film.m3u8", hlsList(true, "film0.ts", "film1.ts"))
			r.says("a/film.m3u8", "waits for 1 of 2")
			if err := r.DoFile(t.Context(), Cancel, film); err != nil {
				t.Fatal(err)
			}
			for _, m := range moves {
				if err := os.Rename(r.path(m[0]), r.path(m[1])); err != nil {
					t.Fatal(err)
				}
				r.Renamed(m[0], m[1], 0, Unknown)
			}
			r.drop("a/film0.ts", "00")
			r.drop("a/film.m3u8", hlsList(true, "film0.ts"))
			first := r.state("a/film.m3u8", Success).VideoID
			if wrong := v.complete(first, map[string]string{"film0.ts": "00"}); len(wrong) > 0 {
				t.Error(wrong)
			}
			if err := r.DoFile(t.Context(), Restore, film); err != nil {
				t.Fatal(err)
			}
			r.says("b/film.m3u8", `waits for 1 of 2 files that it names: "b/film1.ts" (not there)`)
			r.drop("b/film1.ts", "1")
			video := r.state("b/film.m3u8", Success).VideoID
			if wrong := v.complete(video, map[string]string{"film0.ts": "0", "film1.ts": "1"}); len(wrong) > 0 || video == first {
				t.Errorf("%s and %s, %v", first, video, wrong)
			}
			r.sound()
		})
	}
}
