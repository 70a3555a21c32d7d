package vod

import "context"

// Authority gives leave to upload. It is the VOD API, a program, or a user who answers through control. Errors are
// *transfer.Error, or ctx's when it ended.
type Authority interface {
	// Create makes a new media and says where its file goes.
	Create(ctx context.Context, m Media) (Grant, error)

	// Refresh gives new credentials for m.VideoID, whose file goes where it went. InvalidVideo.NotFound: there is no
	// such media any more.
	Refresh(ctx context.Context, m Media) (Grant, error)
}
