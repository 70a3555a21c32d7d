package upload

import (
	"context"

	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
)

// Place is where one file goes.
type Place struct {
	Remote  Remote
	Key     string              // of the object
	VideoID string              // VOD's id of the media; "" on plain OSS
	Ended   func(uploaded bool) // called when the run has ended, unless it is nil
}

// Places says where files go. Errors are *transfer.Error, or ctx's when it ended.
type Places interface {
	// Key is the object key that a drop called name gets, as far as that is known before it is uploaded, or why it
	// cannot have one.
	Key(name string, id transfer.ID) (string, error)

	// Place is asked at the beginning of each run. One that goes on with a multipart upload, or a video, (job.Resume)
	// stays where it was if that is possible. attributes is what is said of the file. Place may wait, and tells watch
	// what it has done that must not be forgotten.
	Place(ctx context.Context, job transfer.Job, attributes attribute.Set, watch transfer.Watch) (Place, error)

	// Reach is the bucket to which m was sent, to ask it for the object.
	Reach(ctx context.Context, m transfer.Multipart) (Remote, error)

	// Abort removes a multipart upload that was begun at one of the places. One that is not there is NoSuchUpload.
	Abort(ctx context.Context, m transfer.Multipart) error

	// Clear removes all multipart uploads at the place of a video, to which nobody sends any more. ErrNotOurs: whoever
	// made the video has to.
	Clear(ctx context.Context, m transfer.Multipart) error
}
