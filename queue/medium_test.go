package queue

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeVOD answers every upload as VOD and its buckets do, and remembers what is where.
type fakeVOD struct {
	mu      sync.Mutex
	made    int
	objects map[string]string // by the id of the video, a slash and the name of the file
	lists   map[string]string // by the id of the video, the playlist that is there
	hold    map[string]bool   // files whose uploads are left alone
	wrong   []string
}

func newFakeVOD() *fakeVOD {
	return &fakeVOD{objects: make(map[string]string), lists: make(map[string]string), hold: make(map[string]bool)}
}

// serve answers the uploads of a queue until it ends.
func (v *fakeVOD) serve(r *rig) {
	go func() {
		for {
			select {
			case u := <-r.up.uploads:
				go v.answer(u)
			case <-r.over:
				return
			}
		}
	}()
}

func (v *fakeVOD) answer(u *fakeUpload) {
	content, err := os.ReadFile(u.job.Path)
	if err != nil {
		u.fail(Resumable, "FileNotExist")
		return
	}
	v.mu.Lock()
	held := v.hold[u.job.Name]
	v.mu.Unlock()
	u.watch.Started("b", "k", "")
	if held {
		if u.job.Medium == nil {
			_ = u.watch.Created(u.ctx, Granted{VideoID: "held", Bucket: "b", Key: "held"}) // else it is called off already
		}
		return
	}
	if of := u.job.Medium; of != nil {
		if u.watch.Sending(u.ctx, "b", of.VideoID+"/"+of.Name) != nil {
			return
		}
		v.mu.Lock()
		v.objects[of.VideoID+"/"+of.Name] = string(content)
		if _, over := v.lists[of.VideoID]; over && u.job.ID > of.ID {
			v.wrong = append(v.wrong, "to a video that is complete: "+u.job.Name)
		}
		v.mu.Unlock()
		u.end <- fakeEnd{res: Result{Bucket: "b", Key: of.VideoID + "/" + of.Name, VideoID: PieceOf(of.VideoID), CRC64: u.crc()}}
		return
	}
	video := ""
	if u.job.Resume != nil {
		video = u.job.Resume.VideoID
	}
	v.mu.Lock()
	if video == "" {
		v.made++
		video = fmt.Sprint("V", v.made)
	}
	v.mu.Unlock()
	if u.watch.Created(u.ctx, Granted{VideoID: video, Bucket: "b", Key: video + "/" + path.Base(u.job.Name)}) != nil {
		return
	}
	if !u.job.Announce {
		if u.watch.Sending(u.ctx, "b", video+"/"+path.Base(u.job.Name)) != nil {
			return
		}
		v.mu.Lock()
		v.lists[video] = string(content)
		v.mu.Unlock()
	}
	u.end <- fakeEnd{res: Result{Bucket: "b", Key: video + "/" + path.Base(u.job.Name), VideoID: video, CRC64: u.crc()}}
}

// complete lists what is missing of the video whose playlist is list, and what else is wrong.
func (v *fakeVOD) complete(video string, files map[string]string) (wrong []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for name, content := range files {
		if got, ok := v.objects[video+"/"+name]; !ok || got != content {
			wrong = append(wrong, fmt.Sprintf("%s is %q there %v, want %q", name, got, ok, content))
		}
	}
	return append(wrong, v.wrong...)
}

func hlsList(ended bool, files ...string) string {
	text := "#EXTM3U\n#EXT-X-TARGETDURATION:2\n"
	for _, f := range files {
		text += "#EXTINF:2,\n" + f + "\n"
	}
	if ended {
		text += "#EXT-X-ENDLIST\n"
	}
	return text
}

func asVOD(o *Options) {
	o.HLS, o.Files, o.Replace = true, 3, false
	o.Uploader.(*fakeUploader).asks = true
}

// mediumRig is a queue whose uploads go to a fake VOD.
func mediumRig(t *testing.T) (*rig, *fakeVOD) {
	r, v := newRig(t, asVOD), newFakeVOD()
	v.serve(r)
	return r, v
}

// says waits until the status of a file says so.
func (r *rig) says(name, words string) {
	r.t.Helper()
	var info Info
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
	list := "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"enc.key\"\n#EXT-X-MAP:URI=\"init.mp4\"\nfilm0.ts\nsub/film1.ts\nwords.vtt\n#EXT-X-ENDLIST\n"
	for first := range len(names) + 1 {
		t.Run(fmt.Sprint(first), func(t *testing.T) {
			t.Parallel()
			r, v := mediumRig(t)
			for i := range len(names) + 1 {
				if i == first {
					r.drop("a/film.m3u8", list)
				}
				if i < len(names) {
					r.drop("a/"+names[i], files[names[i]])
				}
			}
			video := r.state("a/film.m3u8", Success).VideoID
			for _, name := range names {
				if info := r.state("a/"+name, Success); info.VideoID != video {
					t.Errorf("%s is of %s", name, info.VideoID)
				}
			}
			if wrong := v.complete(video, files); len(wrong) > 0 || v.made != 1 || v.lists[video] != list {
				t.Errorf("%d videos, %v", v.made, wrong)
			}
			for _, name := range append(names, "film.m3u8") {
				r.gone("a/" + name)
			}
			r.sound()
		})
	}
}

// TestMediumWaits looks at what a playlist says for which it waits.
func TestMediumWaits(t *testing.T) {
	t.Parallel()
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
	if err := r.DoFile(t.Context(), Cancel, r.drop("film2.ts", "2")); err != nil {
		t.Fatal(err)
	}
	r.says("film.m3u8", `waits for 1 of 3 files that it names: "film2.ts" (canceled)`)
	r.sound()
	if v.made != 0 {
		t.Errorf("%d videos", v.made)
	}
	id, err := r.Find("film2.ts")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.DoFile(t.Context(), Restore, id); err != nil {
		t.Fatal(err)
	}
	video := r.state("film.m3u8", Success).VideoID
	if wrong := v.complete(video, map[string]string{"film0.ts": "0", "film1.ts": "1", "film2.ts": "2"}); len(wrong) > 0 || v.made != 1 {
		t.Errorf("%d videos, %v", v.made, wrong)
	}
	if info, _ := r.Status("other7.ts"); info.State != Ready {
		t.Errorf("a lone segment is %v", info.State)
	}
}

// TestMediumReleased has what waits go with what there is.
func TestMediumReleased(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	release := func(name string) error {
		t.Helper()
		id, err := r.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		return r.DoFile(t.Context(), Release, id)
	}
	r.drop("film0.ts", "0")
	r.says("film0.ts", "looks like a segment")
	r.drop("live.m3u8", hlsList(false, "film0.ts", "film1.ts"))
	r.says("live.m3u8", "no #EXT-X-ENDLIST")
	if err := release("film0.ts"); err == nil {
		t.Error("a segment was released without its playlist")
	}
	if err := release("live.m3u8"); err != nil {
		t.Fatal(err)
	}
	video := r.state("live.m3u8", Success).VideoID
	if wrong := v.complete(video, map[string]string{"film0.ts": "0"}); len(wrong) > 0 {
		t.Error(wrong)
	}
	r.drop("alone7.ts", "7")
	r.says("alone7.ts", "looks like a segment")
	if err := release("alone7.ts"); err != nil {
		t.Fatal(err)
	}
	if info := r.state("alone7.ts", Success); info.VideoID == video || v.made != 2 {
		t.Errorf("it is in %s of %d", info.VideoID, v.made)
	}
	r.sound()
}

// TestMediumRefused drops playlists that cannot be one video.
func TestMediumRefused(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	r.drop("master.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n")
	if info := r.state("master.m3u8", Held); info.Error != codeList || !strings.Contains(info.Message, "master") || !strings.Contains(info.Hint, "video of its own") {
		t.Errorf("%+v", info)
	}
	r.drop("a/out.m3u8", hlsList(true, "../film0.ts"))
	if info := r.state("a/out.m3u8", Held); info.Error != codeList || !strings.Contains(info.Message, "not below its folder") {
		t.Errorf("%+v", info)
	}
	r.drop("one.m3u8", hlsList(true, "s0.ts", "s1.ts"))
	r.says("one.m3u8", "waits for 2")
	r.drop("two.m3u8", hlsList(true, "s1.ts", "s2.ts"))
	if info := r.state("two.m3u8", Held); info.Error != codeInUse || !strings.Contains(info.Message, `"s1.ts"`) || !strings.Contains(info.Message, `"one.m3u8"`) {
		t.Errorf("%+v", info)
	}
	r.drop("s2.ts", "2")
	r.drop("s0.ts", "0")
	r.drop("s1.ts", "1")
	r.state("one.m3u8", Success)
	id, err := r.Find("two.m3u8")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.DoFile(t.Context(), Release, id); err != nil {
		t.Fatal(err)
	}
	video := r.state("two.m3u8", Success).VideoID
	if wrong := v.complete(video, map[string]string{"s2.ts": "2"}); len(wrong) > 0 || v.made != 2 {
		t.Errorf("%d videos, %v", v.made, wrong)
	}
	r.sound()
}

// TestMediumIsWrittenAgain writes a playlist again, and drops it again, when some segments are uploaded and their copies
// are gone: it goes on with the same video, and nothing is lost.
func TestMediumIsWrittenAgain(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(r *rig, list string){
		"written": func(r *rig, list string) { r.drop("film.m3u8", list) },
		"renamed over": func(r *rig, list string) {
			r.drop("film.m3u8.tmp", list)
			if err := os.Rename(r.path("film.m3u8.tmp"), r.path("film.m3u8")); err != nil {
				r.t.Fatal(err)
			}
			r.Renamed("film.m3u8.tmp", "film.m3u8", 0, Unknown)
		},
		"removed": func(r *rig, list string) {
			if err := os.Remove(r.path("film.m3u8")); err != nil {
				r.t.Fatal(err)
			}
			r.Removed("film.m3u8")
			r.drop("film.m3u8", list)
		},
		"restarted": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, v := mediumRig(t)
			v.mu.Lock()
			v.hold["film1.ts"] = true
			v.mu.Unlock()
			r.drop("film0.ts", "0")
			r.drop("film1.ts", "1")
			r.drop("film.m3u8", hlsList(true, "film0.ts", "film1.ts"))
			video := r.state("film0.ts", Success).VideoID
			r.says("film.m3u8", "1 of 2 are to come")
			if _, err := os.Stat(r.path("film0.ts")); err != nil {
				t.Errorf("the copy of a segment goes before its playlist is there: %v", err)
			}
			if err := os.Remove(r.path("film0.ts")); err != nil {
				t.Fatal(err)
			}
			r.Removed("film0.ts")
			if n, err := r.ClearFinished(t.Context()); n != 0 || err != nil {
				t.Errorf("%d pieces of an unfinished video went off the list, %v", n, err)
			}
			r.drop("film2.ts", "2")
			v.mu.Lock()
			delete(v.hold, "film1.ts")
			v.mu.Unlock()
			list := hlsList(true, "film0.ts", "film1.ts", "film2.ts")
			if again == nil {
				r.close()
				r = openRig(t, r.dir, asVOD)
				v.serve(r)
				r.drop("film.m3u8", list)
			} else {
				again(r, list)
				id, err := r.Find("film1.ts") // its upload hangs
				if err != nil {
					t.Fatal(err)
				}
				if err := cmp.Or(r.DoFile(t.Context(), Cancel, id), r.DoFile(t.Context(), Restore, id)); err != nil {
					t.Fatal(err)
				}
			}
			if got := r.state("film.m3u8", Success).VideoID; got != video {
				t.Errorf("it is %s, was %s", got, video)
			}
			if wrong := v.complete(video, map[string]string{"film0.ts": "0", "film1.ts": "1", "film2.ts": "2"}); len(wrong) > 0 || v.made != 1 || v.lists[video] != list {
				t.Errorf("%d videos, %v", v.made, wrong)
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

// TestMediumIsMoved gives the folder another name when a segment is uploaded: nothing is lost, and all of it is one
// video in the end.
func TestMediumIsMoved(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	v.mu.Lock()
	v.hold["a/film1.ts"] = true
	v.mu.Unlock()
	files := map[string]string{"film0.ts": "0", "film1.ts": "1"}
	for name, content := range files {
		r.drop("a/"+name, content)
	}
	r.drop("a/film.m3u8", hlsList(true, "film0.ts", "film1.ts"))
	r.state("a/film0.ts", Success)
	if err := os.Rename(r.path("a"), r.path("b")); err != nil {
		t.Fatal(err)
	}
	r.Renamed("a", "b", 0, Unknown)
	video := r.state("b/film.m3u8", Success).VideoID
	if wrong := v.complete(video, files); len(wrong) > 0 {
		t.Error(wrong)
	}
	r.sound()
}

// TestMediumAfterRestart has a file and the playlist that names it ready when the queue starts: which is whose is not
// known before the playlist is read.
func TestMediumAfterRestart(t *testing.T) {
	t.Parallel()
	r := newRig(t, asVOD, func(o *Options) { o.Start = false })
	files := map[string]string{"intro.mp4": "i", "film0.ts": "0"}
	for _, name := range []string{"intro.mp4", "film0.ts", "film.m3u8"} {
		r.drop("a/"+name, cmp.Or(files[name], hlsList(true, "intro.mp4", "film0.ts")))
		r.state("a/"+name, Ready)
	}
	r.close()
	r, v := openRig(t, r.dir, asVOD), newFakeVOD()
	v.serve(r)
	video := r.state("a/film.m3u8", Success).VideoID
	if wrong := v.complete(video, files); len(wrong) > 0 || v.made != 1 {
		t.Errorf("%d videos, %v", v.made, wrong)
	}
	r.sound()
}

// TestMediumTakesBack reads a playlist that names a file which is sent as a video of its own just then.
func TestMediumTakesBack(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	v.mu.Lock()
	v.hold["intro.mp4"] = true
	v.mu.Unlock()
	r.drop("intro.mp4", "i")
	r.until(func() bool { i, _ := r.Status("intro.mp4"); return i.VideoID != "" }, func() string { return "it has no video" })
	v.mu.Lock()
	delete(v.hold, "intro.mp4")
	v.mu.Unlock()
	r.drop("film0.ts", "0")
	r.drop("film.m3u8", hlsList(true, "intro.mp4", "film0.ts"))
	video := r.state("film.m3u8", Success).VideoID
	if wrong := v.complete(video, map[string]string{"intro.mp4": "i", "film0.ts": "0"}); len(wrong) > 0 || len(v.lists) != 1 {
		t.Errorf("%v, %v", wrong, v.lists)
	}
	r.until(func() bool { return r.removed() == 1 }, func() string { return "its own video is not removed" })
	r.sound()
}

// TestMediumIsDeleted removes a playlist whose video was made, before any of its segments is there: the video goes.
func TestMediumIsDeleted(t *testing.T) {
	t.Parallel()
	r, v := mediumRig(t)
	v.mu.Lock()
	v.hold["film0.ts"] = true
	v.mu.Unlock()
	segment := r.drop("film0.ts", "0")
	list := r.drop("film.m3u8", hlsList(true, "film0.ts"))
	r.state("film0.ts", Uploading)
	for _, id := range []ID{segment, list} {
		if err := r.DoFile(t.Context(), Delete, id); err != nil {
			t.Fatal(err)
		}
		r.until(func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.active == 0 }, func() string { return "it is sent still" })
	}
	r.until(func() bool { return r.removed() == 1 }, func() string { return "its video is not removed" })
	r.sound()
}

// TestMediumOff leaves each file a video of its own where playlists are nothing special.
func TestMediumOff(t *testing.T) {
	t.Parallel()
	r, v := newRig(t, asVOD, func(o *Options) { o.HLS = false }), newFakeVOD()
	v.serve(r)
	r.drop("film0.ts", "0")
	r.state("film0.ts", Success)
	r.drop("film.m3u8", hlsList(false, "film0.ts"))
	r.state("film.m3u8", Success)
	if v.made != 2 {
		t.Errorf("%d videos", v.made)
	}
}

// TestMediumAtRandom has somebody drop, overwrite, remove and cancel files of a package, and restart, in any order.
// Once all files are there again it is a video, whole, and no segment is a video of its own.
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
	list := hlsList(true, "film0.ts", "film1.ts", "b/film2.ts", "film3.ts")
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
	for range 30 {
		name := names[random.IntN(len(names))]
		switch random.IntN(9) {
		case 0, 1, 2:
			drop(name)
		case 3:
			r.drop(film, list)
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
			r = openRig(t, r.dir, asVOD)
			v.serve(r)
		}
		time.Sleep(time.Duration(random.IntN(5)) * time.Millisecond)
		r.sound()
	}
	// In the end all of it is dropped anew, as who wants it uploaded does.
	for _, name := range names {
		verb(Restore, name)
		drop(name)
	}
	r.drop(film, list)
	for _, name := range append(names, film) {
		verb(Restore, name)
	}
	info := r.state(film, Success)
	want := make(map[string]string)
	for _, name := range names {
		r.until(func() bool { i, _ := r.Status(name); return i.State == Success || i.State == Ready && i.VideoID == "" },
			func() string { i, _ := r.Status(name); return fmt.Sprintf("%s is %+v", name, i) })
		want[strings.TrimPrefix(name, "a/")] = content[name]
	}
	wrong := v.complete(info.VideoID, want)
	v.mu.Lock()
	defer v.mu.Unlock()
	for video, text := range v.lists {
		if text != list {
			t.Errorf("%s is a video of its own: %q", video, text)
		}
	}
	if len(wrong) > 0 {
		t.Error(wrong)
	}
	r.sound()
}
