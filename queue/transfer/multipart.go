package transfer

// Multipart is a multipart upload on the server and what it has of the file.
type Multipart struct {
	Bucket, Key, UploadID string
	VideoID               string // of VOD; "" on plain OSS
	// the video is another's, too (ErrNotOurs), or used again: only what is named is given up
	Given    bool
	PartSize int64
	Parts    []Part // acknowledged and checked, in no order
	Header   uint64 // digest of what it was begun with, as the Uploader makes it; 0: nobody knows
	// its parts are shorter than they are meant to be, as the line carries no longer ones; not kept
	Short bool
	// parts may have been sent before the file was complete: each counts only if it is what the file has now
	Ahead bool
}

// Part is one acknowledged part.
type Part struct {
	Number int    // from 1
	Size   int64  // bytes
	CRC64  uint64 // ECMA, as x-oss-hash-crc64ecma
	ETag   string
}
