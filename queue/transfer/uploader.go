package transfer

import (
	"context"
)

// Uploader sends files to where they are kept. Package upload is one.
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
	// still be found; otherwise, and after an error, it is to be called again. Errors are as those of Abort.
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
