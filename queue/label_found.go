package queue

import (
	"os"
	"slices"

	"inboxfs/queue/hint"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/opened"
	"inboxfs/queue/sameness"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// noHistory is why a file is held of which there may have been more to know.
const noHistory = "the journal is lost or an older one, so nobody knows whether this file was held, " +
	"canceled or uploaded before"

// stale reports whether labels were changed of which the journal does not know: it is lost, damaged, or an older one.
func (r *Recovered) stale() bool { return r.lost || r.holes || r.known.Labels > r.meta.Labels }

// unknown reports whether a file or link that has no entry may have had one that is not to be uploaded. A link has no
// label; a file may have none either where not all of them have what they should, or when the machine went down with
// the journal; and who was there when the file changed last is not known either.
func (r *Recovered) unknown(s spooled) bool {
	if s.link != "" {
		return r.stale()
	}
	return r.lost && (!r.known.Labeled || r.past == nil || r.past.After(changed(s.info)))
}

// readLabels looks what a file says of itself.
func (q *Queue) readLabels(s *spooled, path string) {
	if s.link != "" {
		return
	}
	var err error
	if s.labels, err = spool.Labels(path); err != nil {
		q.o.Log.Error("it cannot be read what is known of a file in the spool; it is held", "path", path, "error", err)
		s.labels = []spool.Label{{}}
	}
}

// hasLabel reports whether one of a file's labels is that of e.
func (e *entry) hasLabel(s spooled) bool {
	for _, l := range s.labels {
		if l.ID == uint64(e.ID) {
			return true
		}
	}
	return false
}

// labelOf is the label by which a file that was found goes, with no state if by none. e is the entry that has its name
// by the journal, or nil.
func labelOf(e *entry, s spooled, r *Recovered) (l spool.Label) {
	for _, one := range s.labels {
		switch {
		case e == nil, one.ID >= r.meta.NextID: // the journal is older than that
			l = sensible(one)
		case one.ID == uint64(e.ID) && r.powerless() && !r.stale():
			return spool.Label{} // the row is durable, and the label may be what it was before that
		case one.ID == uint64(e.ID), r.strayed[one.ID] && !e.isOf(s): // which of the names it had, nobody can tell
			return sensible(one)
		}
	}
	return l
}

// isOf reports whether an entry was that of a file before, whatever was written to that since.
func (e *entry) isOf(s spooled) bool {
	return e.link == "" && s.link == "" && e.mark != 0 && e.mark.OfInode(sameness.Of(s.info))
}

// sensible is the label itself, or where it makes no sense one that says so.
func sensible(l spool.Label) spool.Label {
	if s, ok := list.ParseState(l.State); ok && s.Barred() {
		return l
	}
	return spool.Label{ID: l.ID, State: list.Held.String(), Code: codeHistory,
		Message: "what is known of this file makes no sense", Hint: holdHint}
}

// foundLabeledLocked makes the entry of a file, e or a new one, what the file's label says. It returns nil when the
// entry is that already.
func (q *Queue) foundLabeledLocked(e *entry, s spooled, l spool.Label, r *Recovered) *entry {
	cut := r.cutShort(s) || e != nil && r.past == nil && slices.Contains(r.wasOpen, e.ID)
	same := e != nil && e.looksLike(s) && !cut
	if e != nil {
		rec, open := r.writing[e.ID]
		if e.State.String() == l.State || e.replaced() || open && rec.Before == l.State {
			if same && e.State == list.Canceled && l.ID == uint64(e.ID) {
				e.labelsOnly(sameness.Of(s.info), l)
			}
			return nil
		}
		delete(r.writing, e.ID)
	}
	switch {
	case e == nil || e.State == list.Success:
		e = q.newLocked(s.name)
	case same && !e.dirty && l.State == list.Canceled.String(): // what was sent of it may have arrived
		e.labelsOnly(sameness.Of(s.info), l)
		q.cancelLocked(e)
		q.calledOffLocked(e, e.name(), e)
		q.abandonLocked(e)
		q.dropKeyLocked(e)
		e.begun = false
	default:
		q.soilLocked(e)
	}
	e.labeled = true
	q.becomeLocked(e, s)
	if cut { // it may be half of something else
		q.holdLocked(e, codeInterrupted, r.whyCut())
		return e
	}
	switch {
	case r.left(s) == opened.Doubtful:
		e.wrote(doubtful, nil)
	case l.Code == codeFault:
		e.wrote(l.Message, nil)
	case l.Fault != "":
		e.wrote(l.Fault, nil)
	}
	if e.fault() != "" && l.State != list.Canceled.String() { // the label is of what was there before
		q.holdLocked(e, codeFault, e.fault())
		return e
	}
	if l.Code != "" {
		e.problem = &transfer.Error{Code: l.Code, Message: l.Message, Hint: hint.Plain(l.Hint)}
	}
	if e.replaced() { // it competes with nobody any more
		q.unplaceLocked(e)
	}
	state, _ := list.ParseState(l.State)
	q.setLocked(e, state)
	q.stageRowLocked(e)
	return e
}

// labelsOnly notes that a file is what its row says but for its label, of which the row does not know yet, or not the
// latest. What was sent of it is compared before it counts.
func (e *entry) labelsOnly(now sameness.Print, l spool.Label) {
	before := now
	if before.ChangeTime = l.Changed; before.Mark() == e.mark || e.changed != 0 && e.changed == l.Changed {
		e.mark, e.changed = now.Mark(), l.Changed
	}
}

// followLabelsLocked gives entries the names that their files have, by their labels: the journal had yet to hear of a
// rename. Of a link, which has no label, its text tells. A name that the file had for another entry stays that one's.
func (q *Queue) followLabelsLocked(found []spooled, r *Recovered) {
	r.strayed = make(map[uint64]bool)
	links := q.strayLinksLocked()
	for _, s := range found {
		if q.o.Names.Class(s.name) == names.Ignored {
			continue
		}
		if stray := links[s.link]; s.link != "" && len(stray) > 0 && q.fileLocked(s.name) == nil {
			old := stray[0].name()
			q.nameLocked(stray[0], s.name)
			q.renamedLocked(stray[0], old)
			links[s.link] = stray[1:]
		}
		for _, l := range s.labels {
			if e := q.list.Get(transfer.ID(l.ID)); e != nil && e.State != list.Success && !e.foreign() &&
				e.name() != s.name &&
				!q.isCalled(e.name(), s) {
				r.strayed[l.ID] = true
				if at := q.fileLocked(s.name); at != nil && at.State != list.Success && at.isOf(s) {
					continue
				}
				old := e.name()
				q.nameLocked(e, s.name)
				q.renamedLocked(e, old)
			}
		}
	}
}

// strayLinksLocked is the entries of links that are barred and whose names have another file now, or none, by the
// links' texts.
func (q *Queue) strayLinksLocked() map[string][]*entry {
	stray := make(map[string][]*entry)
	for _, state := range []list.State{list.Failure, list.Canceled, list.Held} {
		for e := range q.list.In(state).All {
			if e.link == "" {
				continue
			}
			if text, err := os.Readlink(q.spoolPath(e.name())); err != nil || text != e.link {
				stray[e.link] = append(stray[e.link], e)
			}
		}
	}
	return stray
}

// labelsFoundLocked notes at the start which labels are missing. As long as any is, the spool does not say that all are
// there.
func (q *Queue) labelsFoundLocked() {
	for _, state := range []list.State{list.Failure, list.Canceled, list.Held} {
		for e := range q.list.In(state).All {
			if !e.labeled && !e.labelDue && !e.foreign() {
				q.labels.backlog = append(q.labels.backlog, e)
			}
		}
	}
	q.labels.complete = len(q.labels.backlog)+len(q.labels.due) == 0 && spool.LabelsWork(q.o.Inbox) == nil
}
