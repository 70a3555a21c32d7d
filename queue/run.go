package queue

import (
	"cmp"
	"context"
	"io/fs"
	"time"

	"inboxfs/queue/abort"
	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/sameness"
	"inboxfs/queue/transfer"
)

// run is one call of the Uploader for one generation of an entry. It is the Watch of that call.
type run struct {
	q        *Queue
	e        *entry
	name     string // under which it was begun
	place    uint64 // to which it sends; of one that sends ahead, 0
	gen      uint32
	cancel   context.CancelFunc
	renewals int           // Queue.renewals when it began
	since    time.Time     // when it got its place
	held     time.Duration // how long it had that before
	mute     bool          // it has none, as nothing moves; guarded by Queue.mu, like both above
	progress *transfer.Progress
	wanted   chan struct{} // closed when others want its place; by scheduleLocked
	brought  bool          // something arrived; guarded by Queue.mu, like the next two
	failed   bool          // it is of a file that failed, and nothing has arrived yet
	charged  time.Duration // what it took of their share
	canceled bool          // guarded by Queue.mu: somebody ended it, and said what the entry is now
	// a request was sent that may replace an object; guarded by Queue.mu, like the next four
	sent      bool
	sentAt    int64    // unix ms
	sum       checksum // of what it sent
	ended     bool
	outlived  bool            // that goes on
	stream    chan struct{}   // closed when it shall end after what is in flight; nil, unless it sends ahead
	lost      *journal.Abort  // an Initiate was made, and not answered yet; guarded by Queue.mu
	left      []journal.Abort // to be aborted when the run has ended; guarded by Queue.mu
	announces bool            // it has its medium made, and sends nothing
	granted   uint64          // address that it was given; guarded by Queue.mu
	video     string          // of which it sends a piece; "" when that is over; guarded by Queue.mu
	asked     string          // for which question it waits for an answer, or did; guarded by Queue.mu
	had       string          // the video that its file had when it began
}

// staleLocked says that what the run does is of no interest any more.
func (r *run) staleLocked() bool { return r.canceled || r.e.gone || r.e.gen != r.gen }

// like is Job.Like. The run may go on from parts of an earlier one, so its source must be what it was for that.
// Attributes may change while a file is uploaded (cp -p, touch): that is not a new content, but only of what comes
// through the mount is that known. A referenced file whose time is another counts as changed.
func (r *run) like(info fs.FileInfo) transfer.Likeness {
	now := sameness.Of(info)
	r.q.mu.Lock()
	defer r.q.mu.Unlock()
	switch e := r.e; {
	case r.staleLocked() || e.Size != now.Size:
		return transfer.Other
	case e.looksLocked(now):
		return transfer.Same
	case e.foreign() && e.modTime != now.ModTime:
		return transfer.Other
	}
	return transfer.Alike
}

// took is Job.Took.
func (r *run) took(info fs.FileInfo) {
	q, e := r.q, r.e
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.staleLocked() {
		return
	}
	e.sawLocked(sameness.Of(info))
	e.doubtPartsLocked()
	q.otherwiseLocked(e, r.place)
	q.stageRowLocked(e)
}

// doubtPartsLocked has the parts that are on the server count only where they equal what the file has.
func (e *entry) doubtPartsLocked() {
	if e.target != nil && e.target.uploadID != "" {
		e.target.ahead = true
	}
}

// Created remembers VOD's id of the media before the first byte goes, so that a later run goes on with the same; and
// before VOD is asked to make it, by which name VOD will find it.
func (r *run) Created(ctx context.Context, g transfer.Granted) error {
	q, e := r.q, r.e
	_, maybe := transfer.Reference(g.VideoID)
	maybe = maybe || transfer.Asked(g.VideoID)
	q.mu.Lock()
	answered := q.questionLocked(r, g.VideoID)
	if r.staleLocked() {
		if len(answered) > 0 {
			q.stageLocked(commit.Change{Batch: journal.Batch{Aborted: answered}})
		}
		if !maybe && g.VideoID != "" && g.VideoID != r.had { // it was just made, and nobody knows of it
			q.disownMediaLocked(r, g.VideoID, cmp.Or(g.Key, r.name), false)
		}
		q.mu.Unlock()
		return context.Canceled
	}
	if err := r.takeLocked(g); err != nil {
		q.mu.Unlock()
		return err
	}
	before := e.aim().videoID
	q.retargetLocked(e, func(t *target) { t.videoID = g.VideoID })
	_, same := transfer.Reference(before)
	if transfer.Asked(before) { // of this run it is the answer
		same = before == r.asked && !transfer.Asked(g.VideoID)
	}
	if before != "" && before != g.VideoID && !same {
		q.disownMediaLocked(r, before, e.name(), false)
	}
	q.touchLocked()
	if !maybe {
		killpoint.At("video: made")
	}
	wait := q.commitLocked(commit.Change{Batch: journal.Batch{Put: []journal.Record{e.record()},
		Aborted: q.aborts.TakenUp(g.VideoID)}})
	q.mu.Unlock()
	err := wait(ctx)
	if maybe {
		killpoint.At("video: announced")
	} else {
		killpoint.At("video: journaled")
	}
	return err
}

// Started is told where the file goes, or that it is asked where.
func (r *run) Started(bucket, key, uploadID string) {
	q, e := r.q, r.e
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.staleLocked() || r.stream != nil {
		return
	}
	defer q.begunLocked(r)
	if key != "" {
		q.sendToLocked(e, bucket, key)
	}
	q.tellStartedLocked(e, bucket, key, uploadID)
}

// Sending remembers where the content may be from now on, whatever is heard of it. As a rule the journal has that since
// the entry is ready.
func (r *run) Sending(ctx context.Context, bucket, key string) error {
	q, e := r.q, r.e
	q.mu.Lock()
	if r.staleLocked() {
		q.mu.Unlock()
		return context.Canceled
	}
	err := r.moveLocked(bucket, key)
	if err == nil && r.stream == nil && q.straggledLocked(r.place, e) {
		err = inUse("what this file was before", key)
	}
	if err != nil {
		q.mu.Unlock()
		return err
	}
	q.supersedeLateLocked(r.place)
	t := e.aim()
	known := t.uploadID != "" || e.noted && (t.videoID == "" || e.sent && t.bucket == bucket && t.key == key)
	q.sendToLocked(e, bucket, key)
	e.sent, e.noted, r.sent, r.sentAt = true, true, true, q.now().UnixMilli()
	if known {
		q.mu.Unlock()
		return nil
	}
	wait := q.commitLocked(commit.Change{Batch: journal.Batch{Put: []journal.Record{e.record()}}})
	q.mu.Unlock()
	return wait(ctx)
}

// moveLocked notes that the run sends to another place than was foreseen, at midnight for instance.
func (r *run) moveLocked(bucket, key string) error {
	q, e := r.q, r.e
	place := q.placeOf(bucket, key)
	if r.place == place || q.asks || r.stream != nil {
		return nil
	}
	if q.sending[place] != nil || q.straggledLocked(place, e) {
		return inUse("another file", key)
	}
	delete(q.sending, r.place)
	q.unblockLocked(r.place)
	r.place, q.sending[place] = place, r
	q.putPlaceLocked(e, place, 0, false)
	return nil
}

// inUse says that a request may still bring something else to a key.
func inUse(what, key string) error {
	return &transfer.Error{Kind: transfer.Resumable, Code: "KeyInUse", Message: what + " is just being sent to " + key}
}

// NotMade takes that back, unless an earlier request may still make it.
func (r *run) NotMade() {
	q, e := r.q, r.e
	q.mu.Lock()
	defer q.mu.Unlock()
	r.sent = false
	switch {
	case r.staleLocked():
		r.cameLocked(transfer.Outcome{Refused: true})
	case e.sent && q.mayComeLocked(r) && !r.leavesPlaceLocked():
	default:
		e.sent = false
		if e.place != 0 && r.stream == nil {
			_ = q.foreseeLocked(e) // an error is the run's to say
		}
	}
}

// leavesPlaceLocked reports whether the content goes to another place from now on than the one to which an earlier
// request may still bring it, as the prefix or the bucket is another by now. What comes there is asked for, and told,
// as if it was called off.
func (r *run) leavesPlaceLocked() bool {
	q, e := r.q, r.e
	bucket, key, err := q.o.Uploader.Key(e.name(), e.ID)
	if err != nil || key == "" || q.placeOf(bucket, key) == r.place || e.target == nil || e.target.uploadID != "" {
		return false
	}
	q.calledOffLocked(e, e.name(), e)
	return true
}

// tellStartedLocked says OnUploadStarted, unless it was said since the upload was stopped last.
func (q *Queue) tellStartedLocked(e *entry, bucket, key, uploadID string) {
	if e.begun {
		return
	}
	e.begun = true
	attrs := []attr{attrSize(e)}
	for _, a := range []struct{ name, value string }{{"bucket", bucket}, {"key", key}, {"upload_id", uploadID},
		{"video_id", transfer.Shown(e.aim().videoID)}} {
		if a.value != "" {
			attrs = append(attrs, attrString(a.name, a.value))
		}
	}
	q.stageLocked(commit.Change{Event: q.event("OnUploadStarted", e, attrs...)})
}

// Initiated remembers a new multipart upload before its first part goes, so that none is ever forgotten.
func (r *run) Initiated(ctx context.Context, m transfer.Multipart) error {
	q, e := r.q, r.e
	q.mu.Lock()
	if r.staleLocked() {
		q.abandonUploadLocked(r, m, commit.Change{Batch: journal.Batch{Aborted: r.foundLocked()}})
		q.mu.Unlock()
		return context.Canceled
	}
	if err := r.moveLocked(m.Bucket, m.Key); err != nil {
		q.abandonUploadLocked(r, m, commit.Change{Batch: journal.Batch{Aborted: r.foundLocked()}})
		q.mu.Unlock()
		return err
	}
	q.retargetLocked(e, func(t *target) {
		t.bucket, t.key, t.uploadID, t.partSize, t.header, t.ahead = m.Bucket, m.Key, m.UploadID, m.PartSize, m.Header,
			r.stream != nil
		t.short = m.Short
		t.parts = make(map[int]transfer.Part)
	})
	wait := q.commitLocked(commit.Change{Batch: journal.Batch{Put: []journal.Record{e.record()},
		Aborted: r.foundLocked()}})
	q.mu.Unlock()
	err := wait(ctx)
	if err != nil { // the uploader gives it up
		q.mu.Lock()
		if !e.gone && e.target != nil && e.target.uploadID == m.UploadID {
			q.abandonLocked(e)
		}
		q.mu.Unlock()
	}
	return err
}

// Left has a multipart upload aborted when that works. If the entry goes on with the same video, that is when nothing
// is sent there any more, as VOD aborts all that there is of one.
func (r *run) Left(m transfer.Multipart) {
	q, e := r.q, r.e
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, piece := transfer.Whole(m.VideoID); piece || m.VideoID == "" || e.target == nil ||
		m.VideoID != e.target.videoID {
		q.abandonUploadLocked(r, m, commit.Change{})
		return
	}
	a := q.aborts.Number(abort.Order{Bucket: m.Bucket, Key: m.Key, Of: m.VideoID, Since: q.now().UnixMilli()})
	q.stageLocked(commit.Change{Batch: journal.Batch{Abort: []abort.Order{a}}})
	q.aborts.Add(a)
}

// Acked counts an acknowledged part. An outage is over when nothing fails any more, not when some other part gets
// through meanwhile.
func (r *run) Acked(p transfer.Part, failing int) {
	q, e := r.q, r.e
	q.mu.Lock()
	defer q.mu.Unlock()
	if e.gone || e.gen != r.gen && r.stream == nil || e.target == nil || e.target.parts == nil {
		return
	}
	t := e.target
	r.progress.Acked(p.Size)
	r.arrivedLocked()
	if !t.outage.IsZero() && failing == 0 {
		q.tellResumeLocked(e)
		e.problem = nil
	}
	ch := commit.Change{Batch: journal.Batch{Parts: []journal.PartOf{{ID: uint64(e.ID), Part: p}}}}
	_, again := t.parts[p.Number] // the server had lost it
	t.parts[p.Number] = p
	if !again {
		q.list.SetUploaded(e, e.Uploaded+p.Size)
		q.totals.Uploaded += p.Size
		q.touchLocked()
	}
	if !again && r.stream == nil {
		ch.Event = q.event(eventProgress, e, attrInt("uploaded", e.Uploaded), attrSize(e),
			attrInt("percent", int64(list.Percent(e.Uploaded, e.Size))), attrInt("part", int64(p.Number)))
	}
	q.stageLocked(ch)
}

// tellResumeLocked says that an outage is over, and how short the parts are that got through where longer ones do not.
func (q *Queue) tellResumeLocked(e *entry) {
	t := e.target
	attrs := []attr{attrDuration("outage", q.now().Sub(t.outage))}
	if t.short {
		attrs = append(attrs, attrInt("part_size", t.partSize))
	}
	q.stageLocked(commit.Change{Event: q.event("OnUploadRetryResume", e, attrs...)})
	t.outage = time.Time{}
}

// arrivedLocked notes that something of the file arrived: it is none of those that failed any more. When nothing had
// for a while, neither of this one nor of others, the way was closed and is open again.
func (r *run) arrivedLocked() {
	q, e, now := r.q, r.e, r.q.now()
	if !e.target.outage.IsZero() && now.Sub(q.arrived) >= backoffFirst {
		q.hurryLocked(q.list.Retrying())
	}
	q.arrived = now
	q.fair.Arrived()
	ranked := e.InLine()
	q.list.OutOfLine(e) // a run that was called off may hear late of what it sent
	e.target.attempts, e.target.tries, e.target.failed = 0, 0, false
	if ranked {
		q.list.LineUp(e)
	}
	q.mutes.in = 0
	q.movesLocked(r)
	if r.brought = true; r.failed {
		r.failed = false
		q.fair.Came(now.Sub(r.since), r.charged)
		q.hurryLocked(hurryNext)
		q.scheduleLocked()
	}
}

// Reset forgets a multipart upload that the server does not know any more.
func (r *run) Reset() {
	q, e := r.q, r.e
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.staleLocked() || e.target == nil {
		return
	}
	q.retargetLocked(e, func(t *target) { t.uploadID, t.parts, t.header, t.ahead = "", nil, 0, false })
	q.list.SetUploaded(e, 0)
	q.touchLocked()
	q.stageLocked(commit.Change{Batch: journal.Batch{Put: []journal.Record{e.record()},
		DropParts: []uint64{uint64(e.ID)}}})
}

// Retry says that a request failed and is tried again.
func (r *run) Retry(err *transfer.Error, attempt int, wait time.Duration) {
	q, e := r.q, r.e
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.staleLocked() || r.stream != nil {
		return
	}
	q.outageLocked(e, err, attempt, wait)
	q.begunLocked(r)
}

// outageLocked counts a retry and says OnUploadRetry when it is the first of an outage.
func (q *Queue) outageLocked(e *entry, err *transfer.Error, attempt int, wait time.Duration) {
	t := e.aim()
	t.retries++
	q.totals.Retries++
	e.problem = err
	q.touchLocked()
	if !t.outage.IsZero() {
		return
	}
	t.outage = q.now()
	q.stageLocked(commit.Change{Event: q.event("OnUploadRetry", e, attrString("code", err.Code),
		attrString("message", err.Message),
		attrInt("attempt", int64(attempt)), attrTime("next", q.now().Add(wait)))})
}
