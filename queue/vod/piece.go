package vod

import (
	"context"
	"fmt"
	"maps"
	"path"
	"time"

	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
)

// A playlist and what it names are one media: VOD is asked once, for the playlist, and the others go below the prefix
// of its address with the same credentials, as with the upload SDKs for servers (uploadLocalM3u8). They do so under
// their places relative to the playlist, which stays as it is.

// shared is what the pieces of a media are sent with. Its turn is held by who asks for it.
type shared struct {
	turn    chan struct{}
	at      Address // without a Bucket: not asked for yet
	auth    Auth
	session Session
	used    time.Time // guarded by Places.mu
}

// sharedFor is how long what nobody uses is kept.
const sharedFor = time.Hour

// piece is where a piece of a media goes.
func (p *Places) piece(ctx context.Context, of transfer.Medium) (upload.Place, error) {
	s, err := p.share(ctx, of)
	if err != nil {
		return upload.Place{}, err
	}
	at := s.at
	if at.Prefix == "" { // as older answers have none
		if at.Prefix = path.Dir(at.Key) + "/"; at.Prefix == "./" {
			return upload.Place{}, &transfer.Error{Kind: transfer.Final, Code: "InvalidUploadAddress",
				Message: fmt.Sprintf("the UploadAddress of %q has no ObjectPrefix, below which what it names could go",
					of.File)}
		}
	}
	if at.Key = at.Prefix + of.Name; !isKey(at.Key) {
		return upload.Place{}, &transfer.Error{Kind: transfer.Final, Code: "InvalidObjectName",
			Message: "the name is too long below the ObjectPrefix of its playlist",
			Hint:    "shorten it, in the playlist, too"}
	}
	remote, err := p.o.Dial(Grant{VideoID: of.VideoID, Address: at, Auth: s.auth}, s.session)
	if err != nil {
		return upload.Place{}, &transfer.Error{Kind: transfer.Final, Code: "InvalidUploadAddress", Message: err.Error(),
			Err: err}
	}
	return upload.Place{Remote: remote, Key: at.Key, VideoID: transfer.PieceOf(of.VideoID)}, nil
}

// share is what all pieces of a media are sent with, asked for once.
func (p *Places) share(ctx context.Context, of transfer.Medium) (*shared, error) {
	now := time.Now()
	p.mu.Lock()
	s := p.shared[of.VideoID]
	if s == nil {
		maps.DeleteFunc(p.shared, func(_ string, s *shared) bool { return now.Sub(s.used) > sharedFor })
		s = &shared{turn: make(chan struct{}, 1)}
		p.shared[of.VideoID] = s
	}
	s.used = now
	p.mu.Unlock()
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.turn }()
	if s.at.Bucket != "" {
		return s, nil
	}
	m := Media{ID: of.ID, File: of.File, Size: of.Size, VideoID: of.VideoID}
	g, err := p.o.Authority.Refresh(ctx, m)
	if is(err, codeNoVideo) {
		return nil, goneWhole(of.VideoID)
	}
	if err != nil {
		return nil, err
	}
	s.at, s.auth, s.session = g.Address, g.Auth, p.session(m, g)
	return s, nil
}

// unshare forgets what the pieces of a media were sent with.
func (p *Places) unshare(videoID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.shared, videoID)
}

// goneWhole is the error of a file whose media VOD does not know any more, with the pieces that were there.
func goneWhole(videoID string) error {
	return &transfer.Error{Kind: transfer.Final, Code: codeNoVideo,
		Message: fmt.Sprintf(
			"VOD does not know the video %s any more, nor the segments of the playlist that were uploaded", videoID),
		Hint: "delete the playlist and its segments, then drop all of them again"}
}
