package transfer

// Result is a verified object.
type Result struct {
	Bucket, Key, ETag, RequestID, VideoID string
	CRC64                                 uint64

	// Warning: the object is stored, and whoever OSS was to tell of it may not have been told, or another object may
	// have been replaced that should not. nil: all is well.
	Warning *Error
}
