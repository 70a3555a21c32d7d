package queue

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/list"
)

// TestMediumNamesThatCome drops segments after their playlist, whose names mean something else in a URI.
func TestMediumNamesThatCome(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, v := mediumRig(t)
	files := map[string]string{"Episode #30.ts": "e", "Who?0.ts": "w", "Who?1.ts": "x", "%410.ts": "p", "b c0.ts": "b"}
	r.drop("a/film.m3u8", hlsList(true, "Episode #30.ts", "Who?0.ts", "Who?1.ts", "%410.ts", "b%20c0.ts"))
	r.says("a/film.m3u8", "waits for 5 of 5")
	for name, content := range files {
		r.drop("a/"+name, content)
	}
	v.whole(r, "a/film.m3u8", files)
	files = map[string]string{"0.ts": "0", "A0.ts": "A"}
	r.drop("b/film.m3u8", hlsList(true, "0.ts?v=1", "0.ts?v=2", "%410.ts"))
	r.says("b/film.m3u8", "waits for 3 of 3")
	for name, content := range files {
		r.drop("b/"+name, content)
	}
	v.whole(r, "b/film.m3u8", files)
	if len(r.mediums.names) != 0 || v.made != 2 {
		t.Errorf("%d videos, names of %v", v.made, r.mediums.names)
	}
	r.sound()
}

// sends reports whether a file itself is sent, and not only announced.
func (r *rig) sends(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.tree.get(name)
	return e != nil && e.run != nil && !e.run.announces
}

// TestMediumChangesLate overwrites a segment while the playlist itself is sent: the new one goes first.
func TestMediumChangesLate(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	v.holds("film.m3u8", true)
	r.drop("film0.ts", "0")
	r.drop("film.m3u8", hlsList(true, "film0.ts"))
	r.until(func() bool {
		info, _ := r.Status("film.m3u8")
		return info.State == list.Uploading && r.sends("film.m3u8")
	},
		func() string { return "the playlist is not sent" })
	r.drop("film0.ts", "00")
	v.holds("film.m3u8", false)
	v.whole(r, "film.m3u8", map[string]string{"film0.ts": "00"})
	r.gone("film0.ts")
	r.sound()
}

// TestMediumOpenedLate has a segment open that is uploaded, and not written, when the last other one arrives.
func TestMediumOpenedLate(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	v.holds("film1.ts", true)
	r.drop("film0.ts", "0")
	r.drop("film1.ts", "1")
	r.drop("film.m3u8", hlsList(true, "film0.ts", "film1.ts"))
	r.state("film0.ts", list.Success)
	open := r.Open("film0.ts", false)
	v.holds("film1.ts", false)
	r.do(Cancel, "film1.ts")
	r.do(Restore, "film1.ts")
	r.state("film1.ts", list.Success)
	r.says("film.m3u8", "1 of 2 are to come")
	info, err := os.Stat(r.path("film0.ts"))
	if err != nil {
		t.Fatal(err)
	}
	r.Close(open, Closed{Size: info.Size(), ModTime: info.ModTime()})
	v.whole(r, "film.m3u8", map[string]string{"film0.ts": "0", "film1.ts": "1"})
	r.sound()
}

// TestMediumApart switches playlists off, or to another mode, when half a film is uploaded: each file goes by itself
// then, and the video that was begun is removed.
func TestMediumApart(t *testing.T) {
	t.Parallel()
	for name, asks := range map[string]bool{"vod.hls": true, "credential.mode": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, v := mediumRig(t)
			v.holds("film1.ts", true)
			r.drop("film0.ts", "0")
			r.drop("film1.ts", "1")
			r.drop("film.m3u8", hlsList(true, "film0.ts", "film1.ts"))
			whole := r.state("film0.ts", list.Success).VideoID
			r.close()
			v.holds("film1.ts", false)
			r = v.open(t, r.dir, func(o *Options) { o.HLS, o.Uploader.(*fakeUploader).asks = false, asks })
			videos := make(map[string]bool)
			for _, name := range []string{"film0.ts", "film1.ts", "film.m3u8"} {
				r.gone(name)
				videos[r.state(name, list.Success).VideoID] = true
			}
			if len(videos) != 3 || videos[whole] {
				t.Errorf("the videos are %v, was %s", videos, whole)
			}
			r.until(func() bool { return r.removed() == 1 }, func() string { return "the first video is not removed" })
			r.sound()
		})
	}
}

// TestMediumOfLinks drops a package whose files are symbolic links.
func TestMediumOfLinks(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	away := t.TempDir()
	files := map[string]string{"film0.ts": "0", "film1.ts": "1", "sub/film2.ts": "2"}
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(away, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(r.path(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(away, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if name != "film1.ts" {
			r.link(name, filepath.Join(away, name))
		} else {
			r.drop(name, content)
		}
	}
	r.says("film0.ts", "looks like a segment")
	r.drop("film.m3u8", hlsList(true, "film0.ts", "film1.ts", "sub/film2.ts"))
	v.whole(r, "film.m3u8", files)
	for name := range files {
		r.gone(name)
		if _, err := os.Stat(filepath.Join(away, name)); err != nil {
			t.Error(err)
		}
	}
	r.sound()
}

// TestMediumKept edits a playlist whose segments were uploaded, and kept: they are sent again, for its new video.
func TestMediumKept(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t, func(o *Options) { o.Keep = true })
	files := map[string]string{"film0.ts": "0", "film1.ts": "1"}
	for name, content := range files {
		r.drop(name, content)
	}
	r.drop("film.m3u8", hlsList(true, "film0.ts", "film1.ts"))
	first := v.whole(r, "film.m3u8", files)
	r.drop("film.m3u8", hlsList(true, "film1.ts", "film0.ts"))
	r.until(func() bool {
		info, _ := r.Status("film.m3u8")
		return info.State == list.Success && info.VideoID != first
	},
		func() string { info, _ := r.Status("film.m3u8"); return info.State.String() + " " + info.Message })
	v.whole(r, "film.m3u8", files)
	for name, content := range files {
		if got, err := os.ReadFile(r.path(name)); string(got) != content {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	if n := r.removed(); n != 0 {
		t.Errorf("%d videos were removed", n)
	}
	r.sound()
}

// TestMediumLongEncode has a program write segments for longer than one of them waits, and the playlist last. Where
// there are only segments, and no end to them, they go all the same.
func TestMediumLongEncode(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	clock := new(ahead)
	r, v := mediumRig(t, clock.set)
	files := make(map[string]string)
	for _, name := range []string{"film0.ts", "film1.ts", "film2.ts", "film3.ts"} {
		r.drop("a/"+name, name)
		files[name] = name
		r.says("a/"+name, "looks like a segment")
		clock.goes(r, aloneMost*3/4)
	}
	r.drop("a/film.m3u8", hlsList(true, "film0.ts", "film1.ts", "film2.ts", "film3.ts"))
	v.whole(r, "a/film.m3u8", files)
	if v.made != 1 {
		t.Errorf("%d videos", v.made)
	}
	r.drop("b/cam1.ts", "1")
	r.says("b/cam1.ts", "looks like a segment")
	for passed := time.Duration(0); passed < aloneLongest; passed += aloneMost / 2 {
		clock.goes(r, aloneMost/2)
		r.drop("b/cam2.ts", strings.Repeat("2", int(passed/aloneMost)+1))
		r.remove("b/cam2.ts")
	}
	r.state("b/cam1.ts", list.Success)
	r.sound()
}
