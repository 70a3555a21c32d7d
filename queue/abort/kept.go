package abort

import (
	"cmp"
	"errors"
	"slices"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/transfer"
)

// What VOD keeps although no file uses it any more, as whoever inboxfs asks may not remove it, is told once
// (OnMediaUnused) and remembered:
//
//	ErrNotOurs     somebody else had it made (mode vod-auth), or has the only leave to abort what was sent to it, or to
//	               look for what was begun there and never heard of (lost.go), of a video that is used, too
//	a Final error  the right to remove it is missing
//
// It is tried again at each start, as there may be other rights by then, and when the video is given for a file again.
// Then it is used.

// kept is what is remembered of that in this life.
type kept struct {
	of    map[string][]Order // by video id
	count int                // of the orders in it
}

// KeptMost bounds how many orders are remembered so. What comes later is told, and not tried again.
const KeptMost = 10_000

// keep reports whether an order that ended with err is not to be tried again in this life, and tells of it.
func (l *Orders) keep(o Order, err error) bool {
	var e *transfer.Error
	video, given := cmp.Or(o.VideoID, transfer.Shown(o.Of)), errors.Is(err, transfer.ErrNotOurs)
	if !given && !((IsMedia(o) || o.Of != "") && errors.As(err, &e) && e.Kind == transfer.Final) {
		return false
	}
	l.o.Visible.Lock()
	defer l.o.Visible.Unlock()
	var ch commit.Change
	told := o.Told
	o.Told, o.Given = true, o.Given || given
	k := &l.kept
	if o.Of != "" && slices.ContainsFunc(k.of[video], IsMedia) { // it goes with its video
		l.o.Stage(commit.Change{Batch: journal.Batch{Aborted: []uint64{o.N}}})
		return true
	}
	if k.count < KeptMost {
		if k.of == nil {
			k.of = make(map[string][]Order)
		}
		k.of[video] = append(k.of[video], o)
		k.count++
		ch.Abort = []Order{o}
	} else {
		ch.Aborted = []uint64{o.N}
	}
	if told {
		return true
	}
	says := err.Error()
	if given && errors.As(err, &e) {
		says = e.Message
	}
	ch.Event = l.o.Unused(o, says)
	l.o.Stage(ch)
	l.o.Log.Warn("VOD keeps what is not used any more", "video_id", video, "key", o.Key, "upload_id", o.UploadID,
		"error", err)
	return true
}

// leave tells, once, of a multipart upload that only another configuration reaches. The next start tries again.
func (l *Orders) leave(o Order) {
	l.o.Log.Warn("a multipart upload is left until inboxfs runs as it did then", "bucket", o.Bucket, "key", o.Key,
		"upload_id", o.UploadID, "video_id", cmp.Or(o.VideoID, o.Of))
	if o.Left {
		return
	}
	l.o.Visible.Lock()
	defer l.o.Visible.Unlock()
	o.Left = true
	l.o.Stage(commit.Change{Batch: journal.Batch{Abort: []Order{o}}, Event: l.o.Left(o)})
}

// TakenUp forgets that a video is not used, as it was given for a file again, and returns the numbers of the orders
// that are over. What else was sent to it can be aborted with what was given.
func (l *Orders) TakenUp(videoID string) (over []uint64) {
	for _, o := range l.kept.of[videoID] {
		if l.kept.count--; IsMedia(o) {
			over = append(over, o.N)
		} else {
			l.Add(o)
		}
	}
	delete(l.kept.of, videoID)
	return over
}

// ForgetGiven drops what somebody else has to remove, and was told of. It returns the numbers of the orders.
func (l *Orders) ForgetGiven() (over []uint64) {
	for videoID, all := range l.kept.of {
		if !all[0].Given { // then none is
			continue
		}
		for _, o := range all {
			over = append(over, o.N)
		}
		l.kept.count -= len(all)
		delete(l.kept.of, videoID)
	}
	return over
}

// Kept returns how many videos there are that no file uses.
func (l *Orders) Kept() int { return len(l.kept.of) }
