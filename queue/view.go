package queue

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"inboxfs/queue/transfer"
)

// Row is one line of list.
type Row struct {
	ID       transfer.ID
	State    State
	Size     int64 // bytes
	Uploaded int64 // bytes acknowledged
	Sent     int64 // bytes given to the network: those acknowledged, and those that may still be
	Name     string
}

// Percent is the share that went out, 0 to 100. An entry that is not verified never shows more than 99.
func (r Row) Percent() int {
	if r.State == Success {
		return 100
	}
	return percent(r.Sent, r.Size)
}

// percent is the share of what is not verified yet, 0 to 99.
func percent(some, all int64) int {
	if all <= 0 {
		return 0
	}
	return int(min(99, float64(some)/float64(all)*100))
}

// Info is everything known of one entry; what status/NAME shows. Zero fields are unset.
type Info struct {
	Row
	Rate                              int64 // bytes per second that go out, lately
	Limit                             int64 // of the whole queue, bytes per second, 0 = none
	Parts, PartsDone                  int
	PartSize                          int64 // bytes; 0 where it does not go in parts
	Retries                           int
	Bucket, Key, UploadID             string
	VideoID, ETag, CRC64, RequestID   string
	Error, Message                    string // why it failed or is held or waits
	Hint                              string // what the user can do about it
	Path                              string // the source, of a file added by reference
	Added, Started, Finished, NextTry time.Time
}

// Summary is the state of the whole queue.
type Summary struct {
	State  QueueState
	Counts map[State]Count
	// entries that only wait for their final name, or for a companion to go, or because of a playlist
	Waiting     int64
	ForPlaylist int64  // of these the ready ones, which wait because of a playlist
	Unused      int64  // videos and pictures that VOD keeps though no file uses them: OnMediaUnused told which
	Uploaded    int64  // bytes acknowledged since the mount
	Sent        int64  // these, and those that went out and may still be acknowledged
	Rate        int64  // bytes per second that go out, lately
	Limit       int64  // bytes per second, 0 = none
	Message     string // what the user should do, when something waits for him
	Hint        string // how, where the credentials are what it waits for

	Done   int64     // bytes that arrived of what there is to upload or, when that is nothing, of what there was last
	Left   int64     // bytes that are to follow: of ready, uploading and paused files
	Oldest time.Time // when the first of those in order of addition was added; zero: there is none
}

// SetAside says which files are not on their way and wait for something; "" when there are none.
func (s Summary) SetAside() string {
	switch s.Waiting {
	case 0:
		return ""
	case 1:
		return "1 file waits for another name, or for a file beside it to go or to come: aside says which"
	}
	return fmt.Sprintf("%d files wait for another name, or for a file beside them to go or to come: aside says which",
		s.Waiting)
}

// LeftOut says how many files were not uploaded and are not on their way: those that failed, are held or canceled, or
// wait for something; "" when there are none.
func (s Summary) LeftOut() string {
	var all []string
	for _, is := range []struct {
		state     State
		one, many string
	}{{Failure, "file failed", "files failed"}, {Held, "file is held", "files are held"},
		{Canceled, "file is canceled", "files are canceled"}} {
		switch n := s.Counts[is.state].Entries; n {
		case 0:
		case 1:
			all = append(all, "1 "+is.one)
		default:
			all = append(all, fmt.Sprintf("%d %s", n, is.many))
		}
	}
	if aside := s.SetAside(); aside != "" {
		all = append(all, aside)
	}
	return strings.Join(all, ", ")
}

// Pending is how many files are ready or under way, and not kept back.
func (s Summary) Pending() int64 {
	return s.Counts[Ready].Entries + s.Counts[Uploading].Entries + s.Counts[Paused].Entries - s.ForPlaylist
}

// Out is how many bytes of what there was to upload went out: those that arrived, and those that may.
func (s Summary) Out() int64 { return s.Done + s.Sent - s.Uploaded }

// Percent is how much of what there was to upload went out, 0 to 100; never 100 before every file was verified, nor
// while one has failed.
func (s Summary) Percent() int {
	switch failed := s.Counts[Failure]; {
	case s.Pending() > 0:
	case failed.Entries > 0:
		return percent(s.Done, s.Done+failed.Bytes)
	default:
		return 100
	}
	return percent(s.Out(), s.Done+s.Left)
}

// TimeLeft is how long the rest takes at the rate of now, but not less than the limit allows; 0 when nobody can tell,
// or there is none.
func (s Summary) TimeLeft() time.Duration { return timeLeft(s.Done+s.Left-s.Out(), s.Rate, s.Limit) }

// TimeLeft is how long the rest of an upload takes at its rate of now, but not less than the limit allows; 0 when
// nobody can tell.
func (i Info) TimeLeft() time.Duration { return timeLeft(i.Size-i.Sent, i.Rate, i.Limit) }

func timeLeft(bytes, rate, limit int64) time.Duration {
	if bytes <= 0 || rate <= 0 {
		return 0
	}
	if limit > 0 {
		rate = min(rate, limit)
	}
	const most = 10_000 * time.Hour
	return time.Duration(min(float64(most), max(1, float64(bytes)/float64(rate))*float64(time.Second))).Round(
		time.Second)
}

// Name is one name in a folder of status/: a file or a folder of them.
type Name struct {
	Name string
	Dir  bool
}

// Version changes whenever list, status or queue would show something else. While files are being written or bytes
// are moving that is so with time, too: sizes grow and rates fade without anybody telling.
func (q *Queue) Version() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	v := q.version << 20
	if q.list.Of(Receiving).Entries > q.list.Parked() || q.rateLocked() > 0 {
		v |= uint64(now.UnixMilli()/versionTick) & (1<<20 - 1)
	}
	return v
}

const versionTick = 250 // milliseconds

// List is a snapshot of all entries, in order of addition, those that are still received last.
func (q *Queue) List() []Row {
	q.mu.Lock()
	rows := make([]Row, 0, q.list.Len())
	for e := range q.list.All() {
		rows = append(rows, e.row())
	}
	written := q.writtenLocked()
	q.mu.Unlock()
	for i, path := range written {
		rows[i].Size = growing(path, rows[i].Size)
	}
	return rows
}

// writtenLocked is the paths of the files that are open for writing, by their place in List.
func (q *Queue) writtenLocked() map[int]string {
	if q.list.Of(Receiving).Entries == q.list.Parked() {
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
func (q *Queue) Infos() []Info {
	q.mu.Lock()
	infos := make([]Info, 0, q.list.Len())
	for e := range q.list.All() {
		infos = append(infos, q.infoLocked(e))
	}
	written := q.writtenLocked()
	q.mu.Unlock()
	for i, path := range written {
		infos[i].Size = growing(path, infos[i].Size)
	}
	return infos
}

// Status is the newest entry called name.
func (q *Queue) Status(name string) (Info, bool) {
	q.mu.Lock()
	e := q.tree.get(name)
	if e == nil {
		q.mu.Unlock()
		return Info{}, false
	}
	info, path := q.infoLocked(e), ""
	if e.writers > 0 {
		path = q.pathLocked(e)
	}
	q.mu.Unlock()
	if path != "" {
		info.Size = growing(path, info.Size)
	}
	return info, true
}

// Info is everything known of an entry. The error wraps ErrNoEntry.
func (q *Queue) Info(id transfer.ID) (Info, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e, err := q.byIDLocked(id)
	if err != nil {
		return Info{}, err
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
func (q *Queue) StatusDir(name string) ([]Name, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	d := q.tree.dir(name)
	if d == nil {
		return nil, false
	}
	all := make([]Name, 0, len(d.dirs)+len(d.files))
	older := func(name string) bool { // the folder is, of two of one name
		return d.dirs[name] != nil && d.files[name] != nil && d.files[name].ID > d.dirs[name].last
	}
	for name := range d.dirs {
		if !older(name) {
			all = append(all, Name{Name: name, Dir: true})
		}
	}
	for name := range d.files {
		if d.dirs[name] == nil || older(name) {
			all = append(all, Name{Name: name})
		}
	}
	return all, true
}

func (q *Queue) infoLocked(e *entry) Info {
	i := Info{Row: e.row(), Limit: q.limit, Path: e.source, Added: unixMilli(e.added), Started: unixMilli(e.started),
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
	i.VideoID = shownVideo(i.VideoID)
	if e.run != nil && !e.run.canceled {
		i.Rate = e.run.progress.Rate()
	}
	if p := e.problem; p != nil {
		i.Error, i.Message, i.Hint = p.Code, p.Message, p.Hint
		if i.RequestID == "" {
			i.RequestID = p.RequestID
		}
	}
	if e.stays && e.State == Success && i.Message == "" {
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
		i.Hint = "flush NAME ends the wait"
	}
	if why, hint := q.whyBackLocked(e); why != "" {
		i.Message, i.Hint = why, hint
	}
	if at, waits := q.lateForLocked(e); waits {
		i.Message, i.NextTry = "what was sent before to its key may still arrive there; this is sent when that is over",
			at
	}
	if e.State == Uploading && e.Waits() {
		i.NextTry = *e.Due
		if _, asked := q.grants.asked[e]; asked {
			i.NextTry, i.Message = time.Time{}, "waits to be told where it goes: OnUploadStarted asked for that"
			i.Hint = "write setUploadAuthAndAddress AUTH ADDRESS VIDEOID NAME to control"
		}
	}
	return i
}

// Summary is the state of the whole queue.
func (q *Queue) Summary() Summary {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.summaryLocked()
}

func (q *Queue) summaryLocked() Summary {
	s := Summary{State: q.state, Counts: make(map[State]Count, len(States)), Waiting: q.list.Parked() +
		int64(len(q.mediums.back)), ForPlaylist: int64(len(q.mediums.back)),
		Unused: int64(len(q.unused.of)), Uploaded: q.totals.Uploaded, Rate: q.rateLocked(), Limit: q.limit,
		Done: q.done}
	for _, state := range States {
		s.Counts[state] = q.list.Of(state)
	}
	if q.busySince == 0 && s.Pending() > 0 { // of what is to come nothing has
		s.Done = 0
	}
	for _, state := range []State{Ready, Uploading, Paused} {
		s.Done += q.list.Of(state).Uploaded
		s.Left += q.list.Of(state).Bytes - q.list.Of(state).Uploaded
	}
	s.Sent = s.Uploaded
	for _, r := range q.sending { // no more than have places, or lost theirs
		if e := r.e; e.run == r && (e.State == Uploading || e.State == Paused || e.State == Ready) {
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
	case q.state == Expired:
		s.Message, s.Hint = renewal(q.expiry)
	case q.state == Stopped && q.leftLocked() > 0:
		s.Message = "write start to control to upload"
	case q.state == Halted:
		s.Message = "write resume to control to go on"
	}
	return s
}

// rateLocked is bytes per second lately; nothing while nothing is sent.
func (q *Queue) rateLocked() int64 {
	if q.active == 0 && q.list.Of(Uploading).Entries == 0 {
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
		if e.State == Ready {
			look(e)
		}
	}
	for e := range q.behind {
		if e.State == Ready && !e.gone {
			look(e)
		}
	}
	for e := range q.mediums.back {
		look(e)
	}
	for _, state := range []State{Uploading, Paused} {
		for e := range q.list.In(state).All {
			look(e)
		}
	}
	return first
}

// renewal is what has become of the credentials of an expired queue, and what the user should do.
func renewal(why *transfer.Error) (message, hint string) {
	message, hint = "the credentials have expired", "write resumeUploadWithToken ID SECRET TOKEN to control"
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
