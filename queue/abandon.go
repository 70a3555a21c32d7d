package queue

import (
	"cmp"

	"inboxfs/queue/abort"
	"inboxfs/queue/commit"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
)

// newOrders is what removes from the server what no file uses any more.
func (q *Queue) newOrders() *abort.Orders {
	return abort.New(abort.Options{Server: q.o.Uploader, Log: q.o.Log, Visible: &q.mu, Pause: backoff, Due: q.due,
		Used: q.hasVideo, Sends: q.sendsTo, Known: q.hasUpload, Stage: q.stageLocked, Unused: q.unusedLocked,
		Left: q.leftBehindLocked})
}

// unusedLocked tells that VOD keeps what no file uses.
func (q *Queue) unusedLocked(o abort.Order, says string) *eventlog.Event {
	q.touchLocked()
	video := transfer.Shown(cmp.Or(o.VideoID, o.Of))
	if transfer.Asked(o.VideoID) {
		video = "unknown"
	}
	attrs := []attr{attrString("video_id", video), attrString("key", o.Key)}
	upload := o.UploadID
	if o.Of != "" {
		upload = "unknown" // who removes what is named must not take the video for that
	}
	if upload != "" {
		attrs = append(attrs, attrString("upload_id", upload))
	}
	return q.event("OnMediaUnused", nil, append(attrs, attrString("message", says))...)
}

// leftBehindLocked tells that a multipart upload stays open, as another configuration began it.
func (q *Queue) leftBehindLocked(o abort.Order) *eventlog.Event {
	attrs := []attr{attrString("bucket", o.Bucket), attrString("key", o.Key),
		attrString("upload_id", cmp.Or(o.UploadID, "unknown"))}
	if video := transfer.Shown(cmp.Or(o.VideoID, o.Of)); video != "" {
		attrs = append(attrs, attrString("video_id", video))
	}
	return q.event("OnUploadLeft", nil, append(attrs, attrString("message", "a multipart upload of another "+
		"configuration is left: it is aborted when inboxfs runs with that again; or abort it in the console"))...)
}

// abandonLocked lets go of the entry's multipart upload: it is aborted on the server, now or whenever that works. A
// run that still winds down may have parts in flight, so the abort waits for its end.
func (q *Queue) abandonLocked(e *entry) {
	m := e.multipart()
	if m == nil {
		return
	}
	q.retargetLocked(e, func(t *target) { t.uploadID, t.parts, t.partSize, t.header, t.ahead = "", nil, 0, 0, false })
	q.list.SetUploaded(e, 0)
	ch := commit.Change{Batch: journal.Batch{DropParts: []uint64{uint64(e.ID)}}}
	if !e.gone { // nor may the record lead the next start to it
		ch.Put = []journal.Record{e.record()}
	}
	q.abandonUploadLocked(e.run, *m, ch)
}

// abandonUploadLocked stages ch with the order to abort a multipart upload, for which r, unless it is nil, may still
// send.
func (q *Queue) abandonUploadLocked(r *run, m transfer.Multipart, ch commit.Change) {
	a := q.aborts.Number(abort.Order{Bucket: m.Bucket, Key: m.Key, UploadID: m.UploadID, VideoID: m.VideoID})
	ch.Abort = []abort.Order{a}
	q.stageLocked(ch)
	killpoint.At("abort: staged")
	if r != nil {
		r.left = append(r.left, a)
		return
	}
	q.aborts.Add(a)
}

// leaveLocked hands over what the run left to be aborted when it has ended. A video does not go before all that was
// sent to it has come.
func (r *run) leaveLocked() {
	if !r.ended {
		return
	}
	if r.video != "" && !r.outlived {
		r.pieceSentLocked()
	}
	var wait []abort.Order
	for _, a := range r.left {
		if r.outlived && abort.IsMedia(a) {
			wait = append(wait, a)
		} else {
			r.q.aborts.Add(a)
		}
	}
	r.left = wait
}
