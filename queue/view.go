package queue

import (
	"errors"
	"os"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// Version changes whenever list, status or queue would show something else. While files are being written or bytes
// are moving that is so with time, too: sizes grow and rates fade without anybody telling.
func (q *Queue) Version() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	v := q.version << 20
	if q.list.Of(list.Receiving).Entries > q.list.Parked() || q.rateLocked() > 0 {
		v |= uint64(now.UnixMilli()/versionTick) & (1<<20 - 1)
	}
	return v
}

const versionTick = 250 // milliseconds

// List is a snapshot of all entries, in order of addition, those that are still received last.
func (q *Queue) List() []list.Row {
	q.mu.Lock()
	rows := make([]list.Row, 0, q.list.Len())
	for e := range q.list.All() {
		rows = append(rows, e.row())
	}
	written := q.writtenLocked()
	q.mu.Unlock()
	for i, path := range written {
		rows[i].Resize(growing(path, rows[i].Size))
	}
	return rows
}

// writtenLocked is the paths of the files that are open for writing, by their place in List.
func (q *Queue) writtenLocked() map[int]string {
	if q.list.Of(list.Receiving).Entries == q.list.Parked() {
		return nil
	}
	written := make(map[int]string)
	i := 0
	for e := range q.list.All() {
		if e.writers > 0 && len(written) < writtenMost {
			written[i] = q.pathLocked(e)
		}
		i++
	}
	return written
}

// writtenMost bounds how many files a look at the list looks at itself.
const writtenMost = 1000

// growing is the size that a file has now, of which the queue hears only when it is closed.
func growing(path string, known int64) int64 {
	if info, err := os.Lstat(path); err == nil {
		return info.Size()
	}
	return known
}

// Infos is List with all that is known.
func (q *Queue) Infos() []list.Info {
	q.mu.Lock()
	infos := make([]list.Info, 0, q.list.Len())
	for e := range q.list.All() {
		infos = append(infos, q.infoLocked(e))
	}
	written := q.writtenLocked()
	q.mu.Unlock()
	for i, path := range written {
		infos[i].Resize(growing(path, infos[i].Size))
	}
	return infos
}

// Status is the newest entry called name.
func (q *Queue) Status(name string) (list.Info, bool) {
	q.mu.Lock()
	e := q.tree.get(name)
	if e == nil {
		q.mu.Unlock()
		return list.Info{}, false
	}
	info, path := q.infoLocked(e), ""
	if e.writers > 0 {
		path = q.pathLocked(e)
	}
	q.mu.Unlock()
	if path != "" {
		info.Resize(growing(path, info.Size))
	}
	return info, true
}

// Info is everything known of an entry. The error wraps ErrNoEntry.
func (q *Queue) Info(id transfer.ID) (list.Info, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e, err := q.byIDLocked(id)
	if err != nil {
		return list.Info{}, err
	}
	return q.infoLocked(e), nil
}

// HasStatusDir reports whether the name is that of a folder of entries' names, and not of a newer entry.
func (q *Queue) HasStatusDir(name string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.tree.shownDir(name) != nil
}

// StatusDir lists the names in a folder of the entries' names, in no order; "" is the root. false: no such folder.
func (q *Queue) StatusDir(name string) ([]list.Name, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	d := q.tree.dir(name)
	if d == nil {
		return nil, false
	}
	all := make([]list.Name, 0, len(d.dirs)+len(d.files))
	older := func(name string) bool { // the folder is, of two of one name
		return d.dirs[name] != nil && d.files[name] != nil && d.files[name].ID > d.dirs[name].last
	}
	for name := range d.dirs {
		if !older(name) {
			all = append(all, list.Name{Name: name, Dir: true})
		}
	}
	for name := range d.files {
		if d.dirs[name] == nil || older(name) {
			all = append(all, list.Name{Name: name})
		}
	}
	return all, true
}

func (q *Queue) infoLocked(e *entry) list.Info {
	i := list.Info{Row: e.row(), Limit: q.limit, Path: e.source, Added: unixMilli(e.added),
		Started:  unixMilli(e.started),
		Finished: unixMilli(e.finished)}
	if t := e.aimed(); t != nil {
		i.Retries, i.Bucket, i.Key, i.UploadID, i.VideoID = int(t.retries), t.bucket, t.key, t.uploadID, t.videoID
		i.ETag, i.RequestID, i.PartsDone = t.etag, t.requestID, len(t.parts)
		if t.partSize > 0 {
			i.Parts, i.PartSize = int((e.Size+t.partSize-1)/t.partSize), t.partSize
		}
		if t.hasCRC {
			i.CRC64 = formatCRC(t.crc64)
		}
	}
	i.VideoID = transfer.Shown(i.VideoID)
	if e.run != nil && !e.run.canceled {
		i.Rate = e.run.progress.Rate()
	}
	if p := e.problem; p != nil {
		i.Error, i.Message, i.Hint = p.Code, p.Message, p.Hint
		if i.RequestID == "" {
			i.RequestID = p.RequestID
		}
	}
	if e.stays && e.State == list.Success && i.Message == "" {
		i.Message, i.Hint = "it is uploaded, but its copy cannot be removed from inbox; trying again", staysHint
	}
	if e.Parked {
		i.Message = "waits to be renamed: this is a temporary name"
		if c := q.companionLocked(e); c != "" {
			i.Message = "is not complete while there is " + c
		}
	}
	if by, until := e.awaited(); by != "" {
		i.Message = by + ", which wrote it, works on in its folder: it waits for that, until " +
			until.UTC().Format(time.RFC3339) + " at most"
		i.Hint = "flush ends the wait"
	}
	if why, hint := q.whyBackLocked(e); why != "" {
		i.Message, i.Hint = why, hint
	}
	if at, waits := q.lateForLocked(e); waits {
		i.Message, i.NextTry = "what was sent before to its key may still arrive there; this is sent when that is over",
			at
	}
	if e.State == list.Uploading && e.Waits() {
		i.NextTry = *e.Due
		if _, asked := q.grants.asked[e]; asked {
			i.NextTry, i.Message = time.Time{}, "waits to be told where it goes: OnUploadStarted asked for that"
			i.Hint = "say it by setUploadAuthAndAddress"
		}
	}
	i.Do, i.Or = q.commandsLocked(e)
	return i
}

// Summary is the state of the whole queue.
func (q *Queue) Summary() list.Summary {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.summaryLocked()
}

func (q *Queue) summaryLocked() list.Summary {
	s := list.Summary{State: q.state, Counts: make(map[list.State]list.Count, len(list.States)),
		Waiting: q.list.Parked() +
			int64(len(q.mediums.back)), ForPlaylist: int64(len(q.mediums.back)),
		Unused: int64(q.aborts.Kept()), Uploaded: q.totals.Uploaded, Rate: q.rateLocked(), Limit: q.limit,
		Done: q.done}
	for _, state := range list.States {
		s.Counts[state] = q.list.Of(state)
	}
	if q.busySince == 0 && s.Pending() > 0 { // of what is to come nothing has
		s.Done = 0
	}
	for _, state := range []list.State{list.Ready, list.Uploading, list.Paused} {
		s.Done += q.list.Of(state).Uploaded
		s.Left += q.list.Of(state).Bytes - q.list.Of(state).Uploaded
	}
	s.Sent = s.Uploaded
	for _, r := range q.sending { // no more than have places, or lost theirs
		if e := r.e; e.run == r && (e.State == list.Uploading || e.State == list.Paused || e.State == list.Ready) {
			s.Sent += e.sentBytes() - e.Uploaded
		}
	}
	if first := q.firstLocked(); first != nil {
		s.Oldest = unixMilli(first.added)
	}
	switch {
	case q.journalError != "":
		s.Message = "the journal cannot be written: " + q.journalError +
			"; nothing is lost, but nothing goes on before it can"
	case q.state == list.Expired:
		s.Message, s.Hint = renewal(q.expiry)
		s.Do = q.way.Do("resumeUploadWithToken", "")
		if q.expiry != nil && q.expiry.Code == codeAuthExpired { // which file waits for it is known where it is given
			s.Do = q.way.Do("resumeUploadWithAuth", "")
		}
	case q.state == list.Stopped && q.leftLocked() > 0:
		s.Message, s.Do = "nothing is uploaded before start", q.way.Do(Start.String(), "")
	case q.state == list.Halted:
		s.Message, s.Do = "nothing is uploaded before resume", q.way.Do(Resume.String(), "")
	}
	return s
}

// rateLocked is bytes per second lately; nothing while nothing is sent.
func (q *Queue) rateLocked() int64 {
	if q.active == 0 && q.list.Of(list.Uploading).Entries == 0 {
		return 0
	}
	return q.meter.Rate(q.now())
}

// firstLocked is the first in order of addition of the entries that are ready or under way, or nil.
func (q *Queue) firstLocked() (first *entry) {
	look := func(e *entry) {
		if first == nil || e.Order < first.Order {
			first = e
		}
	}
	if e := q.list.First(); e != nil {
		look(e)
	}
	for _, e := range q.list.Again() {
		if e.State == list.Ready {
			look(e)
		}
	}
	for e := range q.behind {
		if e.State == list.Ready && !e.gone {
			look(e)
		}
	}
	for e := range q.mediums.back {
		look(e)
	}
	for _, state := range []list.State{list.Uploading, list.Paused} {
		for e := range q.list.In(state).All {
			look(e)
		}
	}
	return first
}

// renewal is what has become of the credentials of an expired queue, and what the user should do.
func renewal(why *transfer.Error) (message, hint string) {
	message, hint = "the credentials have expired", "give new credentials by resumeUploadWithToken"
	switch {
	case why == nil: // from before a restart
		return message, hint
	case errors.Is(why, transfer.ErrNoKey):
		message = "there are no credentials"
	case why.Code == codeAuthExpired:
		message = "the UploadAuth of a file has expired"
	}
	if why.Hint != "" {
		hint = why.Hint
	}
	return message, hint
}
