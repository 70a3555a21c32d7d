package queue

import (
	"os"
	"slices"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/sameness"
)

// movedFile is an entry whose file has another name than the journal says.
type movedFile struct {
	e *entry
	s spooled
}

// outline is by what files are looked up before more of them is compared.
type outline struct{ size, modTime int64 }

// followFilesLocked gives entries the names that their files have: the journal had yet to hear of a rename when we were
// killed, or somebody renamed them while we were away. A file is known by its inode, size and modification time. What
// waits under the new name gets the file, as it does when a drop is renamed onto it. It returns those entries.
func (q *Queue) followFilesLocked(found []spooled, r *Recovered) (moved []movedFile) {
	unclaimed := make(map[outline][]spooled)
	for _, s := range found {
		e := q.fileLocked(s.name)
		if s.link == "" && (e == nil || !e.looksLike(s)) && q.o.Names.Class(s.name) != names.Ignored {
			key := outline{s.info.Size(), s.info.ModTime().UnixNano()}
			unclaimed[key] = append(unclaimed[key], s)
		}
	}
	if len(unclaimed) == 0 {
		return nil
	}
	goes := make(map[*entry]bool)
	take := func(e *entry, modTime int64) {
		key := outline{e.Size, modTime}
		i := slices.IndexFunc(unclaimed[key], func(s spooled) bool {
			return e.name() != s.name && e.mark.OfInode(sameness.Of(s.info)) && !q.isCalled(e.name(), s)
		})
		if i < 0 || goes[e] {
			return
		}
		goes[e] = true
		moved = append(moved, movedFile{e, unclaimed[key][i]})
		unclaimed[key] = slices.Delete(unclaimed[key], i, i+1)
	}
	for e := range q.list.All() {
		if e.State == list.Success || e.foreign() || e.isLoose() || e.mark == 0 {
			continue
		}
		take(e, e.modTime)
		take(e, e.sealTime) // times that were set since may be lost
	}
	var given []movedFile
	moved = slices.DeleteFunc(moved, func(m movedFile) bool {
		into := q.fileLocked(m.s.name)
		onto := into != nil && into.State != list.Success && !goes[into]
		if onto && m.e.State == list.Ready {
			q.giveLocked(m, into)
			delete(r.writing, into.ID)
			given = append(given, movedFile{into, m.s})
		}
		return onto
	})
	for _, m := range moved {
		q.tree.take(m.e) // they may have each other's names
	}
	for _, m := range moved {
		old := m.e.name()
		q.nameLocked(m.e, m.s.name)
		q.renamedLocked(m.e, old)
	}
	return append(moved, given...)
}

// giveLocked has an entry go on with the file of one that was ready, and what was sent of that under its old name goes.
func (q *Queue) giveLocked(m movedFile, into *entry) {
	e := m.e
	q.receiveAnewLocked(into, "", e.trusted && !q.wasFolderLocked(m.s.name))
	trusted := into.trusted
	q.inheritLocked(into, e)
	q.becomeLocked(into, m.s)
	into.sealTime, into.mark, into.changed = e.sealTime, e.mark, e.changed
	into.sealed, into.dirty, into.trusted = true, false, trusted
	q.setLocked(into, list.Ready)
	q.stageRowLocked(into)
}

// settleMovedLocked has those settle under their new names that are as they were when they became ready, as if we had
// been there when they got them.
func (q *Queue) settleMovedLocked(moved []movedFile) (settling []settler) {
	for _, m := range moved {
		if e := m.e; !e.gone && e.State == list.Ready {
			q.receiveAnewLocked(e, "", e.trusted && !q.wasFolderLocked(e.name()))
			q.settleLocked(e)
			settling = append(settling, settler{e, changed(m.s.info)})
		}
	}
	return settling
}

// isCalled reports whether the file is there under that name as well.
func (q *Queue) isCalled(name string, s spooled) bool {
	info, err := os.Lstat(q.spoolPath(name))
	return err == nil && os.SameFile(info, s.info)
}

// renamedLocked says of an entry that it has another name than its row says. What was uploaded under that is not its
// object.
func (q *Queue) renamedLocked(e *entry, old string) {
	if e.State.Ended() {
		q.loseKeyLocked(e, old)
	} else {
		q.calledOffLocked(e, old, e)
		q.abandonLocked(e)
		q.untargetLocked(e)
		q.unplaceLocked(e)
		e.sent = false
	}
	if e.pending() || e.State.Ended() {
		_ = q.foreseeLocked(e) // an error is the run's to say
	}
	q.stageRowLocked(e)
}
