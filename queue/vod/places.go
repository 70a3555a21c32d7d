package vod

import (
	"context"
	"errors"
	"fmt"

	"inboxfs/queue"
	"inboxfs/queue/attribute"
	"inboxfs/queue/upload"
)

// Options is what Places is made of.
type Options struct {
	Authority Authority
	// Dial returns what sends a file to the address of its grant, signed with what session has.
	Dial func(Grant, Session) (upload.Remote, error)
}

// Places asks an Authority where each file goes. It implements upload.Places.
type Places struct{ o Options }

var _ upload.Places = (*Places)(nil)

// NewPlaces returns Places on an authority.
func NewPlaces(o Options) *Places { return &Places{o} }

// Key implements upload.Places. VOD chooses the key when the upload begins, so any name will do until then.
func (p *Places) Key(name string, _ queue.ID) (string, error) {
	if name == "" {
		return "", invalid("a file needs a name, but the name is empty")
	}
	return name, nil
}

// Place implements upload.Places: a new media, or the one of an earlier run with new credentials. A media that VOD does
// not know any more is made anew.
func (p *Places) Place(ctx context.Context, job queue.Job, attributes attribute.Set, watch queue.Watch) (upload.Place, error) {
	m := Media{ID: job.ID, File: job.Name, Size: job.Size, Params: attributes.Video()}
	if job.Resume != nil {
		m.VideoID = job.Resume.VideoID
	}
	if _, ok := p.o.Authority.(*Desk); ok {
		watch.Started("", "", "") // this is the question
	}
	g, err := p.grant(ctx, &m)
	if err != nil {
		return upload.Place{}, err
	}
	if err := watch.Created(ctx, queue.Granted{VideoID: g.VideoID, Bucket: g.Address.Bucket, Key: g.Address.Key}); err != nil {
		if ctx.Err() != nil {
			return upload.Place{}, ctx.Err()
		}
		var e *queue.Error
		if errors.As(err, &e) {
			p.refuse(m.ID)
			return upload.Place{}, err
		}
		return upload.Place{}, &queue.Error{Kind: queue.Resumable, Code: "JournalError", Err: err,
			Message: fmt.Sprintf("the video id could not be written down: %v", err)}
	}
	m.VideoID = g.VideoID
	remote, err := p.o.Dial(g, p.session(m, g))
	if err != nil {
		return upload.Place{}, &queue.Error{Kind: queue.Final, Code: "InvalidUploadAddress", Message: err.Error(), Err: err}
	}
	place := upload.Place{Remote: remote, Key: g.Address.Key, VideoID: g.VideoID}
	if d, ok := p.o.Authority.(*Desk); ok {
		place.Ended = func(uploaded bool) {
			if uploaded {
				d.Forget(m.ID)
			}
		}
	}
	return place, nil
}

// refuse forgets the answer of a user that was another file's.
func (p *Places) refuse(id queue.ID) {
	if d, ok := p.o.Authority.(*Desk); ok {
		d.Forget(id)
	}
}

// grant asks for m's address and credentials.
func (p *Places) grant(ctx context.Context, m *Media) (Grant, error) {
	if m.VideoID != "" {
		g, err := p.o.Authority.Refresh(ctx, *m)
		if !is(err, codeNoVideo) {
			return g, err
		}
		m.VideoID = ""
	}
	return p.o.Authority.Create(ctx, *m)
}

// session is the credentials of a file while it is uploaded.
func (p *Places) session(m Media, g Grant) Session {
	if d, ok := p.o.Authority.(*Desk); ok {
		return deskSession{d, m.ID}
	}
	return newRenewing(g.Auth, func(ctx context.Context) (Auth, error) {
		g, err := p.o.Authority.Refresh(ctx, m)
		return g.Auth, err
	})
}

// discarder is an Authority that can itself remove the parts of an upload.
type discarder interface {
	Discard(ctx context.Context, videoID string) error
}

// Abort implements upload.Places. The credentials with which a file was sent may have ended long ago: the API removes
// its parts by the account's own, other authorities are asked for new ones.
func (p *Places) Abort(ctx context.Context, m queue.Multipart) error {
	if m.VideoID == "" {
		return queue.ErrElsewhere
	}
	if d, ok := p.o.Authority.(discarder); ok && KindOf(m.Key) == Video {
		return d.Discard(ctx, m.VideoID)
	}
	g, err := p.aborting(ctx, m)
	if is(err, codeNoVideo) || errors.Is(err, errUnanswered) {
		return nil // VOD itself removes what lies around for a week
	}
	if err != nil {
		return err
	}
	media := Media{File: m.Key, VideoID: m.VideoID}
	g.Address.Bucket, g.Address.Key = m.Bucket, m.Key
	remote, err := p.o.Dial(g, p.session(media, g))
	if err != nil {
		return err
	}
	return remote.Abort(ctx, upload.Target{Bucket: m.Bucket, Key: m.Key, UploadID: m.UploadID})
}

func (p *Places) aborting(ctx context.Context, m queue.Multipart) (Grant, error) {
	if d, ok := p.o.Authority.(*Desk); ok {
		return d.left(m.VideoID, m.Key)
	}
	return p.o.Authority.Refresh(ctx, Media{File: m.Key, VideoID: m.VideoID})
}
