package queue

import (
	"fmt"
	"os"
	"path"
	"sync"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
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

// holds leaves the uploads of a file alone, or does so no more.
func (v *fakeVOD) holds(name string, is bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.hold[name] = is
}

// serve answers the uploads of a queue until it ends.
func (v *fakeVOD) serve(r *rig) {
	go func() {
		for {
			select {
			case u := <-r.up.uploads:
				go v.answer(u)
			case <-r.stopLast:
				return
			}
		}
	}()
}

func (v *fakeVOD) answer(u *fakeUpload) {
	content, err := os.ReadFile(u.job.Path)
	if err != nil {
		u.fail(transfer.Resumable, "FileNotExist")
		return
	}
	v.mu.Lock()
	held := v.hold[u.job.Name] && !u.job.Announce
	v.mu.Unlock()
	u.watch.Started("b", "k", "")
	if held {
		if u.job.Medium == nil && u.job.Resume == nil {
			// else it is called off already
			_ = u.watch.Created(u.ctx, transfer.Granted{VideoID: "held", Bucket: "b", Key: "held"})
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
		res := transfer.Result{Bucket: "b", Key: of.VideoID + "/" + of.Name, VideoID: transfer.PieceOf(of.VideoID),
			CRC64: u.crc()}
		u.end <- fakeEnd{res: res}
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
	if u.watch.Created(u.ctx, transfer.Granted{VideoID: video, Bucket: "b", Key: video + "/" +
		path.Base(u.job.Name)}) != nil {
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
	u.end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: video + "/" + path.Base(u.job.Name), VideoID: video,
		CRC64: u.crc()}}
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

// whole waits until a playlist is uploaded, whose video must have these files, and returns that video.
func (v *fakeVOD) whole(r *rig, listed string, files map[string]string) (video string) {
	r.t.Helper()
	video = r.state(listed, list.Success).VideoID
	if wrong := v.complete(video, files); len(wrong) > 0 {
		r.t.Errorf("%s: %v", listed, wrong)
	}
	return video
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
func mediumRig(t *testing.T, set ...func(*Options)) (*rig, *fakeVOD) {
	t.Helper()
	v := newFakeVOD()
	return v.open(t, t.TempDir(), set...), v
}

// open is openRig for a queue whose uploads go there.
func (v *fakeVOD) open(t *testing.T, dir string, set ...func(*Options)) *rig {
	t.Helper()
	r := openRig(t, dir, append([]func(*Options){asVOD}, set...)...)
	v.serve(r)
	return r
}
