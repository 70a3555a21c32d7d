package transfer

import (
	"context"
	"io/fs"
	"os"
	"time"
)

// Job is one file to send.
type Job struct {
	ID   ID
	Name string // path below inbox
	Path string // where its bytes are
	Size int64
	// Open opens the file at Path so that nobody can lead us elsewhere by a link put in the way; outside the spool it
	// waits and may hang. nil: it is opened by its path. Its errors are ctx's, an *Error, or those of a system call.
	Open func(ctx context.Context) (*os.File, error)
	// Named looks at what is called so now, be it a link, for less than Open. nil: it is opened. Errors as of Open.
	Named func(ctx context.Context) (fs.FileInfo, error)
	// Resume is what an earlier run left on the server, or nil. Parts whose CRC64 is unknown are not in it. Without an
	// UploadID it is only where the file may have been sent (Doubt), or for which video.
	Resume *Multipart
	// Doubt: this content may have been sent before, and nobody heard what came of it. Then it is looked for on the
	// server first. Added is when the drop began: an object that is older is another.
	Doubt bool
	Added time.Time
	// Changed is when the source was changed last (unix ns), where its change time is later and says something else: 0
	// as a rule. It holds while Like says Same.
	Changed int64
	// Like says how the source, as it looks now, compares with what the content of this job looked like last; asked
	// before the first byte and after the last. nil: it is compared with how it looked before the first byte.
	Like func(now fs.FileInfo) Likeness
	// Took is told how the source looks when it was made sure, in another way than by its looks, what its content is:
	// what was sent of it before (Resume) counts only where it equals that. May be nil.
	Took func(now fs.FileInfo)
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

// Likeness is what the looks of a file say about its content.
type Likeness uint8

const (
	Other Likeness = iota // it is another file, or was written
	Alike                 // its attributes were changed, or its content and then its times: only that tells
	Same                  // it is what it was
)
