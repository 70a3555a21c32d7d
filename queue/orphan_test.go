package queue

import (
	"errors"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestLostInitiateOfAVideo kills between the order to begin a multipart upload at the place of a video and its id. It
// is looked for when nobody sends to that video any more, told if nobody here may remove it, and kept for the
// configuration that reaches it.
func TestLostInitiateOfAVideo(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	asks := func(o *Options) { o.Uploader.(*fakeUploader).asks = true }
	r := newRig(t, asks)
	r.drop("a.mp4", "content")
	u := r.up.next(t)
	lost := transfer.Lost{Bucket: "v", Key: "k.mp4", VideoID: "video", Since: time.Now()}
	if err := u.watch.Created(t.Context(), transfer.Granted{VideoID: "video", Bucket: "v", Key: "k.mp4"}); err != nil {
		t.Fatal(err)
	}
	if _, err := u.watch.Initiating(t.Context(), lost); err != nil {
		t.Fatal(err)
	}
	dir := r.killed()
	r.close()

	again := func(sweep error) {
		t.Helper()
		if r != nil {
			r.close()
		}
		r = openUnmounted(t, dir, asks, func(o *Options) { o.Uploader.(*fakeUploader).sweep = sweep })
		if err := r.Mounted(""); err != nil {
			t.Fatal(err)
		}
	}
	looked := func() {
		t.Helper()
		r.until(func() bool { return len(r.up.swept()) == 1 }, func() string { return "nobody looks for it" })
		if got := r.up.swept()[0]; got.Bucket != "v" || got.Key != "k.mp4" || got.VideoID != "video" ||
			time.Since(got.Since).Abs() > time.Minute {
			t.Errorf("looked for %+v", got)
		}
	}
	again(errors.New("the network is away")) // who looks may do so as late as when it is uploaded
	u = r.up.next(t)
	r.aborts.LookForLost(t.Context())
	if lost := r.up.swept(); len(lost) != 0 {
		t.Errorf("it is looked for while the video is sent to: %v", lost)
	}
	if err := u.watch.Created(t.Context(), transfer.Granted{VideoID: "video", Bucket: "v", Key: "k.mp4"}); err != nil {
		t.Fatal(err)
	}
	u.end <- fakeEnd{res: transfer.Result{Bucket: "v", Key: "k.mp4", VideoID: "video", CRC64: u.crc()}}
	r.state("a.mp4", list.Success)
	again(transfer.ErrElsewhere)
	looked()
	again(transfer.ErrNotOurs)
	looked()
	tell := func() int {
		text, err := r.log.Tail(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), "event=OnMediaUnused video_id=video key=k.mp4 upload_id=unknown ")
	}
	r.until(func() bool { return tell() == 1 }, func() string { return "nobody is told" })
	again(transfer.ErrNotOurs)
	looked()
	again(nil)
	looked()
	r.until(func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.aborts.Lost() == 0 },
		func() string { return "it stays" })
	if n := tell(); n != 1 {
		t.Errorf("it is told %d times", n)
	}
	again(nil)
	r.drop("b.mp4", "content")
	r.up.next(t)
	if lost := r.up.swept(); len(lost) != 0 {
		t.Errorf("it is looked for again: %v", lost)
	}
}
