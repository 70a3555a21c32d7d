package oss

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
)

// purse has the current credentials, and makes others when those were refused.
type purse struct {
	make func(n int) Credentials

	mu      sync.Mutex // guards the rest
	n       int
	current Credentials
	refused int
}

func (p *purse) options(o *Options) {
	p.renew()
	o.Credentials = func(context.Context) (Credentials, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.current, nil
	}
	o.Rejected = func(_ context.Context, c Credentials) bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.refused++
		if c == p.current {
			p.n++
			p.current = p.make(p.n)
		}
		return true
	}
}

func (p *purse) renew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	p.current = p.make(p.n)
}

// A hundred parts meet a hundred renewals: nothing fails, nothing is counted as a try, and every part goes once more at
// most for each key that it met.
func TestRenewalsRaceParts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const size = 100 * part
	p := &purse{}
	var b bench
	var server sync.WaitGroup
	p.make = func(n int) Credentials {
		c := Credentials{fmt.Sprintf("STS.%d", n), secret, token}
		if b.Running != nil {
			b.AddKey(c.AccessKeyID, c.AccessKeySecret, c.SecurityToken, time.Now().Add(3*time.Millisecond))
		}
		return c
	}
	b = start(t, p.options)
	p.renew()
	job, data := file(t, size)
	ctx, cancel := context.WithCancel(t.Context())
	server.Go(func() { // and others renew all the time
		for range 100 {
			select {
			case <-time.After(2 * time.Millisecond):
				p.renew()
			case <-ctx.Done():
				return
			}
		}
	})
	w := &watcher{}
	u := upload.New(b.remote, upload.Options{PartSize: part, Parts: 8, MaxTries: 1, BackoffBase: time.Millisecond})
	res, err := u.Upload(t.Context(), job, w)
	cancel()
	server.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.stored(t, res.Key), data) {
		t.Error("another object")
	}
	if len(w.retries) != 0 {
		t.Errorf("%d retries, the first: %v", len(w.retries), w.retries[0])
	}
	refused := 0
	for _, r := range b.Requests() {
		if r.Status == http.StatusForbidden {
			refused++
		}
	}
	if n := b.actions(); n["UploadPart"] > 100+refused || n["InitiateMultipartUpload"]+n["CompleteMultipartUpload"] > 2+
		refused {
		t.Errorf("requests: %v, %d of them refused", n, refused)
	}
	if refused == 0 || refused != p.refused {
		t.Errorf("%d were refused, the purse heard of %d", refused, p.refused)
	}
}

// Each request is made again with what came in the place of the old credentials, and not when nothing did.
func TestEachRequestIsMadeAgain(t *testing.T) {
	t.Parallel()
	var b bench
	p := &purse{make: func(n int) Credentials { return Credentials{"STS.old", secret, token} }}
	b = start(t, p.options)
	p.make = func(int) Credentials { return Credentials{keyID, secret, token} }
	old := func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.current = Credentials{"STS.old", secret, token}
	}
	b.AddKey("STS.old", secret, token, time.Now().Add(-time.Hour))
	to := object
	for what, request := range map[string]func() error{
		"initiate": func() (err error) { to.UploadID, err = b.remote.Initiate(t.Context(), object); return err },
		"uploads":  func() error { _, _, err := b.remote.ListUploads(t.Context(), object); return err },
	} {
		old()
		if err := request(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, request := range map[string]func() error{
		"put": func() error {
			_, err := b.remote.Put(t.Context(), object, bytes.NewReader([]byte("x")),
				1)
			return err
		},
		"part": func() error {
			_, err := b.remote.UploadPart(t.Context(), to, 1, bytes.NewReader([]byte("x")), 1)
			return err
		},
	} { // their bodies are spent, so who has them makes them again
		old()
		if err := request(); !errors.Is(err, upload.ErrRenewed) {
			t.Errorf("%s: %v", what, err)
		}
		if err := request(); err != nil {
			t.Errorf("%s with the new ones: %v", what, err)
		}
	}
	for _, request := range []func() error{
		func() error { _, _, err := b.remote.ListParts(t.Context(), to, 0); return err },
		func() error { return b.remote.Abort(t.Context(), to) },
	} {
		old()
		if err := request(); err != nil {
			t.Error(err)
		}
	}
	b = start(t, func(o *Options) { o.Rejected = func(context.Context, Credentials) bool { return false } })
	b.AddKey(keyID, secret, token, time.Now().Add(-time.Hour))
	_, err := b.remote.Initiate(t.Context(), object)
	if as(t, err, transfer.Renew, "SecurityTokenExpired"); errors.Is(err, upload.ErrRenewed) {
		t.Error("there are others, it says")
	}
}

// Any answer tells the server's time, and what is not OSS tells nothing.
func TestServersTime(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		off   time.Duration
		known bool
	}{"right": {time.Second, true}, "an hour behind us": {-time.Hour, true}, "a year": {365 * 24 * time.Hour, false}} {
		id := "R"
		remote := handler(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				t.Error("signed")
			}
			w.Header().Set("Date", time.Now().Add(c.off).UTC().Format(http.TimeFormat))
			w.Header().Set("x-oss-request-id", id)
			w.WriteHeader(http.StatusForbidden)
		}, nil)
		if _, known := remote.Time(); known {
			t.Error("known before anybody said so")
		}
		if err := remote.AskTime(t.Context()); err != nil {
			t.Error(err)
		}
		now, known := remote.Time()
		if known != c.known {
			t.Errorf("%s: known %v", what, known)
		}
		if off := time.Until(now) - c.off; known && off.Abs() > 5*time.Second {
			t.Errorf("%s: wrong by %v", what, off)
		}
		if d := remote.clock.Date(); d != "" {
			t.Errorf("requests are dated %s", d)
		}
		if id = ""; remote.AskTime(t.Context()) == nil {
			t.Error("a proxy's time is believed")
		}
	}
	b := start(t, nil)
	if _, err := b.remote.Initiate(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	if now, known := b.remote.Time(); !known || time.Since(now).Abs() > 5*time.Second {
		t.Errorf("after a request: %v, %v", now, known)
	}
}
