package journal

// Record is the persisted form of a queue entry.
type Record struct {
	ID     uint64
	Name   string // path below inbox; any bytes but NUL, not always UTF-8
	Source string // absolute path of a file added by reference, "" for a drop
	Link   string // text of the symbolic link by which it was added, "" for none
	State  string
	Order  uint64 // position in order of addition

	Size    int64  // bytes
	ModTime int64  // of the content, unix nanoseconds
	Gen     uint32 // counts the drops under this entry

	Mark     uint64 // change time and inode of the content (sameness.Mark); 0: not known
	SealTime int64  // ModTime when the content went to stable storage, if somebody set it since; 0 otherwise

	Added, Started, Finished int64 // unix milliseconds, 0 = not yet
	Retries                  uint32

	Bucket, Key, UploadID, VideoID string
	PartSize                       int64 // bytes
	ETag, RequestID                string
	CRC64                          uint64 // ECMA; 0 is a value, see HasCRC
	HasCRC                         bool

	Code, Message, Hint string // why it failed, is held, or waits
	Fault               string // why the content cannot be trusted, where Code and Message are about something else
	Trusted             bool   // a user released it
	Told                bool   // OnFileAdded was said of this content
	Goes                bool   // it is uploaded, and its spool copy is to be removed
	Ahead               bool   // parts may have been sent before the file was complete
	Maker               uint8  // who made the link, as queue.Who; 0: nobody saw it
	Header              uint64 // digest of what the multipart upload was begun with; 0: nobody knows
	Changed             int64  // unix ns; when the file was changed last but for its labels; 0: that is its change time
	Sent                bool   // the content may have been sent whole to Key, and nobody heard what came of that

	Moves uint64 // N of the last Move whose new name Name has; 0: that of none that still counts
	// of one that is open and has no new content yet: its state before that; "writing" of a canceled one that is open
	Before string
}

// The tags of a Record. They are on disk: add at the end, never use one again for something else.
const (
	recName uint64 = iota + 1
	recSource
	recState
	recOrder
	recSize
	recModTime
	recGen
	recAdded
	recStarted
	recFinished
	recRetries
	recBucket
	recKey
	recUploadID
	recVideoID
	recPartSize
	recETag
	recRequestID
	recCRC64
	recHasCRC
	recCode
	recMessage
	recHint
	recTrusted
	recLink
	recSealTime
	recTold
	recAhead
	recHeader
	recSent
	recMoves
	recMaker
	recMark
	recBefore
	_ // recTaken
	recGoes
	recChanged
	recFault
)

// encode renders r without its ID, which is the key.
func (r *Record) encode(a *arena, key []byte) []byte {
	a.begin()
	a.text(recName, r.Name)
	a.text(recSource, r.Source)
	a.text(recState, r.State)
	a.number(recOrder, r.Order)
	a.signed(recSize, r.Size)
	a.signed(recModTime, r.ModTime)
	a.number(recGen, uint64(r.Gen))
	a.signed(recAdded, r.Added)
	a.signed(recStarted, r.Started)
	a.signed(recFinished, r.Finished)
	a.number(recRetries, uint64(r.Retries))
	a.text(recBucket, r.Bucket)
	a.text(recKey, r.Key)
	a.text(recUploadID, r.UploadID)
	a.text(recVideoID, r.VideoID)
	a.signed(recPartSize, r.PartSize)
	a.text(recETag, r.ETag)
	a.text(recRequestID, r.RequestID)
	a.number(recCRC64, r.CRC64)
	a.flag(recHasCRC, r.HasCRC)
	a.text(recCode, r.Code)
	a.text(recMessage, r.Message)
	a.text(recHint, r.Hint)
	a.flag(recTrusted, r.Trusted)
	a.text(recLink, r.Link)
	a.signed(recSealTime, r.SealTime)
	a.flag(recTold, r.Told)
	a.flag(recAhead, r.Ahead)
	a.number(recHeader, r.Header)
	a.flag(recSent, r.Sent)
	a.number(recMoves, r.Moves)
	a.number(recMaker, uint64(r.Maker))
	a.number(recMark, r.Mark)
	a.text(recBefore, r.Before)
	a.flag(recGoes, r.Goes)
	a.number(recChanged, uint64(r.Changed))
	a.text(recFault, r.Fault)
	return a.end(key)
}

// words holds strings that many records share, so that a million entries do not hold a million copies of one bucket
// name.
type words map[string]string

// maxWords bounds the memory of words; what comes later is not shared.
const maxWords = 4096

func (w words) share(b []byte) string {
	if s, ok := w[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(w) < maxWords {
		w[s] = s
	}
	return s
}

// decodeRecord reads what encode wrote under key, and whatever a newer inboxfs added to it.
func decodeRecord(id uint64, key, value []byte, shared words) (Record, error) {
	r := Record{ID: id}
	b, err := open(key, value)
	if err != nil {
		return r, err
	}
	var f field
	for len(b) > 0 {
		if f, b, err = next(b); err != nil {
			return r, err
		}
		r.set(f, shared)
	}
	return r, nil
}

// set takes one field over. A tag with the wrong kind is as unknown as an unknown tag.
func (r *Record) set(f field, shared words) {
	switch f.id {
	case recName<<1 | kindBytes:
		r.Name = string(f.bytes)
	case recSource<<1 | kindBytes:
		r.Source = string(f.bytes)
	case recState<<1 | kindBytes:
		r.State = shared.share(f.bytes)
	case recOrder << 1:
		r.Order = f.number
	case recSize << 1:
		r.Size = unsigned(f.number)
	case recModTime << 1:
		r.ModTime = unsigned(f.number)
	case recGen << 1:
		r.Gen = uint32(f.number)
	case recAdded << 1:
		r.Added = unsigned(f.number)
	case recStarted << 1:
		r.Started = unsigned(f.number)
	case recFinished << 1:
		r.Finished = unsigned(f.number)
	case recRetries << 1:
		r.Retries = uint32(f.number)
	case recBucket<<1 | kindBytes:
		r.Bucket = shared.share(f.bytes)
	case recKey<<1 | kindBytes:
		r.Key = string(f.bytes)
	case recUploadID<<1 | kindBytes:
		r.UploadID = string(f.bytes)
	case recVideoID<<1 | kindBytes:
		r.VideoID = string(f.bytes)
	case recPartSize << 1:
		r.PartSize = unsigned(f.number)
	case recETag<<1 | kindBytes:
		r.ETag = string(f.bytes)
	case recRequestID<<1 | kindBytes:
		r.RequestID = string(f.bytes)
	case recCRC64 << 1:
		r.CRC64 = f.number
	case recHasCRC << 1:
		r.HasCRC = f.number != 0
	case recCode<<1 | kindBytes:
		r.Code = shared.share(f.bytes)
	case recMessage<<1 | kindBytes:
		r.Message = shared.share(f.bytes)
	case recFault<<1 | kindBytes:
		r.Fault = shared.share(f.bytes)
	case recHint<<1 | kindBytes:
		r.Hint = shared.share(f.bytes)
	case recTrusted << 1:
		r.Trusted = f.number != 0
	case recLink<<1 | kindBytes:
		r.Link = string(f.bytes)
	case recSealTime << 1:
		r.SealTime = unsigned(f.number)
	case recTold << 1:
		r.Told = f.number != 0
	case recAhead << 1:
		r.Ahead = f.number != 0
	case recMark << 1:
		r.Mark = f.number
	case recGoes << 1:
		r.Goes = f.number != 0
	case recChanged << 1:
		r.Changed = int64(f.number)
	case recHeader << 1:
		r.Header = f.number
	case recSent << 1:
		r.Sent = f.number != 0
	case recMoves << 1:
		r.Moves = f.number
	case recMaker << 1:
		r.Maker = uint8(f.number)
	case recBefore<<1 | kindBytes:
		r.Before = shared.share(f.bytes)
	}
}
