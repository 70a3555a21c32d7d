package queue

import (
	"cmp"
	"path/filepath"
	"slices"
	"time"

	"inboxfs/queue/abort"
	"inboxfs/queue/commit"
	"inboxfs/queue/hint"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/sameness"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// restore puts the queue back to where journal and spool say it was. Nothing runs yet, so it takes the lock only for
// the functions that want it held.
func (q *Queue) restore(r *Recovered) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	r.now = spool.ThisInstance(q.o.Inbox)
	journaled := r.meta.Boot
	switch now := string(r.now); {
	case r.meta.Boot == "" && r.past != nil: // the journal is lost, and the table is of this instance
		r.meta.Boot = now
	case r.meta.Boot != now: // or an older program was here, which keeps no table
		r.past = nil
	case r.past != nil && r.past.Marks() < r.meta.Marks:
		q.o.Log.Warn("what is known of open files is older than the journal, and is not believed")
		r.past = nil
	}
	q.labels.changes = max(r.known.Labels, r.meta.Labels)
	q.known = known{path: r.path, is: r.known, table: r.table, due: q.labels.changes, labels: q.labels.changes}
	q.list.LastID, q.list.LastOrder = transfer.ID(max(r.meta.NextID, r.known.Next, 1)-1), max(r.meta.NextOrder, 1)-1
	if err := q.commits.Recover(r.outbox, r.meta.Seq); err != nil {
		return err
	}
	q.busySince, q.lastMove = r.meta.BusySince, max(r.meta.NextMove, 1)-1
	killpoint.At("start: events told")
	aborted := make(map[string]bool, len(r.aborts))
	for _, a := range r.aborts {
		q.aborts.Numbered(a)
		if a.UploadID != "" {
			aborted[a.UploadID] = true
		}
		if abort.IsMedia(a) {
			q.leaveVideoLocked(a)
		} else {
			q.aborts.Add(a)
		}
	}
	q.restoreStragglersLocked(r.late)
	q.restoreGivenLocked(r.given)
	slices.SortFunc(r.records, func(a, b journal.Record) int {
		return cmp.Or(cmp.Compare(orLast(a.Order), orLast(b.Order)), cmp.Compare(a.ID, b.ID))
	})
	for i := range r.records {
		rec := &r.records[i]
		if aborted[rec.UploadID] {
			rec.UploadID = "" // given up, just before the end
		}
		q.restoreEntryLocked(rec, r)
	}
	q.restoreMovesLocked(r)
	q.replaceRestoredLocked(r.records)
	killpoint.At("start: entries restored")
	if q.doubt = r.meta.Doubt; !r.meta.Clean {
		q.doubt = q.list.LastOrder
	}
	// Uploaded copies that were to be removed are, files that nobody knows are new drops, those that changed while we
	// were away are received anew, and entries whose files are gone go, too.
	found, blind, empty, err := q.scan(q.o.Inbox)
	if err != nil {
		return err
	}
	if r.past != nil {
		r.past.Found(q.openStillLocked(found, r))
	}
	if r.lost {
		q.countLabeledLocked(found)
	}
	for _, folder := range empty {
		q.emptiedLocked(filepath.Join(folder, "file")) // perhaps; a kill may have kept us from removing it
	}
	if err := q.spoolsLocked(found); err != nil {
		return err
	}
	q.followLabelsLocked(found, r)
	seen := make(map[transfer.ID]bool, len(found))
	var settling []settler
	kept := 0
	moved := q.followFilesLocked(found, r)
	for _, f := range found {
		if e := q.foundLocked(f, r); e != nil {
			seen[e.ID] = true
			if e.State == list.Success && !e.goes && !q.o.Keep && !q.neededByMediumLocked(e) {
				kept++
			}
			q.foundPieceLocked(e, f)
			if e.Waits() {
				settling = append(settling, settler{e, changed(f.info)})
			}
		}
	}
	if kept > 0 {
		q.o.Log.Info("copies of uploaded files that were kept stay in the inbox until somebody removes them", "files",
			kept)
	}
	settling = append(settling, q.settleMovedLocked(moved)...)
	q.settleInTurnLocked(settling)
	q.missingLocked(seen, blind)
	q.restoreTakenLocked(r)
	q.stayedLocked(r)
	for id := range r.writing { // their folders cannot be read
		if e := q.list.Get(id); e != nil && e.State == list.Receiving {
			q.holdLocked(e, codeInterrupted, interrupted)
		}
	}
	for _, id := range r.wasOpen { // who comes next must not ask a table of open files that was made since
		if e := q.list.Get(id); e != nil {
			q.stageRowLocked(e)
		}
	}
	if !q.o.HLS {
		q.apartLocked()
	}
	q.labelsFoundLocked()
	if r.table != nil {
		// behind what was decided by it
		q.stageLocked(commit.Change{Apply: func() bool { r.table.Forget(); return true }})
	}
	if string(r.now) != journaled {
		// after what was decided because it is another one
		q.stageLocked(commit.Change{Batch: journal.Batch{Boot: string(r.now)}})
	}
	killpoint.At("start: spool compared")
	return nil
}

// settler is an entry whose file settles at the start.
type settler struct {
	e       *entry
	changed time.Time
}

// settleInTurnLocked has entries settle in the order in which their files changed last: nobody knows any more when they
// were closed.
func (q *Queue) settleInTurnLocked(all []settler) {
	slices.SortFunc(all, func(a, b settler) int {
		return cmp.Or(a.changed.Compare(b.changed),
			cmp.Compare(a.e.ID, b.e.ID))
	})
	due := q.now().Add(q.o.Settle)
	for i, s := range all {
		q.wakeAtLocked(s.e, due.Add(time.Duration(i)))
	}
}

// restoreMovesLocked ends the moves of folders that the journal knows: each row that did not have its new name gets it.
func (q *Queue) restoreMovesLocked(r *Recovered) {
	for _, m := range r.moves {
		q.moves = append(q.moves, m.N)
	}
	for id, old := range r.moved {
		if e := q.list.Get(id); e.State != list.Success { // see stayedLocked
			q.renamedLocked(e, old)
		}
	}
	if len(q.moves) > 0 {
		q.stageLocked(commit.Change{Batch: journal.Batch{Moved: q.moves}})
		q.moves = nil
	}
}

// orLast sorts entries that never were ready behind the others.
func orLast(order uint64) uint64 { return order - 1 }

// restoreEntryLocked makes an entry of a record.
func (q *Queue) restoreEntryLocked(rec *journal.Record, r *Recovered) {
	if rec.State == stateWriting && rec.Before == list.Success.String() && r.past != nil {
		q.list.LastID = max(q.list.LastID, transfer.ID(rec.ID)) // the uploaded entry knows its file
		q.stageLocked(commit.Change{Batch: journal.Batch{Delete: []uint64{rec.ID}}})
		delete(r.moved, transfer.ID(rec.ID))
		return
	}
	e := &entry{Item: list.NewItem[*entry](transfer.ID(rec.ID), rec.Order, list.Receiving, rec.Size), dirty: true,
		source: rec.Source, link: rec.Link,
		gen: rec.Gen, modTime: rec.ModTime, sealTime: rec.SealTime, mark: sameness.Mark(rec.Mark),
		added: rec.Added, started: rec.Started, finished: rec.Finished, trusted: rec.Trusted, told: rec.Told,
		maker: Who(rec.Maker), goes: rec.Goes, changed: rec.Changed}
	q.list.Add(e)
	q.restoreTargetLocked(e, rec, r)
	if r.powerless() {
		e.doubtPartsLocked()
	}
	q.indexLocked(e)
	if rec.Code != "" {
		e.problem = &transfer.Error{Code: rec.Code, Message: rec.Message,
			Hint: hint.Plain(rec.Hint), RequestID: rec.RequestID}
	}
	if rec.Code == codeFault {
		e.wrote(rec.Message, nil)
	} else {
		e.wrote(rec.Fault, nil)
	}
	if rec.State == stateWriting || rec.Before == stateWriting {
		r.wasOpen = append(r.wasOpen, e.ID)
	}
	_, moved := r.moved[e.ID]
	switch state, _ := list.ParseState(rec.State); {
	case e.link != "" && !state.Ended() && (moved || e.maker.foreign(q.o.Owned)): // it is to be looked at again
		q.restoreReceivingLocked(e, rec, r)
	case state == list.Ready, state == list.Uploading, state == list.Paused:
		e.State, e.sealed, e.told, e.dirty = list.Ready, true, true, false
		if !e.tooLate() {
			e.problem = nil
		}
		q.list.LineUp(e)
	case state == list.Success:
		e.State, e.Uploaded, e.sealed, e.told, e.dirty = list.Success, e.Size, true, true, false
	case state == list.Failure, state == list.Canceled, state == list.Held:
		e.State = state
		if rec.Before == stateWriting && r.past != nil {
			r.writing[e.ID] = *rec
		}
	default:
		q.restoreReceivingLocked(e, rec, r)
	}
	q.placeLocked(e, rec.Name)
	q.list.Count(e)
	q.noteMediumLocked(e)
	if e.State != list.Success && (e.State != list.Receiving || e.told) && !e.replaced() {
		_ = q.foreseeLocked(e) // an error is the run's to say
		if s := q.late[e.place]; s.of != 0 && q.straggledLocked(e.place, e) {
			// it waited for that: what object there is tells nothing of it, even if it has the same bytes
			e.sent = false
		}
		e.noted = rec.Key != "" && e.place == q.placeOf(rec.Bucket, rec.Key)
	}
	switch {
	case q.busySince == 0 || e.finished < q.busySince:
	case e.State == list.Success:
		q.succeeded++
	case e.State == list.Failure:
		q.failed++
	}
	if q.o.Fresh {
		q.abandonLocked(e)
	}
	if e.target != nil && e.standing() != list.Success {
		q.elsewhereLocked(e)
	}
}

// placeLocked gives a restored entry its name. Of several with one name the newest has it, which comes last; but one
// that still has a file to upload yields neither to one that was uploaded nor to one whose file is elsewhere.
func (q *Queue) placeLocked(e *entry, name string) {
	claim := func(e *entry) int {
		switch {
		case e.State == list.Success:
			return 0
		case !e.inInbox():
			return 1
		}
		return 2
	}
	holder := q.tree.get(name)
	q.tree.put(name, e)
	if holder != nil && claim(holder) > claim(e) {
		q.tree.put(name, holder)
	}
}

// restoreReceivingLocked decides what becomes of a drop that was being received.
func (q *Queue) restoreReceivingLocked(e *entry, rec *journal.Record, r *Recovered) {
	if rec.State == stateWriting && r.past != nil {
		r.writing[e.ID] = *rec
		return
	}
	if rec.State == stateWriting {
		e.State = list.Held
		e.problem = &transfer.Error{Code: codeInterrupted, Message: interrupted, Hint: holdHint}
		return
	}
	e.problem = nil
	q.wakeAtLocked(e, q.now().Add(q.o.Settle))
}

// restoreTargetLocked puts back where the entry goes and the parts that are there.
func (q *Queue) restoreTargetLocked(e *entry, rec *journal.Record, r *Recovered) {
	e.sent = rec.Sent || r.doubts(rec)
	if waits(rec) && rec.UploadID == "" && rec.VideoID == "" && rec.Retries == 0 && (!e.sent || q.foreseen(rec)) {
		return
	}
	if rec.Key == "" && rec.VideoID == "" { // VOD says first what the file is, and where it goes later
		return
	}
	t := e.aim()
	if rec.State != list.Success.String() {
		defer e.dropKey()
	}
	*t = target{bucket: rec.Bucket, key: rec.Key, uploadID: rec.UploadID, videoID: rec.VideoID, etag: rec.ETag,
		requestID: rec.RequestID, partSize: rec.PartSize, crc64: rec.CRC64, hasCRC: rec.HasCRC, retries: rec.Retries,
		ahead: rec.Ahead, header: rec.Header}
	if rec.UploadID == "" {
		return
	}
	t.parts = make(map[int]transfer.Part)
	for _, p := range r.parts[rec.ID] {
		t.parts[p.Number] = p
		e.Uploaded += p.Size
	}
}
