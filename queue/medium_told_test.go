package queue

import (
	"errors"
	"strings"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestMediumWaits looks at what a playlist says for which it waits.
func TestMediumWaits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, v := mediumRig(t)
	r.drop("film.m3u8", hlsList(false, "film0.ts"))
	r.says("film.m3u8", "no #EXT-X-ENDLIST")
	r.drop("film0.ts", "0")
	r.says("film0.ts", `goes with "film.m3u8": see there`)
	r.drop("film.m3u8", hlsList(true, "film0.ts", "film1.ts", "film2.ts"))
	r.says("film.m3u8", `waits for 2 of 3 files that it names: "film1.ts" (not there), "film2.ts" (not there)`)
	r.drop("other7.ts", "7")
	r.says("other7.ts", "looks like a segment")
	aside, _, err := r.Aside()
	if err != nil || len(aside) != 3 {
		t.Errorf("%v %v", aside, err)
	}
	for _, a := range aside {
		if a.Why != "playlist" {
			t.Errorf("%v", a)
		}
	}
	r.drop("film1.ts", "1")
	r.doTo(Cancel, r.drop("film2.ts", "2"))
	r.says("film.m3u8", `waits for 1 of 3 files that it names: "film2.ts" (canceled)`)
	r.sound()
	if v.made != 0 {
		t.Errorf("%d videos", v.made)
	}
	r.do(Restore, "film2.ts")
	v.whole(r, "film.m3u8", map[string]string{"film0.ts": "0", "film1.ts": "1", "film2.ts": "2"})
	if v.made != 1 {
		t.Errorf("%d videos", v.made)
	}
	if info, _ := r.Status("other7.ts"); info.State != list.Ready {
		t.Errorf("a lone segment is %v", info.State)
	}
}

// TestMediumKeyFirst drops the key before there is a playlist, as who encrypts has it first.
func TestMediumKeyFirst(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	r.drop("enc.key", "0123456789abcdef")
	r.says("enc.key", "looks like a segment")
	r.drop("film0.ts", "0")
	listed := strings.Replace(hlsList(true, "film0.ts"), "#EXTINF", `#EXT-X-KEY:METHOD=AES-128,URI="enc.key"`+
		"\n#EXTINF",
		1)
	r.drop("film.m3u8", listed)
	v.whole(r, "film.m3u8", map[string]string{"film0.ts": "0", "enc.key": "0123456789abcdef"})
}

// TestMediumHints looks at what a playlist says is to be done for what it lacks.
func TestMediumHints(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, _ := mediumRig(t, func(o *Options) { o.Keep = true })
	r.drop("film0.ts", "0")
	r.drop("film.m3u8", hlsList(true, "film0.ts"))
	r.state("film.m3u8", list.Success)
	r.remove("film0.ts")
	edited := r.drop("film.m3u8", hlsList(true, "film0.ts")+"#\n")
	r.says("film.m3u8", `"film0.ts" (uploaded already, for another video)`)
	if info, _ := r.Status("film.m3u8"); !strings.HasPrefix(info.Hint, `drop "film0.ts" again`) {
		t.Errorf("the hint is %q", info.Hint)
	}
	if err := r.DoFile(t.Context(), Release, edited); !errors.Is(err, transfer.ErrBusy) {
		t.Errorf("a playlist without any of its files is released: %v", err)
	}
	segment := r.drop("film1.ts", "1")
	r.says("film1.ts", "looks like")
	r.doTo(Cancel, segment)
	r.drop("other.m3u8", hlsList(true, "film1.ts", "film2.ts"))
	r.says("other.m3u8", `"film1.ts" (canceled)`)
	if info, _ := r.Status("other.m3u8"); info.Hint != "inboxfs control resumeFile 'film1.ts'" {
		t.Errorf("the hint is %q", info.Hint)
	}
	r.drop("film0.ts", "00")
	r.state("film.m3u8", list.Success)
	r.sound()
}

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
	r.state("film0.ts", list.Ready)
	r.state("film1.ts", list.Ready)
	if info, ok := r.Status("film.m3u8"); info.Message != "" || !ok {
		t.Errorf("it waits for something: %q, listed %v", info.Message, ok)
	}
	if err := r.Do(t.Context(), Resume); err != nil {
		t.Fatal(err)
	}
	v.whole(r, "film.m3u8", map[string]string{"film0.ts": "0", "film1.ts": "1"})
	r.sound()
}
