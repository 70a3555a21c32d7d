package vod

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
	"inboxfs/queue/verdict"
)

// Options is what Places is made of.
type Options struct {
	Authority Authority
	// Dial returns what sends a file to the address of its grant, signed with what session has.
	Dial func(Grant, Session) (upload.Remote, error)
}

// Places asks an Authority where each file goes. It implements upload.Places.
type Places struct {
	o Options

	mu     sync.Mutex         // guards the rest
	kept   map[string]Grant   // by video id, of what cannot be refreshed
	shared map[string]*shared // by video id: what the pieces of a medium are sent with
}

var _ upload.Places = (*Places)(nil)

// NewPlaces returns Places on an authority.
func NewPlaces(o Options) *Places {
	return &Places{o: o, kept: make(map[string]Grant), shared: make(map[string]*shared)}
}

// Key implements upload.Places. VOD chooses the key when the upload begins, so any name will do until then.
func (p *Places) Key(name string, _ transfer.ID) (string, error) {
	if name == "" {
		return "", invalid("a file needs a name, but the name is empty")
	}
	return name, nil
}

// Place implements upload.Places: a new media, or the one of an earlier run with new credentials. A media that VOD does
// not know any more is made anew.
func (p *Places) Place(ctx context.Context, job transfer.Job, attributes attribute.Set, watch transfer.Watch) (
	upload.Place, error) {
	if job.Medium != nil {
		return p.piece(ctx, *job.Medium)
	}
	m := Media{ID: job.ID, File: job.Name, Size: job.Size, Params: attributes.Video()}
	if job.Resume != nil {
		m.VideoID = job.Resume.VideoID
	}
	if _, ok := p.o.Authority.(*Desk); ok {
		watch.Started("", "", "") // this is the question
	}
	if err := p.announce(ctx, &m, watch); err != nil {
		return upload.Place{}, err
	}
	if transfer.Asked(m.VideoID) { // which nobody can find
		m.VideoID = ""
	}
	g, err := p.grant(ctx, &m, job.Laid)
	if err != nil {
		if unsaid := p.refused(ctx, m, err, watch); unsaid != nil {
			err = errors.Join(err, unsaid)
		}
		return upload.Place{}, err
	}
	made, cancel := outlive(ctx) // should ctx have ended, what was made must not be forgotten
	defer cancel()
	if err := p.noted(ctx, m.ID, watch.Created(made, transfer.Granted{VideoID: g.VideoID, Bucket: g.Address.Bucket,
		Key: g.Address.Key})); err != nil {
		return upload.Place{}, err
	}
	p.keep(m, g)
	m.VideoID = g.VideoID
	remote, err := p.o.Dial(g, p.session(m, g))
	if err != nil {
		return upload.Place{}, &transfer.Error{Kind: transfer.Final, Code: "InvalidUploadAddress", Message: err.Error(),
			Err: err}
	}
	return upload.Place{Remote: remote, Key: g.Address.Key, VideoID: g.VideoID, Ended: func(uploaded bool) {
		if uploaded {
			p.refuse(m.ID, m.VideoID)
			p.unshare(m.VideoID)
		}
	}}, nil
}

// announce has it written down by which name VOD will find a new video, should its answer be lost, or we be killed
// before we have its id.
func (p *Places) announce(ctx context.Context, m *Media, watch transfer.Watch) error {
	if name, ok := transfer.Reference(m.VideoID); ok {
		m.Name = name
		return nil
	}
	_, ours := p.o.Authority.(remover)
	if _, kept := p.again(m.VideoID); !ours || kept || KindOf(m.File) == Video && m.VideoID != "" {
		return nil
	}
	name := rand.Text()
	if KindOf(m.File) != Video { // it is asked for anew, whatever was made before
		return p.noted(ctx, m.ID, watch.Created(ctx, transfer.Granted{VideoID: transfer.ByQuestion(name)}))
	}
	m.Name = name
	return p.noted(ctx, m.ID, watch.Created(ctx, transfer.Granted{VideoID: transfer.ByReference(name)}))
}

// refused takes back that a picture or the like may have been made, where VOD has refused that, or was not reached.
func (p *Places) refused(ctx context.Context, m Media, err error, watch transfer.Watch) error {
	if _, ours := p.o.Authority.(remover); !ours || KindOf(m.File) == Video || perhapsMade(err) {
		return nil
	}
	longer, cancel := outlive(ctx)
	defer cancel()
	return p.noted(longer, m.ID, watch.Created(longer, transfer.Granted{}))
}

// perhapsMade reports whether a question may have been carried out, although err came of it.
func perhapsMade(err error) bool {
	var e *transfer.Error
	switch {
	case verdict.Unsent(err):
		return false
	case errors.As(err, &e):
		return e.Kind == transfer.Resumable && e.RequestID == "" && e.Code != "CredentialsError"
	}
	return true
}

// noted is the error of what Created was told.
func (p *Places) noted(ctx context.Context, id transfer.ID, err error) error {
	var e *transfer.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &e):
		p.refuse(id, "")
		return err
	}
	return &transfer.Error{Kind: transfer.Resumable, Code: "JournalError", Err: err,
		Message: fmt.Sprintf("the video id could not be written down: %v", err)}
}

// keep remembers the grant of a media that cannot be refreshed, for the next run of its file. Those that are over go.
func (p *Places) keep(m Media, g Grant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.kept, func(_ string, g Grant) bool { return over(g.Auth) })
	if KindOf(m.File) != Video && !g.Auth.Expires.IsZero() && g.VideoID != "" {
		p.kept[g.VideoID] = g
	}
}

// again is the grant that an earlier run had, if it is of use still.
func (p *Places) again(videoID string) (Grant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.kept[videoID]
	return g, ok && !over(g.Auth)
}

func over(a Auth) bool { return !time.Now().Before(a.Expires) }

// refuse forgets what was given for a file: it was another's, or is of no use any more.
func (p *Places) refuse(id transfer.ID, videoID string) {
	p.mu.Lock()
	delete(p.kept, videoID)
	p.mu.Unlock()
	if d, ok := p.o.Authority.(*Desk); ok {
		d.Forget(id)
	}
}

// grant asks for m's address and credentials. laid: pieces of it are there, which another media would not have.
func (p *Places) grant(ctx context.Context, m *Media, laid bool) (Grant, error) {
	if g, ok := p.again(m.VideoID); ok {
		return g, nil
	}
	// VOD was to make it, and would have been asked by us
	if _, ours := p.o.Authority.(remover); !ours && m.Name != "" {
		m.VideoID = ""
	}
	if m.VideoID != "" {
		g, err := p.o.Authority.Refresh(ctx, *m)
		// A video that was made perhaps is asked for again by the name that it would have: then there is one, whatever
		// came of the first question.
		if _, maybe := transfer.Reference(m.VideoID); !is(err, codeNoVideo) && !(maybe && doubtful(err)) {
			return g, err
		}
		switch {
		case laid && !is(err, codeNoVideo):
			return g, unsure(err) // the segments below its prefix are of no use to another
		case laid:
			return g, goneWhole(m.VideoID)
		}
		m.VideoID, m.Instead = "", m.VideoID
	}
	longer, cancel := outlive(ctx) // a media whose id nobody hears lies around for ever
	defer cancel()
	return p.o.Authority.Create(longer, *m)
}

// lastWord is how long an answer is waited for that names what was made, when the file has been called off.
const lastWord = 2 * time.Second

// outlive returns a context that ends so much later than ctx.
func outlive(ctx context.Context) (longer context.Context, cancel func()) {
	longer, end := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(lastWord, end) })
	return longer, func() { stop(); end() }
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

// remover is an Authority that made the media itself, and can remove them, and the parts of an upload.
type remover interface {
	Discard(ctx context.Context, videoID string) error
	Remove(ctx context.Context, videoID string, kind Kind) error
	// Empty reports whether nothing was uploaded of a video. It is not when there is no such video.
	Empty(ctx context.Context, videoID string) (bool, error)
}

// Abort implements upload.Places. The credentials with which a file was sent may have ended long ago: the API removes
// its parts by the account's own, other authorities are asked for new ones.
func (p *Places) Abort(ctx context.Context, m transfer.Multipart) error {
	if m.VideoID == "" {
		return transfer.ErrElsewhere
	}
	if whole, is := transfer.Whole(m.VideoID); is {
		m.VideoID = whole
		return p.abort(ctx, m)
	}
	ours, ok := p.o.Authority.(remover)
	switch {
	case transfer.Asked(m.VideoID):
		return &transfer.Error{Kind: transfer.Final, Code: codeNoAuth, Err: transfer.ErrNotOurs,
			Message: "VOD was asked to make a medium for this file, and its answer was lost: if it has made one, " +
				"nobody knows its id; look for it in the VOD console, by its title and time"}
	case ok && m.UploadID == "" && m.Given:
		return removeGiven(ctx, ours, m)
	case ok && m.UploadID == "":
		return ours.Remove(ctx, m.VideoID, KindOf(m.Key))
	case m.UploadID == "":
		return p.leave(ctx, m)
	case ok && !m.Given && KindOf(m.Key) == Video:
		return ours.Discard(ctx, m.VideoID)
	}
	return p.abort(ctx, m)
}

// removeGiven removes a video that somebody else made, unless he has a use for it by now. Of other media VOD does not
// say that in the same way, so they are left to him.
func removeGiven(ctx context.Context, ours remover, m transfer.Multipart) error {
	if KindOf(m.Key) != Video {
		return transfer.ErrNotOurs
	}
	empty, err := ours.Empty(ctx, m.VideoID)
	if err != nil || !empty {
		return err
	}
	return ours.Remove(ctx, m.VideoID, Video)
}

// leave aborts what was sent to a media that somebody else made, and has to remove: also a multipart upload whose id
// nobody heard. At a place that VOD made for one file all is ours, as long as it is not known to be another's.
//
// From here on no file is sent there by an answer of before: whoever made the media is about to be told to remove it.
func (p *Places) leave(ctx context.Context, m transfer.Multipart) error {
	if d, ok := p.o.Authority.(*Desk); ok {
		d.giveUp(m.VideoID)
	}
	if m.Given {
		return transfer.ErrNotOurs
	}
	if gone, err := p.empty(ctx, m); gone || err != nil {
		return err
	}
	return transfer.ErrNotOurs
}

// Clear implements upload.Places.
func (p *Places) Clear(ctx context.Context, m transfer.Multipart) error {
	whole, piece := transfer.Whole(m.VideoID)
	if piece {
		m.VideoID = whole
	}
	if ours, ok := p.o.Authority.(remover); ok && (piece || KindOf(m.Key) == Video) {
		return ours.Discard(ctx, m.VideoID)
	}
	_, err := p.empty(ctx, m)
	return err
}

// empty aborts all that was begun at the place of a media, with the credentials for that. gone: there is no such media
// any more. Where that cannot be done the error is ErrNotOurs.
func (p *Places) empty(ctx context.Context, m transfer.Multipart) (gone bool, err error) {
	g, err := p.aborting(ctx, m)
	var e *transfer.Error
	switch {
	case err == nil:
	case is(err, codeNoVideo) && KindOf(m.Key) == Video:
		return true, nil
	case ctx.Err() != nil, errors.As(err, &e) && e.Kind == transfer.Resumable && e.Code != codeNoVideo:
		return false, err
	default: // there are no credentials
		return false, transfer.ErrNotOurs
	}
	remote, err := p.o.Dial(g, newRenewing(g.Auth, func(context.Context) (Auth, error) {
		return Auth{},
			authExpired()
	}))
	if err != nil {
		return false, transfer.ErrNotOurs
	}
	to := upload.Target{Bucket: m.Bucket, Key: m.Key}
	if to.Bucket == "" { // of a video whose place nobody wrote down
		to = upload.Target{Bucket: g.Address.Bucket, Key: g.Address.Key}
	}
	open, _, err := remote.ListUploads(ctx, to)
	for _, u := range open {
		to.UploadID = u.UploadID
		if aborting := remote.Abort(ctx, to); err == nil {
			err = aborting
		}
	}
	switch {
	case err == nil, ctx.Err() != nil, errors.As(err, &e) && e.Kind == transfer.Resumable:
		return false, err
	}
	return false, fmt.Errorf("%w, or VOD does after a week: the credentials of an upload may not look for it",
		transfer.ErrNotOurs)
}

// abort aborts one multipart upload with the credentials of its media.
func (p *Places) abort(ctx context.Context, m transfer.Multipart) error {
	remote, err := p.Reach(ctx, m)
	_, ours := p.o.Authority.(remover)
	switch {
	case is(err, codeNoVideo) && !ours && KindOf(m.Key) != Video: // it is there, and its credentials are gone
		return fmt.Errorf("%w, or VOD does after a week: its credentials are gone", transfer.ErrNotOurs)
	case is(err, codeNoVideo):
		return nil // it went with the media
	case errors.Is(err, errUnanswered):
		return fmt.Errorf("%w, or VOD does after a week: %w", transfer.ErrNotOurs, errUnanswered)
	case err != nil:
		return err
	}
	return remote.Abort(ctx, upload.Target{Bucket: m.Bucket, Key: m.Key, UploadID: m.UploadID})
}

// Reach implements upload.Places.
func (p *Places) Reach(ctx context.Context, m transfer.Multipart) (upload.Remote, error) {
	if whole, is := transfer.Whole(m.VideoID); is {
		m.VideoID = whole
	}
	if m.VideoID == "" {
		return nil, transfer.ErrElsewhere
	}
	g, err := p.aborting(ctx, m)
	if errors.Is(err, errUnanswered) {
		return nil, fmt.Errorf("%w: %w", transfer.ErrElsewhere, err)
	}
	if err != nil {
		return nil, err
	}
	g.Address.Bucket, g.Address.Key = m.Bucket, m.Key
	if _, ok := p.o.Authority.(*Desk); ok { // of a file that may have another answer by now
		return p.o.Dial(g, newRenewing(g.Auth, func(context.Context) (Auth, error) { return Auth{}, authExpired() }))
	}
	return p.o.Dial(g, p.session(Media{File: m.Key, VideoID: m.VideoID}, g))
}

func (p *Places) aborting(ctx context.Context, m transfer.Multipart) (Grant, error) {
	if g, ok := p.again(m.VideoID); ok {
		return g, nil
	}
	if d, ok := p.o.Authority.(*Desk); ok {
		return d.left(m.VideoID, m.Key)
	}
	return p.o.Authority.Refresh(ctx, Media{File: m.Key, VideoID: m.VideoID})
}
