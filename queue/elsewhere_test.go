package queue

import (
	"slices"
	"strings"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

func asking(o *Options) { o.Uploader.(*fakeUploader).asks = true }

// TestFromVODToABucket starts a daemon that knows only a bucket with a file of which parts went to VOD: the file begins
// anew, and what is at VOD is given up.
func TestFromVODToABucket(t *testing.T) {
	t.Parallel()
	r := newRig(t, asking)
	r.drop("a", "content")
	u := r.up.next(t)
	if err := u.watch.Created(u.ctx, transfer.Granted{VideoID: "video", Bucket: "v", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	if err := u.watch.Initiated(u.ctx, transfer.Multipart{Bucket: "v", Key: "k", UploadID: "id", VideoID: "video",
		PartSize: 4}); err != nil {
		t.Fatal(err)
	}
	dir := r.killed()
	r.close()

	r = openRig(t, dir)
	u = r.up.next(t)
	if u.job.Resume != nil || u.job.Doubt {
		t.Errorf("it goes on with %+v, doubt %v", u.job.Resume, u.job.Doubt)
	}
	u.send(t)
	u.succeed()
	r.state("a", list.Success)
	if video := r.state("a", list.Success).VideoID; video != "" {
		t.Errorf("an object of a bucket is the video %s", video)
	}
	r.until(func() bool {
		r.up.mu.Lock()
		defer r.up.mu.Unlock()
		return slices.Contains(r.up.aborted, "id") && slices.Equal(r.up.media, []string{"video"})
	}, func() string { return "what is at VOD is not given up" })
}

// TestFromABucketToVOD kills a daemon that sends a file to a bucket. The next knows only VOD, and the one after that
// asks what came of the first request, and tells it.
func TestFromABucketToVOD(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t)
	r.drop("a", "content")
	r.up.next(t).send(t)
	dir := r.killed()
	r.close()

	r = openRig(t, dir, asking)
	r.up.find = transfer.ErrElsewhere
	u := r.up.next(t)
	if err := u.watch.Created(u.ctx, transfer.Granted{VideoID: "video", Bucket: "v", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	u.end <- fakeEnd{res: transfer.Result{Bucket: "v", Key: "k", VideoID: "video", CRC64: u.crc()}}
	r.state("a", list.Success)
	r.close()

	r = openRig(t, dir, func(o *Options) {
		o.Uploader.(*fakeUploader).found = &transfer.Found{ETag: "E", CRC64: 7}
	})
	r.pass(stragglerMost)
	if line := r.toldLate("a"); !strings.Contains(line, " bucket=b key=a ") {
		t.Errorf("told is %s", line)
	}
	if e := r.state("a", list.Success); e.Error != "" || e.VideoID != "video" {
		t.Errorf("it is %+v", e)
	}
}
