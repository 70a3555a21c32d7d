package transfer

import (
	"context"
	"time"
)

// Watch is told what happens during a run. Its methods are called from the run's goroutines, several at once, and
// return quickly, except Created, Initiating, Initiated and Sending, which return once that is on stable storage, or
// why it cannot be.
type Watch interface {
	// Created: VOD has made the media that the file is for, or is about to (ByReference). An *Error if what it said is
	// another file's.
	Created(ctx context.Context, g Granted) error
	// the target is known; the upload id is empty for a single put. May be told twice: without a target it is asked for
	Started(bucket, key, uploadID string)
	// Initiating: a new multipart upload is about to be made. nothing is to be called if it surely was not.
	Initiating(ctx context.Context, at Lost) (nothing func(), err error)
	// Lost: the server may hold a multipart upload, made since that time, whose id the run never heard. The queue looks
	// for it.
	Lost(at Lost)
	Initiated(ctx context.Context, m Multipart) error // it was made. After an error it is the queue that aborts it
	Left(m Multipart)                                 // one that nobody goes on with, and that could not be aborted yet
	// Sending: a request is about to be sent that makes the object: a single put, or Complete.
	Sending(ctx context.Context, bucket, key string) error
	NotMade() // no request that was sent has made it, says the server
	// Unheard: one that was sent may still make it, and nobody will hear. crc is the CRC64 of all that it sent.
	Unheard(crc uint64)
	// Outlived: one that was sent may still make it, and goes on although the run is called off, but not longer than
	// ctx. heard is to be called when it has ended, once.
	Outlived(crc uint64) (ctx context.Context, heard func(Outcome))
	// Acked: a part is on the server and its CRC matched; failing is how many other requests of the run have failed and
	// not succeeded since.
	Acked(p Part, failing int)
	Reset()                                            // the server forgot the multipart upload; all parts go again
	Retry(err *Error, attempt int, wait time.Duration) // a request failed and is tried again after wait
}
