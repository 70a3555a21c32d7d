package queue

import "testing"

// TestMediumAsked has somebody ask what a playlist lacks when its files are ready, and nothing was begun since: the
// playlist goes on all the same.
func TestMediumAsked(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	r.drop("film.m3u8", hlsList(true, "film0.ts", "film1.ts"))
	r.says("film.m3u8", "waits for 2 of 2")
	if err := r.Do(t.Context(), Pause); err != nil {
		t.Fatal(err)
	}
	r.drop("film0.ts", "0")
	r.drop("film1.ts", "1")
	r.state("film0.ts", Ready)
	r.state("film1.ts", Ready)
	if info, ok := r.Status("film.m3u8"); info.Message != "" || !ok {
		t.Errorf("it waits for something: %q, listed %v", info.Message, ok)
	}
	if err := r.Do(t.Context(), Resume); err != nil {
		t.Fatal(err)
	}
	video := r.state("film.m3u8", Success).VideoID
	if wrong := v.complete(video, map[string]string{"film0.ts": "0", "film1.ts": "1"}); len(wrong) > 0 {
		t.Error(wrong)
	}
	r.sound()
}
