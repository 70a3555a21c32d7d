package vod

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"inboxfs/queue/transfer"
)

// Desk is the user as an Authority: the queue says OnUploadStarted, and the answer is written to control. An answer may
// also come before it is asked for.
//
//	Create ── none yet ──► Answer(id, grant)      setUploadAuthAndAddress
//	Refresh ─ none yet ──► Renew(id, auth)        resumeUploadWithAuth, or Answer
//
// Nothing waits here: a file without an answer is asked for again when that has come (transfer.Asks).
//
// An answer is good for as long as its file is not uploaded, and is used again until its time is over, the server says
// that it is, or its video is given up: what a file has after it was overwritten gets another.
type Desk struct {
	now func() time.Time

	mu      sync.Mutex // guards the rest
	answers map[transfer.ID]*answer
}

// answer is what is known of one file; grant is nil until it was answered, and spent once its auth is of no use.
type answer struct {
	grant   *Grant
	spent   bool
	givenUp bool // its video is; only what was sent there is aborted with it
	asked   bool // for it, and there was no answer since
}

// NewDesk returns a desk; now nil is time.Now.
func NewDesk(now func() time.Time) *Desk {
	if now == nil {
		now = time.Now
	}
	return &Desk{now: now, answers: make(map[transfer.ID]*answer)}
}

var _ Authority = (*Desk)(nil)

// Create implements Authority: without an answer its error is of the kind Asks. One that is over already is an expiry.
func (d *Desk) Create(_ context.Context, m Media) (Grant, error) { return d.ask(m.ID, "") }

// Refresh implements Authority. An answer for another video is none to this question.
func (d *Desk) Refresh(_ context.Context, m Media) (Grant, error) { return d.ask(m.ID, m.VideoID) }

func (d *Desk) ask(id transfer.ID, videoID string) (Grant, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.atLocked(id)
	if a.asked = true; a.grant == nil || a.givenUp {
		return Grant{}, unanswered()
	}
	if !d.goodLocked(a) {
		return Grant{}, authExpired() // the user was asked before, and must know that another is needed
	}
	if videoID != "" && a.grant.VideoID != "" && a.grant.VideoID != videoID {
		return Grant{}, unanswered()
	}
	a.asked = false
	return *a.grant, nil
}

// unanswered is the error of a file that waits for its answer.
func unanswered() error {
	return &transfer.Error{Kind: transfer.Asks, Code: codeNoAuth, Message: "nobody has said yet where this file goes",
		Hint: "say it by setUploadAuthAndAddress"}
}

// Current is the auth of a file for one more request, or an expiry: then the queue waits, as the user must act.
func (d *Desk) Current(id transfer.ID) (Auth, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.answers[id]
	if a == nil || !d.goodLocked(a) {
		return Auth{}, authExpired()
	}
	return a.grant.Auth, nil
}

func authExpired() error {
	return &transfer.Error{Kind: transfer.Renew, Code: codeAuthExpired,
		Message: "the UploadAuth of this file has expired", Err: transfer.ErrKeyExpired,
		Hint: "give it a new one by resumeUploadWithAuth"}
}

// Rejected says that the server takes the auth with this access key id for expired. It is of no use any more, unless
// there is a newer one by now.
func (d *Desk) Rejected(id transfer.ID, accessKeyID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a := d.answers[id]; a != nil && a.grant != nil && a.grant.Auth.AccessKeyID == accessKeyID {
		a.spent = true
	}
}

// Answer gives a file its address and auth (setUploadAuthAndAddress).
func (d *Desk) Answer(id transfer.ID, g Grant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.atLocked(id).setLocked(g)
}

// Renew gives a file a new auth for the address that it has (resumeUploadWithAuth).
func (d *Desk) Renew(id transfer.ID, auth Auth) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.answers[id]
	if a == nil || a.grant == nil {
		return fmt.Errorf("%w: the address of this file is not known: "+
			"write setUploadAuthAndAddress AUTH ADDRESS VIDEOID NAME", transfer.ErrInvalid)
	}
	g := *a.grant
	g.Auth = auth
	a.setLocked(g)
	return nil
}

// Holders is the files whose answers have this auth, or go to this address.
func (d *Desk) Holders(auth Auth, to Address) (ids []transfer.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, a := range d.answers {
		if a.grant != nil && (a.grant.Auth.AccessKeyID == auth.AccessKeyID || a.grant.Address == to) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Waiting is the files that wait for an answer, or whose auth has expired.
func (d *Desk) Waiting() (ids []transfer.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, a := range d.answers {
		if a.asked || a.grant != nil && !d.goodLocked(a) {
			ids = append(ids, id)
		}
	}
	return ids
}

// giveUp has no file take up a video again by the answer that it has: another one is waited for.
func (d *Desk) giveUp(videoID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.answers {
		if a.grant != nil && a.grant.VideoID == videoID {
			a.givenUp = true
		}
	}
}

// Forget drops what is known of a file that is uploaded, or gone.
func (d *Desk) Forget(id transfer.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.answers, id)
}

// goodLocked reports whether a file has an auth that may still be used.
func (d *Desk) goodLocked(a *answer) bool {
	return a.grant != nil && !a.spent && (a.grant.Auth.Expires.IsZero() || d.now().Before(a.grant.Auth.Expires))
}

// errUnanswered says that nobody has given an auth for what is to be aborted.
var errUnanswered = errors.New("no auth is known for this upload")

// left is the grant of a video that is given up, should its auth still be good.
func (d *Desk) left(videoID, key string) (Grant, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.answers {
		if d.goodLocked(a) && a.grant.Address.Key == key && a.grant.VideoID == videoID {
			return *a.grant, nil
		}
	}
	return Grant{}, errUnanswered
}

func (d *Desk) atLocked(id transfer.ID) *answer {
	a := d.answers[id]
	if a == nil {
		a = &answer{}
		d.answers[id] = a
	}
	return a
}

func (a *answer) setLocked(g Grant) {
	a.grant, a.spent, a.givenUp, a.asked = &g, false, false, false
}
