package journal

// Abort is a multipart upload that is to be removed from the server, as soon as that answers. Without an UploadID it is
// one that may have been begun at Since, which is to be looked for.
type Abort struct {
	N                     uint64 // its key here, given by the caller
	Bucket, Key, UploadID string
	VideoID               string // of VOD, "" on plain OSS
	Since                 int64  // unix milliseconds; 0 where the UploadID is known
	// the video at whose place it may have been begun at Since; no VideoID, by which older programs remove that
	Of    string
	Told  bool // it was told that it stays, as whoever was asked may not remove it
	Given bool // somebody else had the video made
	Left  bool // it was told that it stays as long as the configuration is another
}

// The tags of an Abort; on disk, as those of a Record.
const (
	abortBucket uint64 = iota + 1
	abortKey
	abortUploadID
	abortVideoID
	abortSince
	abortTold
	abortGiven
	abortOf
	abortLeft
)

func (p *Abort) encode(a *arena, key []byte) []byte {
	a.begin()
	a.text(abortBucket, p.Bucket)
	a.text(abortKey, p.Key)
	a.text(abortUploadID, p.UploadID)
	a.text(abortVideoID, p.VideoID)
	a.signed(abortSince, p.Since)
	a.flag(abortTold, p.Told)
	a.flag(abortLeft, p.Left)
	a.flag(abortGiven, p.Given)
	a.text(abortOf, p.Of)
	return a.end(key)
}

func decodeAbort(n uint64, key, value []byte) (Abort, error) {
	p := Abort{N: n}
	b, err := open(key, value)
	if err != nil {
		return p, err
	}
	var f field
	for len(b) > 0 {
		if f, b, err = next(b); err != nil {
			return p, err
		}
		switch f.id {
		case abortBucket<<1 | kindBytes:
			p.Bucket = string(f.bytes)
		case abortKey<<1 | kindBytes:
			p.Key = string(f.bytes)
		case abortUploadID<<1 | kindBytes:
			p.UploadID = string(f.bytes)
		case abortVideoID<<1 | kindBytes:
			p.VideoID = string(f.bytes)
		case abortSince<<1 | kindNumber:
			p.Since = unsigned(f.number)
		case abortTold<<1 | kindNumber:
			p.Told = f.number != 0
		case abortLeft<<1 | kindNumber:
			p.Left = f.number != 0
		case abortGiven<<1 | kindNumber:
			p.Given = f.number != 0
		case abortOf<<1 | kindBytes:
			p.Of = string(f.bytes)
		}
	}
	return p, nil
}
