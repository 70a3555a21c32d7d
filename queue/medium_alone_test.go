package queue

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// ahead is a clock that a test sets forward.
type ahead struct{ by atomic.Int64 }

func (a *ahead) set(o *Options) {
	o.Now = func() time.Time { return time.Now().Add(time.Duration(a.by.Load())) }
}

// goes sets the clock of a queue forward.
func (a *ahead) goes(r *rig, by time.Duration) {
	a.by.Add(int64(by))
	r.clockWake.Ring()
}

// TestMediumUnread has a playlist open all the time: it keeps back only what looks like its own.
func TestMediumUnread(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, v := mediumRig(t)
	listed := r.Open("a/film.m3u8", true)
	for _, name := range []string{"a/holiday.mp4", "a/song.mp3", "a/talk.ts", "a/b/film.mp4", "a/b/subs.vtt",
		"a/b/init.mp4"} {
		r.drop(name, name)
		r.state(name, list.Success)
	}
	for _, name := range []string{"a/film.ts", "a/film7.mp4", "a/enc.key", "a/init.mp4", "a/seg3.ts"} {
		r.drop(name, name)
		r.says(name, `waits until "a/film.m3u8" is complete`)
	}
	gone := r.drop("a/seg4.ts", "4")
	r.says("a/seg4.ts", "waits until")
	r.doTo(Delete, gone)
	r.sound()
	made := v.made
	info := r.write("a/film.m3u8", hlsList(true, "film.ts"))
	r.Close(listed, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	video := r.state("a/film.m3u8", list.Success).VideoID
	if wrong := v.complete(video, map[string]string{"film.ts": "a/film.ts"}); len(wrong) > 0 || made != 6 {
		t.Errorf("%d videos, %v", made, wrong)
	}
	for _, name := range []string{"a/film7.mp4", "a/init.mp4"} {
		r.state(name, list.Success)
	}
	r.says("a/seg3.ts", "looks like a segment")
	r.says("a/enc.key", "looks like a segment")
	r.sound()
}

// TestMediumDraft has a playlist whose name waits: it keeps nothing back, however long it is there.
func TestMediumDraft(t *testing.T) {
	t.Parallel()
	clock := new(ahead)
	r, _ := mediumRig(t, clock.set)
	r.drop("a/film.part/film.m3u8", hlsList(true, "x.ts"))
	r.until(func() bool { return r.Summary().Waiting == 1 },
		func() string { return "the playlist does not wait for its name" })
	r.drop("a/.draft.m3u8", hlsList(true, "x.ts"))
	r.drop("a/talk.mp4", "t")
	r.state("a/talk.mp4", list.Success)
	r.drop("a/00001.TS", "1")
	r.says("a/00001.TS", "looks like a segment")
	clock.goes(r, aloneMost)
	r.state("a/00001.TS", list.Success)
	r.sound()
}

// TestMediumAlone has files without a playlist that look like its segments: each goes by itself, after a while, of
// which those who wait for all do not wait.
func TestMediumAlone(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	clock := new(ahead)
	r, _ := mediumRig(t, clock.set)
	for _, name := range []string{"track01.aac", "episode01.vtt", "MVI_0001.mp4", "init.mp4"} {
		r.drop(name, name)
		r.state(name, list.Success)
	}
	alone := []string{"00001.TS", "MVI_0001.ts", "Tagesschau 2000.ts", "file-20261130-1796045384.ts", "f.m4s"}
	for _, name := range append(alone, "init.mp4") {
		r.drop(name, name)
		r.says(name, "looks like a segment")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := r.WaitAll(ctx); err != nil {
		t.Error(err)
	}
	if id, err := r.Find("f.m4s"); err != nil {
		t.Error(err)
	} else if err := r.Wait(ctx, id); !errors.Is(err, transfer.ErrEnded) || !strings.Contains(err.Error(),
		"looks like a segment") {
		t.Errorf("who waits for a lone segment is told %v", err)
	}
	if s := r.Summary(); s.Waiting != 6 || s.ForPlaylist != 6 || s.Pending() != 0 || s.SetAside() == "" {
		t.Errorf("%+v", s)
	}
	clock.goes(r, aloneMost-time.Minute)
	r.drop("late/late9.ts", "9")
	r.says("late/late9.ts", "looks like a segment")
	if info, _ := r.Status("00001.TS"); info.State != list.Ready {
		t.Errorf("it is %v before its time", info.State)
	}
	clock.goes(r, time.Minute)
	for _, name := range append(alone, "init.mp4") {
		r.state(name, list.Success)
	}
	if info, _ := r.Status("late/late9.ts"); info.State != list.Ready {
		t.Errorf("late/late9.ts is %v", info.State)
	}
	r.sound()
}

// TestMediumNotAlone has a playlist beside what looks like a segment: that waits as long as the playlist does.
func TestMediumNotAlone(t *testing.T) {
	t.Parallel()
	clock := new(ahead)
	r, _ := mediumRig(t, clock.set)
	r.drop("a/x1.ts", "1")
	r.drop("a/film.m3u8", hlsList(false, "film0.ts"))
	r.says("a/film.m3u8", "no #EXT-X-ENDLIST")
	r.says("a/x1.ts", "looks like a segment")
	clock.goes(r, aloneMost)
	r.says("a/x1.ts", `as long as "a/film.m3u8" does`)
	r.remove("a/film.m3u8")
	r.state("a/x1.ts", list.Success)
	r.sound()
}

// TestMediumNames has segments whose names mean something else in a URI.
func TestMediumNames(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, v := mediumRig(t)
	files := map[string]string{"Alien: Covenant0.ts": "a", "Episode #30.ts": "e", "Who?0.ts": "w", "%410.ts": "p",
		"b c0.ts": "b"}
	for name, content := range files {
		r.drop("a/"+name, content)
		r.says("a/"+name, "looks like a segment")
	}
	r.drop("a/film.m3u8", hlsList(true, "Alien: Covenant0.ts", "Episode #30.ts", "Who?0.ts", "%410.ts", "b%20c0.ts",
		"data:text/plain,x"))
	v.whole(r, "a/film.m3u8", files)
	r.drop("b/film.m3u8", hlsList(true, "Alien: Covenant0.ts"))
	r.says("b/film.m3u8", `"b/Alien: Covenant0.ts" (not there)`)
	r.sound()
}

// TestMediumPlain drops a playlist of a music player: it is a file as any other, and so is what lies beside it.
func TestMediumPlain(t *testing.T) {
	t.Parallel()
	r, _ := mediumRig(t)
	r.drop("party.m3u8", "#EXTM3U\n#EXTINF:200,A song\nsong.mp3\n/music/other.mp3\n")
	r.state("party.m3u8", list.Success)
	r.drop("song.mp3", "s")
	r.state("song.mp3", list.Success)
	r.sound()
}
