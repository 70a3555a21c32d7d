package transfer

import (
	"time"
)

// Sent is what may have been sent whole.
type Sent struct {
	Bucket, Key, VideoID string
	Size                 int64
	CRC64                uint64
	HasCRC               bool      // false: nobody knows it
	Since                time.Time // an object that is older is another
}

// Found is an object that is there.
type Found struct {
	ETag, Version string
	CRC64         uint64
}

// Outcome is what came of a request that makes the object, after its run was called off.
type Outcome struct {
	Answered bool   // it is over: nothing will make the object any more that has not by now
	Made     bool   // it has, and of the right bytes
	Refused  bool   // it has not; neither: nobody knows
	ETag     string // of what it made
}
