package queue

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// says waits until the status of a file says so.
func (r *rig) says(name, words string) {
	r.t.Helper()
	var info list.Info
	r.until(func() bool {
		info, _ = r.Status(name)
		return strings.Contains(info.Message, words)
	}, func() string {
		return fmt.Sprintf("%s is %v and says %q, not %q", name, info.State, info.Message, words)
	})
}

// removed is how many videos VOD was told to remove.
func (r *rig) removed() (n int) {
	r.up.mu.Lock()
	defer r.up.mu.Unlock()
	for _, uploadID := range r.up.aborted {
		n += count(uploadID == "")
	}
	return n
}

func (r *rig) sound() {
	r.t.Helper()
	for _, wrong := range r.inconsistent() {
		r.t.Error(wrong)
	}
}

// TestMediumInAnyOrder drops a playlist and its segments in each order: one video, whose playlist comes last.
func TestMediumInAnyOrder(t *testing.T) {
	t.Parallel()
	files := map[string]string{"film0.ts": "0", "sub/film1.ts": "1", "init.mp4": "i", "words.vtt": "w", "enc.key": "k"}
	names := []string{"init.mp4", "film0.ts", "sub/film1.ts", "words.vtt", "enc.key"}
	listed := "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"enc.key\"\n#EXT-X-MAP:URI=\"init.mp4\"\n" +
		"film0.ts\nsub/film1.ts\nwords.vtt\n#EXT-X-ENDLIST\n"
	for first := range len(names) + 1 {
		t.Run(fmt.Sprint(first), func(t *testing.T) {
			t.Parallel()
			r, v := mediumRig(t)
			for i := range len(names) + 1 {
				if i == first {
					r.drop("a/film.m3u8", listed)
				}
				if i < len(names) {
					r.drop("a/"+names[i], files[names[i]])
				}
			}
			video := r.state("a/film.m3u8", list.Success).VideoID
			for _, name := range names {
				if info := r.state("a/"+name, list.Success); info.VideoID != video {
					t.Errorf("%s is of %s", name, info.VideoID)
				}
			}
			if wrong := v.complete(video, files); len(wrong) > 0 || v.made != 1 || v.lists[video] != listed {
				t.Errorf("%d videos, %v", v.made, wrong)
			}
			for _, name := range append(names, "film.m3u8") {
				r.gone("a/" + name)
			}
			r.sound()
		})
	}
}

// TestMediumAfterRestart has a file and the playlist that names it ready when the queue starts: which is whose is not
// known before the playlist is read.
func TestMediumAfterRestart(t *testing.T) {
	t.Parallel()
	r := newRig(t, asVOD, func(o *Options) { o.Start = false })
	files := map[string]string{"intro.mp4": "i", "film0.ts": "0"}
	for _, name := range []string{"intro.mp4", "film0.ts", "film.m3u8"} {
		r.drop("a/"+name, cmp.Or(files[name], hlsList(true, "intro.mp4", "film0.ts")))
		r.state("a/"+name, list.Ready)
	}
	r.close()
	v := newFakeVOD()
	r = v.open(t, r.dir)
	video := r.state("a/film.m3u8", list.Success).VideoID
	if wrong := v.complete(video, files); len(wrong) > 0 || v.made != 1 {
		t.Errorf("%d videos, %v", v.made, wrong)
	}
	r.sound()
}

// TestMediumTakesBack reads a playlist that names a file which is sent as a video of its own just then.
func TestMediumTakesBack(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	v.holds("intro.mp4", true)
	r.drop("intro.mp4", "i")
	r.until(func() bool { i, _ := r.Status("intro.mp4"); return i.VideoID != "" },
		func() string { return "it has no video" })
	v.holds("intro.mp4", false)
	r.drop("film0.ts", "0")
	r.drop("film.m3u8", hlsList(true, "intro.mp4", "film0.ts"))
	v.whole(r, "film.m3u8", map[string]string{"intro.mp4": "i", "film0.ts": "0"})
	if len(v.lists) != 1 {
		t.Errorf("the playlists there are %v", v.lists)
	}
	r.until(func() bool { return r.removed() == 1 }, func() string { return "its own video is not removed" })
	r.sound()
}

// TestMediumIsDeleted removes a playlist whose video was made, before any of its segments is there: the video goes.
func TestMediumIsDeleted(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	v.holds("film0.ts", true)
	segment := r.drop("film0.ts", "0")
	listed := r.drop("film.m3u8", hlsList(true, "film0.ts"))
	r.state("film0.ts", list.Uploading)
	for _, id := range []transfer.ID{segment, listed} {
		r.doTo(Delete, id)
		r.until(func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.active == 0 },
			func() string { return "it is sent still" })
	}
	r.until(func() bool { return r.removed() == 1 }, func() string { return "its video is not removed" })
	r.sound()
}

// TestMediumOff leaves each file a video of its own where playlists are nothing special.
func TestMediumOff(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t, func(o *Options) { o.HLS = false })
	r.drop("film0.ts", "0")
	r.state("film0.ts", list.Success)
	r.drop("film.m3u8", hlsList(false, "film0.ts"))
	r.state("film.m3u8", list.Success)
	if v.made != 2 {
		t.Errorf("%d videos", v.made)
	}
}
