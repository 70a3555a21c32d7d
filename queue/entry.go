package queue

import (
	"cmp"
	"time"

	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/sameness"
	"inboxfs/queue/transfer"
)

// entry is one line of the list. All fields are guarded by Queue.mu. There may be a million: a test says how large one
// is.
type entry struct {
	list.Item[*entry]

	// The name is where the entry stands in the tree; loose: another entry took that place, or none has it any more.
	// See isLoose.
	dir  *dir
	base string

	// Of a file added by reference: where it lies, an absolute path without symbolic links; and the text of the link in
	// the inbox by which it was added, if any. What that leads to, and so the size, is known once it was looked at.
	source, link string

	loose bool // see dir
	gone  bool // deleted; handles and runs may still point here
	fresh bool // of an Open that may yet fail to make the file
	bare  bool // uploaded, and no spool copy is left
	stays bool // uploaded, and the spool copy could not be removed, which was said
	taken bool // uploaded, and the spool copy is gone because we removed it, not a user
	// its beginning went with an uploaded one, when its writer closed it or we found it (piece.go)
	piece   bool
	sealed  bool // this generation is on stable storage
	dirty   bool // changed since it was sealed
	told    bool // OnFileAdded was said of this generation
	arrived bool // verified on the server; its success is on the way to the journal
	begun   bool // OnUploadStarted was said, and no stop came since
	// a run of this generation may have sent it whole, and nobody heard what came of that
	sent     bool
	relay    bool       // the last writer was a relay
	trusted  bool       // this content was released: it is not held again
	goes     bool       // it is uploaded, and its spool copy is to be removed
	noted    bool       // its row has the place
	labeled  bool       // its file has a label, or may have
	labelDue bool       // which is to be looked after
	faulty   bool       // the fault was found since the file was last opened while nobody else had it open
	maker    Who        // of the link
	before   list.State // what it was before a writer opened it; 0 for a new one
	gen      uint32     // counts contents; an upload belongs to one
	writers  int32
	prev     *entry   // the uploaded entry whose file was opened again
	writing  *writing // nil: nothing is wrong with it, and nothing is to be asked
	modTime  int64    // unix ns
	sealTime int64    // modTime as it was sealed; another since times were set; 0: it was not
	// of the sealed content; what leaves that as it is moves it along; 0: not known
	mark                     sameness.Mark
	changed                  int64 // unix ns; when it was changed last but for its labels; 0: its change time
	added, started, finished int64 // unix ms, 0 unset

	place uint64 // that its object will have: see placeOf; 0: none yet, or it is uploaded, or was replaced

	seal    *sealing        // its way to ready: being synced, or in the journal's hands; nil when not on it
	problem *transfer.Error // why it failed, is held, or waits
	target  *target         // where it goes; nil until its first upload, and when it is uploaded
	receipt receipt         // where it went
	run     *run            // its upload, until the last goroutine of it ended
}

// writing is what is known of how the content was written, kept apart because of most it is nothing.
type writing struct {
	fault  string // why the content cannot be trusted
	ending Ending // how the last writer ended; nil: nobody knows, or it was asked

	busy  Busy      // whether it works on; nil: nobody knows
	by    string    // what it is called, when that was asked last
	until time.Time // for how long the file waits for it at most; zero: it does not, so far
}

func (e *entry) fault() string {
	if e.writing == nil {
		return ""
	}
	return e.writing.fault
}

func (e *entry) ending() Ending {
	if e.writing == nil {
		return nil
	}
	return e.writing.ending
}

// wrote is the one place where it changes how the content was written.
func (e *entry) wrote(fault string, ending Ending) {
	e.writing = nil
	if fault != "" || ending != nil {
		e.writing = &writing{fault: fault, ending: ending}
	}
}

// target is what is known of the object, kept apart because most entries of a long list have none yet.
type target struct {
	bucket, key, uploadID, videoID, etag, requestID string
	// place of the object, should it have to go elsewhere; 0: the same
	next     uint64
	partSize int64
	header   uint64 // see Multipart.Header
	crc64    uint64
	hasCRC   bool
	parts    map[int]transfer.Part
	retries  uint32 // requests tried again since the upload began
	attempts int    // runs given up since the last acknowledged part
	tries    int    // these, and those that ended sooner
	cuts     int    // Error.Cuts of the last of the latter
	failed   bool   // the last one brought nothing
	ahead    bool   // parts may have been sent before the file was complete
	// its parts are shorter than meant, as the line carries no longer ones
	short  bool
	outage time.Time // since when nothing goes through; zero: all is well
	// when the upload did, as clocks run that nobody sets; zero: before the last start
	began time.Time
}

// name is the path below inbox.
func (e *entry) name() string {
	if e.dir == nil || e.dir.parent == nil {
		return e.base
	}
	return e.dir.path() + "/" + e.base
}

// foreign says that the entry's bytes lie outside the spool: they are never touched, and nobody tells when they change.
func (e *entry) foreign() bool { return e.source != "" || e.link != "" }

// inInbox says that something in the inbox has the entry's name: the file itself or a link to it.
func (e *entry) inInbox() bool { return e.source == "" || e.link != "" }

// standing is the entry's state for whoever wants to do something to it: what has arrived is uploaded, although it is
// shown so only once the journal has it. Nothing can take it back any more.
func (e *entry) standing() list.State {
	if e.arrived {
		return list.Success
	}
	return e.State
}

func (e *entry) row() list.Row {
	return list.Row{ID: e.ID, State: e.State, Size: e.Size, Uploaded: e.Uploaded, Sent: e.sentBytes(), Name: e.name()}
}

// sentBytes is how much of the entry is acknowledged, or went out and may arrive. A part that the server lost again
// counts as acknowledged until it is, so both together may be more than there is.
func (e *entry) sentBytes() int64 {
	if e.run == nil || e.run.canceled || e.Uploaded >= e.Size {
		return e.Uploaded
	}
	return min(e.Size, e.Uploaded+e.run.progress.Way())
}

// multipart is the upload on the server that belongs to the entry, or nil.
func (e *entry) multipart() *transfer.Multipart {
	t := e.target
	if t == nil || t.uploadID == "" {
		return nil
	}
	m := &transfer.Multipart{Bucket: t.bucket, Key: t.key, UploadID: t.uploadID, VideoID: t.videoID,
		PartSize: t.partSize,
		Parts:    make([]transfer.Part, 0, len(t.parts)), Header: t.header, Ahead: t.ahead}
	for _, p := range t.parts {
		m.Parts = append(m.Parts, p)
	}
	return m
}

// resume is what a run goes on from: the multipart upload, or the key under which the file may have been sent, or the
// video, or nil. Otherwise the key is made anew, by the configuration of today.
func (e *entry) resume() *transfer.Multipart {
	if m := e.multipart(); m != nil || e.target == nil {
		return m
	}
	m := &transfer.Multipart{VideoID: e.target.videoID}
	if e.sent {
		m.Bucket, m.Key = e.target.bucket, e.target.key
	}
	if m.Key == "" && m.VideoID == "" {
		return nil
	}
	return m
}

// keepsKey reports whether the key stays what it is.
func (e *entry) keepsKey() bool {
	return e.sent || e.standing() == list.Success || e.target != nil && e.target.uploadID != ""
}

// dropKey is dropKeyLocked for an entry that has no place yet.
func (e *entry) dropKey() {
	if e.target != nil && !e.keepsKey() {
		e.target.bucket, e.target.key = "", ""
	}
}

const (
	// stateWriting is how the journal calls an entry in Receiving that has an open writer: should we be killed, and the
	// table of open files be lost, nobody ever knows whether that writer had finished.
	stateWriting = "writing"

	codeFault       = "WriteFailed" // the code of an entry whose fault is its message
	codeInterrupted = "Interrupted" // the code of one that was received when inboxfs ended
	codeMedia       = "MediaIncomplete"
	codeSync        = "SyncFailed"
	codeHistory     = "HistoryUnknown" // the code of one of which the journal knows nothing, or may not know the latest
	interrupted     = "inboxfs ended while this file was being written"
	doubtful        = "its writer failed just before inboxfs was killed, which took the reason with it"
)

// record is what the journal keeps of the entry. A record must not take back what an earlier one promised: what is on
// its way to be ready or uploaded counts as that.
func (e *entry) record() journal.Record {
	r := journal.Record{ID: uint64(e.ID), Name: e.name(), Source: e.source, Link: e.link, State: e.standing().String(),
		Order: e.Order,
		Size:  e.Size, ModTime: e.modTime, Gen: e.gen, Added: e.added, Started: e.started, Finished: e.finished,
		Trusted: e.trusted, Told: e.told, Goes: e.goes, Changed: e.changed}
	if t := e.aimed(); t != nil {
		if e.keepsKey() {
			r.Bucket, r.Key = t.bucket, t.key
		}
		r.UploadID, r.VideoID, r.PartSize = t.uploadID, t.videoID, t.partSize
		r.ETag, r.RequestID, r.CRC64, r.HasCRC, r.Retries, r.Ahead = t.etag, t.requestID, t.crc64, t.hasCRC, t.retries,
			t.ahead
		r.Header = t.header
	}
	r.Mark = uint64(e.mark)
	if e.sealTime != e.modTime {
		r.SealTime = e.sealTime
	}
	r.Maker = uint8(e.whose()) // as the name: it is what it will be when the entry has followed its folders
	r.Sent = e.sent && e.standing() != list.Success
	switch {
	case e.State == list.Receiving && e.writers > 0:
		r.State = stateWriting
		if e.prev != nil && !e.dirty {
			r.Before = list.Success.String()
		} else if e.before != 0 {
			r.Before = e.before.String()
		}
	case e.seal != nil && e.seal.staged:
		r.State, r.Told = list.Ready.String(), true
	}
	p := e.problem
	if e.tooLate() { // which is of what was sent, and says less than what follows
		p = nil
	}
	switch {
	case p == nil && e.fault() != "":
		r.Code, r.Message = codeFault, e.fault()
	case p == nil && e.State == list.Canceled && e.writers > 0: // should it be resumed after a kill
		r.Code, r.Message, r.Before = codeFault, interrupted, stateWriting
	case e.problem != nil:
		p = e.problem
		r.Code, r.Message, r.Hint = p.Code, p.Message, p.Hint
		if r.RequestID == "" {
			r.RequestID = p.RequestID
		}
		if p.Code != codeFault {
			r.Fault = e.fault()
		}
		if e.replaced() && e.State == list.Canceled && e.writers > 0 { // as above, should it get another name
			r.Fault, r.Before = cmp.Or(r.Fault, interrupted), stateWriting
		}
	}
	return r
}

// aim makes sure that the entry has a target.
func (e *entry) aim() *target {
	if e.target == nil {
		e.target = &target{}
	}
	return e.target
}

func unixMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Tried returns how often the entry failed since something of it arrived, and whether its last run failed so.
func (e *entry) Tried() (failures int, failed bool) {
	if e.target == nil {
		return 0, false
	}
	return e.target.tries, e.target.failed
}
