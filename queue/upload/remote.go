package upload

import (
	"context"
	"errors"
	"io"
	"time"

	"inboxfs/queue/transfer"
)

// ErrRenewed is wrapped by the error of a request that was refused because of credentials in whose place there are
// others by now. Nothing was stored. The request is made again at once and is no failure. A Remote must not say so for
// ever.
var ErrRenewed = errors.New("the credentials have been renewed")

// Remote is an object store that keeps what it is sent, as single puts or as multipart uploads. Each method is one
// request, made once: trying again is this package's part. Errors are *transfer.Error, or ctx's error when it ended. A
// body is read at most once, never after the method returned with ctx ended, and no more than size bytes of it.
type Remote interface {
	// Bucket is where new objects go.
	Bucket() string

	// Put stores size bytes of body as one object.
	Put(ctx context.Context, to Target, body io.Reader, size int64) (Answer, error)

	// Initiate begins a multipart upload and returns its upload id.
	Initiate(ctx context.Context, to Target) (uploadID string, err error)

	// UploadPart sends part number (from 1) of a multipart upload, replacing what the server had of it.
	UploadPart(ctx context.Context, to Target, number int, body io.Reader, size int64) (Answer, error)

	// Complete makes the object out of parts, which come in order.
	Complete(ctx context.Context, to Target, parts []transfer.Part) (Answer, error)

	// Abort removes a multipart upload and its parts. A multipart upload that is not there is NoSuchUpload.
	Abort(ctx context.Context, to Target) error

	// ListParts lists parts with numbers above after, in order. next is the after of the next page, 0 on the last one.
	ListParts(ctx context.Context, to Target, after int) (page []Stored, next int, err error)

	// Head describes an object. found is false when there is none; that is not an error.
	Head(ctx context.Context, to Target) (o Object, found bool, err error)

	// Delete removes an object, or that version of it; "" where the bucket has none. One that is not there is no error.
	Delete(ctx context.Context, to Target, version string) error

	// Versioned reports whether the bucket has or had versions, so that Target.Forbid counts for nothing.
	Versioned(ctx context.Context) (bool, error)

	// ListUploads lists the multipart uploads under way for exactly this key. now is the server's time, or zero.
	ListUploads(ctx context.Context, to Target) (under []Pending, now time.Time, err error)
}

// Target is what a request is about.
type Target struct {
	Bucket, Key string
	UploadID    string // of a multipart upload
	// an object that is already there is not replaced but FileAlreadyExists; see Versioned
	Forbid bool
	Header map[string]string // of the object: Content-Type, ...; goes with Put, or with Initiate and Complete
}

// Answer is what the server says of bytes that it stored.
type Answer struct {
	ETag, RequestID string
	CRC64           uint64 // ECMA
	HasCRC          bool   // false: the server did not say
	Version         string // of the object, in a bucket that has or had versions; else ""

	// the object is stored, and whoever was to be told of it was not; nil: nobody was, or he was told
	Callback *transfer.Error
}

// Object is an object on the server.
type Object struct {
	Answer
	Size int64         // bytes
	Age  time.Duration // by the server's clock; negative: it did not say

	Version string // "" in a bucket that has none
}

// Stored is a part on the server.
type Stored struct {
	Number int   // from 1
	Size   int64 // bytes
	ETag   string
}

// Pending is a multipart upload under way.
type Pending struct {
	UploadID  string
	Initiated time.Time // by the server's clock, whole seconds
}
