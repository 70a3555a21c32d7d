package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// runAsking asks what came of stragglers, one after another, until ctx ends. What fails is asked again.
func (q *Queue) runAsking(ctx context.Context) {
	for failed := 0; ctx.Err() == nil; {
		q.mu.Lock()
		place := uint64(0)
		if len(q.asking) > 0 {
			place, q.asking = q.asking[0], q.asking[1:]
		}
		q.mu.Unlock()
		if place == 0 {
			select {
			case <-q.askWake:
			case <-ctx.Done():
			}
			continue
		}
		if q.ask(ctx, place) {
			failed = 0
			continue
		}
		q.mu.Lock()
		q.asking = append(q.asking, place)
		q.mu.Unlock()
		failed++
		select {
		case <-time.After(backoff(failed)):
		case <-ctx.Done():
		}
	}
}

// fate is what came of a straggler.
type fate struct {
	there    bool
	found    *transfer.Found // what is there, if it was looked for
	maybe    bool            // nobody may look
	removing bool            // a request to remove it was made
	removed  bool
	names    transfer.ID     // of an uploaded entry, whose object it replaced, and which is to have one
	why      *transfer.Error // why it could not be looked for, or not be removed
}

// ask asks what came of one straggler, and tells it. It reports whether there is nothing more to ask.
func (q *Queue) ask(ctx context.Context, place uint64) bool {
	q.mu.Lock()
	s := q.late[place]
	off := s.off
	if off == nil || !s.over {
		q.mu.Unlock()
		return true
	}
	if q.needlessLocked(off) {
		q.tellLateLocked(place, off, fate{})
		q.mu.Unlock()
		return true
	}
	if s.moot = !s.busy && q.mootLocked(place, off); s.moot {
		q.late[place] = s
		q.mu.Unlock()
		return true
	}
	if s.busy = off.heir != 0; off.made && !s.busy {
		q.tellLateLocked(place, off, fate{there: true})
		q.mu.Unlock()
		return true
	}
	q.late[place] = s
	if s.busy && q.now().Before(s.until) { // a request to remove it may be under way still
		q.mu.Unlock()
		return false
	}
	reported := q.mayBeReportedLocked(place, off.since)
	sent, ours := off.sent(), func(found *transfer.Found) bool { return s.busy && !reported && off.surelyMade(found) }
	q.mu.Unlock()

	killpoint.At("too late: to be asked")
	f, err := q.findFate(ctx, sent, ours)
	f.there = f.there || off.made && !f.removed

	q.mu.Lock()
	defer q.mu.Unlock()
	if s = q.late[place]; !s.off.has(off) {
		return true
	}
	if err == nil {
		q.tellLateLocked(place, off, f)
		q.scheduleLocked()
		return true
	}
	// A request to remove it that nobody answered may still be carried out: all wait until it was.
	var problem *transfer.Error
	if s.busy = s.busy && f.removing && !(errors.As(err, &problem) && problem.RequestID != ""); s.busy {
		s.until = q.now().Add(stragglerMost)
	}
	q.late[place] = s
	q.unblockLocked(place)
	q.scheduleLocked()
	return errors.Is(err, transfer.ErrElsewhere) // the journal has it
}

// needlessLocked reports whether it need not be asked: the entry was resumed, and has that object, or the video goes.
func (q *Queue) needlessLocked(off *callOff) bool {
	if e := q.list.Get(off.id); e != nil && e.gen == off.gen && e.standing() == list.Success && off.isOf(e) {
		return true
	}
	return off.videoID != "" && q.videoGoesLocked(off.videoID)
}

// isOf reports whether the object is what the entry was uploaded as.
func (off *callOff) isOf(e *entry) bool {
	t := e.aimed()
	return t != nil && t.bucket == off.bucket && t.key == off.key
}

// findFate looks for the object, and removes it if it is to go, and surely ours. An error says that it is to be asked
// again.
func (q *Queue) findFate(ctx context.Context, sent transfer.Sent, ours func(*transfer.Found) bool) (f fate, err error) {
	found, err := q.o.Uploader.Find(ctx, sent)
	if err == nil && found == nil {
		return f, nil
	}
	f.there, f.found = err == nil, found
	if f.removing = f.there && ours(found); f.removing {
		if f.names = q.uploadedTo(sent.Bucket, sent.Key); f.names != 0 {
			f.removing = false
			return f, nil
		}
		if err = q.o.Uploader.Remove(ctx, sent, *found); err == nil {
			killpoint.At("too late: removed")
			f.removed = true
			return f, nil
		}
	}
	if errors.As(err, &f.why) && f.why.Kind == transfer.Final {
		f.maybe = !f.there && sent.HasCRC
		return f, nil
	}
	return f, err
}

// uploadedTo is an uploaded entry of the list that names this object; 0: there is none.
func (q *Queue) uploadedTo(bucket, key string) (id transfer.ID) {
	q.mu.Lock()
	all := q.list.Added()
	q.mu.Unlock()
	for some := range slices.Chunk(all, q.bits.seen) {
		q.mu.Lock()
		for _, e := range some {
			if e == nil || e.gone || e.standing() != list.Success {
				continue
			}
			if t := e.aimed(); t != nil && t.key == key && t.bucket == bucket {
				id = e.ID
			}
		}
		q.mu.Unlock()
		if id != 0 {
			return id
		}
	}
	return 0
}

// surelyMade reports whether an object that is there is surely what the request made.
func (off *callOff) surelyMade(found *transfer.Found) bool {
	for _, sum := range []checksum{off.sum, off.proof} {
		if sum.known {
			return sum.crc == found.CRC64 && (off.etag == "" || off.etag == found.ETag)
		}
	}
	return false
}

func (off *callOff) sent() transfer.Sent {
	return transfer.Sent{Bucket: off.bucket, Key: off.key, VideoID: off.videoID,
		Size: off.size, CRC64: off.sum.crc, HasCRC: off.sum.known, Since: time.UnixMilli(off.since)}
}

// tellLateLocked says what came of a content, and ends the question, and those of older contents whose object that took
// the place of.
func (q *Queue) tellLateLocked(place uint64, off *callOff, f fate) {
	s := q.late[place]
	s.busy = false
	q.late[place] = s
	ch := commit.Change{}
	if f.there || f.maybe || f.removed {
		ch = q.lateChangeLocked(off, f)
	}
	stays := f.there && !f.removed
	for older := off.older; older != nil && f.there; older = older.older {
		older.made = false // that is not there any more; in a bucket with versions it may be back
	}
	q.askedLocked(place, func(other *callOff) bool {
		return other == off || stays && off.older.has(other) && other.bucket == off.bucket && other.key == off.key
	}, ch)
	q.unblockLocked(place)
}

// lateChangeLocked is the event of an object that was made too late, and the row of its entry, which says so, too.
func (q *Queue) lateChangeLocked(off *callOff, f fate) (ch commit.Change) {
	what, hint := fmt.Sprintf("object %s is in bucket %s", off.key, off.bucket), "remove it there if it is not wanted"
	if off.videoID != "" {
		what, hint = q.videoThereLocked(off), "delete it there if it is not wanted"
	}
	says := "it was too late to call the upload off: " + what
	e := q.list.Get(cmp.Or(off.heir, off.id))
	goesOn := e != nil && off.heir == 0 && e.gen == off.gen && !e.State.Barred()
	switch {
	case goesOn && !f.maybe:
		says = what + ", too: it was sent there before the configuration, or the day, was another"
	case f.removed:
		says = "it was too late to call the upload off: object " + off.key +
			" was stored under its old name, and is removed"
	case f.maybe:
		says = "nobody knows whether it was too late to call the upload off, and whether " + what
	case off.heir != 0:
		says += " under its old name"
	}
	if f.names != 0 {
		says += fmt.Sprintf(", in the place of that of #%d", f.names)
	}
	if f.why != nil {
		says += " (" + f.why.Code + ": " + f.why.Message + ")"
	}
	attrs := []attr{attrInt("size", off.size), attrString("bucket", off.bucket), attrString("key", off.key)}
	etag, crc := off.etag, off.sum
	if f.found != nil {
		etag, crc = f.found.ETag, checksum{f.found.CRC64, true}
	}
	for _, a := range []struct{ name, value string }{{"video_id", transfer.Shown(off.videoID)}, {"etag", etag}} {
		if a.value != "" {
			attrs = append(attrs, attrString(a.name, a.value))
		}
	}
	if crc.known {
		attrs = append(attrs, attrString("crc64", formatCRC(crc.crc)))
	}
	attrs = append(attrs, attrBool("removed", f.removed), attrString("message", says))
	ch.Event = q.event("OnUploadTooLate", nil, attrs...)
	ch.Event.ID, ch.Event.File = uint64(off.id), off.name
	q.o.Log.Warn(says, "file", off.name)
	if e == nil || f.removed || e.problem != nil && e.State != list.Canceled || e.replaced() { // which it stays
		return ch
	}
	if off.heir == 0 && e.standing() == list.Success { // it went elsewhere, and has nothing to be mended
		return ch
	}
	if e.gen == off.gen && e.name() == off.name && !goesOn {
		hint = "resumeFile counts it as uploaded; " + hint
	}
	e.problem = &transfer.Error{Kind: transfer.Final, Code: codeTooLate, Message: says, Hint: hint}
	if e.labeled {
		q.labelLaterLocked(e)
	}
	q.touchLocked()
	ch.Put = []journal.Record{e.record()}
	return ch
}
