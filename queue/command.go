package queue

import (
	"slices"

	"inboxfs/queue/hint"
	"inboxfs/queue/list"
)

// wordLocked is how a command names the entry.
func (q *Queue) wordLocked(e *entry) string {
	return hint.Word(e.name(), uint64(e.ID), q.tree.get(e.name()) == e)
}

// commandsLocked is what can be pasted into a shell about an entry that waits for somebody: do sends it on its way, or
// drops it. Both are empty where nothing is asked of anybody.
func (q *Queue) commandsLocked(e *entry) (do, or string) {
	send := func(v Verb) string { return q.way.Do(v.String(), q.wordLocked(e)) }
	if by, _ := e.awaited(); by != "" {
		return send(Flush), ""
	}
	if _, asked := q.grants.asked[e]; asked && e.State == list.Uploading && e.Waits() {
		return q.way.Do("setUploadAuthAndAddress", q.wordLocked(e)), ""
	}
	switch state := e.standing(); {
	case state == list.Failure:
		return send(Retry), send(Delete)
	case state == list.Held:
		return send(Release), send(Delete)
	case state == list.Canceled && e.replaced(): // resumeFile is refused
		return send(Delete), ""
	case state == list.Canceled:
		return send(Restore), send(Delete)
	}
	m := q.mediums.of[e]
	alone := m != nil && len(m.files) > 0 && !slices.ContainsFunc(m.files, q.isThereLocked)
	if why, _ := q.whyBackLocked(e); why != "" && !alone && q.mediums.names[e.name()] == nil {
		return send(Release), ""
	}
	return "", ""
}
