package queue

import (
	"context"
	"errors"
	"os"
	"time"

	"inboxfs/queue/sameness"
)

// ErrElsewhere says that a multipart upload was begun under another configuration. It is aborted when that one is back.
var ErrElsewhere = errors.New("it was begun under another configuration")

// Uploader sends files to where they are kept. queue declares it, queue/upload keeps it.
type Uploader interface {
	// Upload sends one file and returns when the object is verified, when the run met an error that needs the queue
	// (an *Error), or when ctx ended (ctx's error; nothing is in flight any more then, but what Watch.Outlived was told
	// of). It tries a failing request a few times by itself and tells watch; it gives up the run with a Resumable error
	// when trying does not help, and the queue calls it again later with the Multipart that watch saw last.
	Upload(ctx context.Context, job Job, watch Watch) (Result, error)

	// Abort removes a multipart upload and its parts from the server; without an UploadID it removes the video that m
	// names. nil also when it was not there any more; ErrElsewhere when it was begun where this configuration does not
	// reach, ErrNotOurs when that is for somebody else to do.
	Abort(ctx context.Context, m Multipart) error

	// Sweep removes what a lost Initiate left on the server, but none that is known. done: it left nothing that could
	// still be found; otherwise, and after an error, it is to be called again.
	Sweep(ctx context.Context, lost Lost, known func(uploadID string) bool) (done bool, err error)

	// Find looks for the object that a request made which was called off; nil: there is none, or another.
	Find(ctx context.Context, sent Sent) (*Found, error)

	// Remove removes what Find has found.
	Remove(ctx context.Context, sent Sent, found Found) error

	// Key is the bucket and the object key that a drop called name would get now, or why it cannot have one. Both are
	// empty where that is known only when it is uploaded.
	Key(name string, id ID) (bucket, key string, err error)

	// Lasting reports whether Key says the same for as long as this process lives.
	Lasting() bool

	// Limit sets the bandwidth of all uploads together in bytes per second, at once; 0 means no limit.
	Limit(bytesPerSecond int64)

	// InFlight is how many requests carry bytes of files just now.
	InFlight() int
}

// Job is one file to send.
type Job struct {
	ID   ID
	Name string // path below inbox
	Path string // where its bytes are
	Size int64
	// Open opens the file at Path so that nobody can lead us elsewhere by a link put in the way; outside the spool it
	// waits and may hang. nil: it is opened by its path. Its errors are ctx's, an *Error, or those of a system call.
	Open func(ctx context.Context) (*os.File, error)
	// Resume is what an earlier run left on the server, or nil. Parts whose CRC64 is unknown are not in it. Without an
	// UploadID it is only where the file may have been sent (Doubt), or for which video.
	Resume *Multipart
	// Doubt: this content may have been sent before, and nobody heard what came of it. Then it is looked for on the
	// server first. Added is when the drop began: an object that is older is another.
	Doubt bool
	Added time.Time
	// Changed is when the source was changed last (unix ns), where its change time is later and says something else: 0 as a
	// rule. It holds while Like says Same.
	Changed int64
	// Like says how the source, as it looks now, compares with what the content of this job looked like last; asked
	// before the first byte and after the last. nil: it is compared with how it looked before the first byte.
	Like func(now sameness.Print) Likeness
	// Took is told how the source looks when it was made sure, in another way than by its looks, what its content is:
	// what was sent of it before (Resume) counts only where it equals that. May be nil.
	Took func(now sameness.Print)
	// Ours: the source lies in the spool, so while anybody has it open for writing it is not complete (CodeBusy).
	Ours bool
	// Ahead: the file is still being written, and has Size bytes so far. Its whole parts are sent and nothing is
	// completed; the Result is empty. Later runs get these parts as Resume.
	Ahead bool
	// Fruitless is how many runs in a row before this one were given up without a part that arrived.
	Fruitless int
	// Medium is what the file is a piece of; nil: nothing. Announce: only the medium of the file is to be made, and
	// nothing to be sent yet; the Result is where it will go. Laid: pieces of it may be there, so it is not made anew.
	Medium         *Medium
	Announce, Laid bool
	// Failed: the run before this one brought nothing.
	Failed bool
	// Cuts is how many requests in a row the line ended under, before this run: Error.Cuts of a run that was Soon over.
	Cuts int
	// Wanted, when closed, says that other files want the place of this one: if all that is left to do is to wait for
	// the next try of a request, the run ends with its error instead, which is Soon. nil: never.
	Wanted <-chan struct{}
	// Progress is told of the requests that are made, and of what moves in them. nil: nobody asks.
	Progress *Progress
	// Drain, when closed, ends the run after the requests that are in flight now: Upload starts no more and returns
	// context.Canceled. nil: never.
	Drain <-chan struct{}
}

// Medium is a playlist as those files know it that it names: they go where its own address says.
type Medium struct {
	ID      ID     // of the playlist's entry
	File    string // its path below inbox
	Size    int64  // bytes
	VideoID string
	Name    string // of the piece, relative to the playlist's folder
}

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

// Likeness is what the looks of a file say about its content.
type Likeness uint8

const (
	Other Likeness = iota // it is another file, or was written
	Alike                 // its attributes were changed, or its content and then its times: only that tells
	Same                  // it is what it was
)

// Multipart is a multipart upload on the server and what it has of the file.
type Multipart struct {
	Bucket, Key, UploadID string
	VideoID               string // of VOD; "" on plain OSS
	Given                 bool   // the video is another's, too (ErrNotOurs), or used again: only what is named is given up
	PartSize              int64
	Parts                 []Part // acknowledged and checked, in no order
	Header                uint64 // digest of what it was begun with, as the Uploader makes it; 0: nobody knows
	Short                 bool   // its parts are shorter than they are meant to be, as the line carries no longer ones; not kept
	Ahead                 bool   // parts may have been sent before the file was complete: each counts only if it is what the file has now
}

// Part is one acknowledged part.
type Part struct {
	Number int    // from 1
	Size   int64  // bytes
	CRC64  uint64 // ECMA, as x-oss-hash-crc64ecma
	ETag   string
}

// Result is a verified object.
type Result struct {
	Bucket, Key, ETag, RequestID, VideoID string
	CRC64                                 uint64

	// Warning: the object is stored, and whoever OSS was to tell of it may not have been told, or another object may have
	// been replaced that should not. nil: all is well.
	Warning *Error
}

// Watch is told what happens during a run. Its methods are called from the run's goroutines, several at once, and
// return quickly, except Created, Initiating, Initiated and Sending, which return once that is on stable storage, or
// why it cannot be.
type Watch interface {
	// Created: VOD has made the media that the file is for, or is about to (ByReference). An *Error if what it said is
	// another file's.
	Created(ctx context.Context, g Granted) error
	Started(bucket, key, uploadID string) // the target is known; the upload id is empty for a single put. May be told twice: without a target it is asked for
	// Initiating: a new multipart upload is about to be made. nothing is to be called if it surely was not.
	Initiating(ctx context.Context, bucket, key string) (nothing func(), err error)
	// Lost: the server may hold a multipart upload, made since that time, whose id the run never heard. The queue looks
	// for it.
	Lost(bucket, key string, since time.Time)
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
