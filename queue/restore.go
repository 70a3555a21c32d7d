package queue

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
)

// stateWriting is how the journal calls an entry in Receiving that has an open writer: should we be killed, nobody
// ever knows whether that writer had finished.
const stateWriting = "writing"

// restore puts the queue back to where journal and spool say it was. Nothing runs yet, so it takes the lock only for
// the functions that want it held.
func (q *Queue) restore(r *Recovered) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.nextID, q.nextOrder = ID(max(r.meta.NextID, 1)-1), max(r.meta.NextOrder, 1)-1
	if err := q.restoreEvents(r.outbox); err != nil {
		return err
	}
	slices.SortFunc(r.records, func(a, b journal.Record) int {
		return cmp.Or(cmp.Compare(orLast(a.Order), orLast(b.Order)), cmp.Compare(a.ID, b.ID))
	})
	for i := range r.records {
		q.restoreEntryLocked(&r.records[i], r)
	}
	for _, a := range r.aborts {
		q.nextAbort = max(q.nextAbort, a.N)
	}
	q.abortLocked(r.aborts...)
	seen, err := q.scanLocked(r)
	if err != nil {
		return err
	}
	q.missingLocked(seen)
	return nil
}

// orLast sorts entries that never were ready behind the others.
func orLast(order uint64) uint64 { return order - 1 }

// restoreEvents logs the events that a crash kept from the log.
func (q *Queue) restoreEvents(outbox []journal.Pending) error {
	if len(outbox) == 0 {
		return nil
	}
	tail, err := q.o.Events.Tail(outboxTail)
	if err != nil {
		return err
	}
	lines := loggedLines(tail)
	var missing []eventlog.Event
	for _, row := range outbox {
		q.commits.number = row.N
		ev, err := unpackEvent(row.Line)
		if err != nil {
			q.o.Log.Error("an event of the outbox cannot be read", "error", err)
			continue
		}
		if !lines.has(ev) {
			missing = append(missing, ev)
		}
	}
	if err := q.o.Events.Append(missing...); err != nil {
		return err
	}
	q.commits.sent, q.commits.pruned = q.commits.number, outbox[0].N-1
	return nil
}

// outboxTail is how much of the log is looked at for events of the outbox: many times what the outbox may hold.
const outboxTail = 4 << 20

// logTime is how the log writes a time, at the same place of every line.
const logTime = "2006-01-02T15:04:05.000Z"

// logged is the lines of the log by their time.
type logged map[string][][]byte

func loggedLines(tail []byte) logged {
	lines := make(logged)
	for line := range bytes.Lines(tail) {
		for _, start := range []string{`time=`, `{"time":"`} {
			if bytes.HasPrefix(line, []byte(start)) && len(line) >= len(start)+len(logTime) {
				at := string(line[len(start) : len(start)+len(logTime)])
				lines[at] = append(lines[at], line)
			}
		}
	}
	return lines
}

// has says whether an event stands in the log.
func (l logged) has(ev eventlog.Event) bool {
	for _, line := range l[ev.Time.UTC().Truncate(time.Millisecond).Format(logTime)] {
		for _, form := range []string{"event=%s id=%d ", `"event":"%s","id":%d,`} {
			if bytes.Contains(line, fmt.Appendf(nil, form, ev.Name, ev.ID)) {
				return true
			}
		}
		if ev.ID == 0 && bytes.Contains(line, []byte(ev.Name)) {
			return true
		}
	}
	return false
}

// restoreEntryLocked makes an entry of a record.
func (q *Queue) restoreEntryLocked(rec *journal.Record, r *Recovered) {
	e := &entry{id: ID(rec.ID), state: Receiving, timed: -1, ranked: -1, dirty: true, order: rec.Order, source: rec.Source,
		gen: rec.Gen, size: rec.Size, modTime: rec.ModTime, added: rec.Added, started: rec.Started, finished: rec.Finished}
	q.nextID, q.nextOrder = max(q.nextID, e.id), max(q.nextOrder, e.order)
	q.byID[e.id] = e
	q.tree.put(rec.Name, e)
	if e.order > 0 {
		q.added.add(e)
	} else {
		q.incoming.add(e)
	}
	q.restoreTarget(e, rec, r)
	if rec.Code != "" {
		e.problem = &Error{Code: rec.Code, Message: rec.Message, Hint: rec.Hint, RequestID: rec.RequestID}
	}
	state, _ := ParseState(rec.State)
	switch state {
	case Ready, Uploading, Paused:
		e.state, e.sealed, e.dirty = Ready, true, false
		e.problem = nil
		q.ready.add(e)
	case Success:
		e.state, e.uploaded, e.sealed, e.dirty = Success, e.size, true, false
	case Failure, Canceled, Held:
		e.state = state
	default:
		q.restoreReceivingLocked(e, rec)
	}
	q.countLocked(e, +1)
	if q.o.Fresh {
		q.abandonLocked(e)
	}
}

// restoreReceivingLocked decides what becomes of a drop that was being received.
func (q *Queue) restoreReceivingLocked(e *entry, rec *journal.Record) {
	switch {
	case rec.State == stateWriting:
		e.state = Held
		e.problem = &Error{Code: "Interrupted", Message: "inboxfs ended while this file was being written", Hint: holdHint}
	case rec.Code != "":
		e.fault = rec.Message
		fallthrough
	default:
		e.problem = nil
		q.wakeAtLocked(e, q.now().Add(q.o.Settle))
	}
}

func (q *Queue) restoreTarget(e *entry, rec *journal.Record, r *Recovered) {
	if rec.Key == "" {
		return
	}
	t := e.aim()
	*t = target{bucket: rec.Bucket, key: rec.Key, uploadID: rec.UploadID, videoID: rec.VideoID, etag: rec.ETag,
		requestID: rec.RequestID, partSize: rec.PartSize, crc64: rec.CRC64, hasCRC: rec.HasCRC, retries: rec.Retries}
	if rec.UploadID == "" {
		return
	}
	t.parts = make(map[int]Part)
	for _, p := range r.parts[rec.ID] {
		t.parts[p.Number] = Part{Number: p.Number, Size: p.Size, CRC64: p.CRC64, ETag: p.ETag}
		e.uploaded += p.Size
	}
}

// scanLocked walks the spool: files nobody knows are new drops, files that changed while we were away are received
// anew, and copies of uploaded files that were to be removed are.
func (q *Queue) scanLocked(r *Recovered) (seen map[ID]bool, err error) {
	seen = make(map[ID]bool)
	err = filepath.WalkDir(q.o.Inbox, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, q.o.Inbox+string(filepath.Separator)))
		if e := q.foundLocked(name, info, r); e != nil {
			seen[e.id] = true
		}
		return nil
	})
	return seen, err
}

// missingLocked drops the entries whose files are gone from the spool.
func (q *Queue) missingLocked(seen map[ID]bool) {
	var gone []*entry
	q.eachLocked(func(e *entry) {
		if e.source == "" && e.state != Success && !seen[e.id] {
			gone = append(gone, e)
		}
	})
	for _, e := range gone {
		q.o.Log.Warn("the file of an entry is gone from the spool", "file", e.name(), "state", e.state)
		q.dropLocked(e)
	}
}
