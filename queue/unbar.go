package queue

import (
	"syscall"

	"inboxfs/queue/commit"
	"inboxfs/queue/list"
)

// unbarLocked has ch, which is about to be staged, end what the journal says of the entry: that its file is not to be
// uploaded. A whole file that gets the name before ch is stored is remembered as such, or a kill would hold it for what
// had the name before.
func (q *Queue) unbarLocked(e *entry, ch commit.Change) commit.Change {
	name := e.name()
	if q.unbarred == nil {
		q.unbarred = make(map[string]int)
	}
	q.unbarred[name]++
	ch.Apply = func() bool {
		if q.unbarred[name]--; q.unbarred[name] == 0 {
			delete(q.unbarred, name)
		}
		return true
	}
	return ch
}

// rememberGivenLocked remembers that the file now is whole, which nobody has open and which the entry was given, where
// the journal may still say that what had its name is not to be uploaded.
func (q *Queue) rememberGivenLocked(e *entry, now spooled) {
	if q.unbarred[e.name()] == 0 || e.State != list.Receiving || e.before != 0 || e.writers > 0 || e.fault() != "" ||
		e.piece || now.info == nil || now.link != "" {
		return
	}
	if st, ok := now.info.Sys().(*syscall.Stat_t); ok {
		mark := q.known.table.Open(uint64(st.Dev), st.Ino)
		mark.Whole(now.info.Size(), now.info.ModTime())
		q.unmarkLaterLocked(e, mark)
	}
}
