package queue

import (
	"time"

	"inboxfs/queue/journal"
)

// entry is one line of the list. All fields are guarded by Queue.mu.
type entry struct {
	id    ID
	order uint64 // position in the order of addition; 0 until it was ready once
	pos   int    // index in Queue.added, or in Queue.incoming while order is 0

	// The name is where the entry stands in the tree; loose: another entry took that place, or none has it any more.
	dir   *dir
	base  string
	loose bool

	source                   string // absolute path, of a file added by reference
	state                    State
	gone                     bool   // deleted; handles and runs may still point here
	sealed                   bool   // this generation is on stable storage
	dirty                    bool   // changed since it was sealed
	sealing                  bool   // on its way to ready: being synced, or in the journal's hands
	parked                   bool   // settled, but the name is a temporary one
	begun                    bool   // OnUploadStarted was said, and no stop came since
	touched                  bool   // times or attributes changed during the run
	relay                    bool   // the last writer was a relay
	gen                      uint32 // counts contents; an upload belongs to one
	writers                  int32
	before                   State  // what it was before a writer opened it; 0 for a new one
	prev                     *entry // the uploaded entry whose kept file was opened again
	fault                    string // why the content cannot be trusted
	size                     int64
	modTime                  int64 // unix ns
	uploaded                 int64
	added, started, finished int64 // unix ms, 0 unset

	due    time.Time // end of the settle time, or of the wait before the next try
	timed  int       // index in Queue.timers, -1 when not there
	ranked int       // index in Queue.ready, -1 when not there

	problem *Error    // why it failed, is held, or waits
	target  *target   // where it goes; nil until its first upload
	run     *run      // its upload, until the last goroutine of it ended
	waiters []*waiter // wait NAME
}

// target is what is known of the object, kept apart because most entries of a long list have none yet.
type target struct {
	bucket, key, uploadID, videoID, etag, requestID string
	partSize                                        int64
	crc64                                           uint64
	hasCRC                                          bool
	parts                                           map[int]Part
	retries                                         uint32    // requests tried again since the upload began
	attempts                                        int       // runs given up since the last acknowledged part
	outage                                          time.Time // since when nothing goes through; zero: all is well
}

// name is the path below inbox.
func (e *entry) name() string {
	if e.dir == nil || e.dir.parent == nil {
		return e.base
	}
	return e.dir.path() + "/" + e.base
}

// detach leaves the entry without a place in the tree, its name as it was.
func (e *entry) detach() {
	e.loose = true
}

// ended says whether nothing more happens to the entry by itself.
func (s State) ended() bool {
	return s == Success || s == Failure || s == Canceled || s == Held
}

func (e *entry) row() Row {
	return Row{ID: e.id, State: e.state, Size: e.size, Uploaded: e.uploaded, Name: e.name()}
}

// multipart is the upload on the server that belongs to the entry, or nil.
func (e *entry) multipart() *Multipart {
	t := e.target
	if t == nil || t.uploadID == "" {
		return nil
	}
	m := &Multipart{Bucket: t.bucket, Key: t.key, UploadID: t.uploadID, PartSize: t.partSize, Parts: make([]Part, 0, len(t.parts))}
	for _, p := range t.parts {
		m.Parts = append(m.Parts, p)
	}
	return m
}

// resume is what a run goes on from: the multipart upload, or at least the key that was chosen, or nil.
func (e *entry) resume() *Multipart {
	if m := e.multipart(); m != nil || e.target == nil || e.target.key == "" {
		return m
	}
	return &Multipart{Bucket: e.target.bucket, Key: e.target.key}
}

// record is what the journal keeps of the entry.
func (e *entry) record() journal.Record {
	r := journal.Record{ID: uint64(e.id), Name: e.name(), Source: e.source, State: e.state.String(), Order: e.order,
		Size: e.size, ModTime: e.modTime, Gen: e.gen, Added: e.added, Started: e.started, Finished: e.finished}
	if t := e.target; t != nil {
		r.Bucket, r.Key, r.UploadID, r.VideoID, r.PartSize = t.bucket, t.key, t.uploadID, t.videoID, t.partSize
		r.ETag, r.RequestID, r.CRC64, r.HasCRC, r.Retries = t.etag, t.requestID, t.crc64, t.hasCRC, t.retries
	}
	if e.state == Receiving && e.writers > 0 {
		r.State = stateWriting
	}
	if e.fault != "" && e.problem == nil {
		r.Code, r.Message = "WriteFailed", e.fault
	}
	if p := e.problem; p != nil {
		r.Code, r.Message, r.Hint = p.Code, p.Message, p.Hint
		if r.RequestID == "" {
			r.RequestID = p.RequestID
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
