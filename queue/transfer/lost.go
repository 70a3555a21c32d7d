package transfer

import "time"

// Lost is an Initiate of which it is not known whether it was made: we were killed, or the answer was lost. It may have
// left a multipart upload whose id nobody has.
//
//	Initiating --row--> Initiate --answer--> Initiated: the id is in the journal, the row goes
//	                        \--killed, lost--> the row stays: Sweep, until what it may have left is gone
//
// The place of a video is one file's alone. What is left there goes when nobody sends to that video any more, all at
// once.
type Lost struct {
	Bucket, Key string
	VideoID     string    // at whose place it was; "" on plain OSS. Nobody sends to that any more
	Since       time.Time // when it was about to be made
}
