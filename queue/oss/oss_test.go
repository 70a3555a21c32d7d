package oss

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
)

const (
	bucket = "drops"
	keyID  = "STS.KeyIdForTests"
	secret = "SecretForTests"
	token  = "TokenForTests"
	part   = 100 << 10
)

// bench is a development endpoint with a bucket, and a Remote for it.
type bench struct {
	*ossdev.Running
	remote *Remote
}

func start(t testing.TB, change func(*Options)) bench {
	t.Helper()
	return startAt(t, ossdev.Options{}, change)
}

func startAt(t testing.TB, at ossdev.Options, change func(*Options)) bench {
	t.Helper()
	at.Dir = t.TempDir()
	server, err := ossdev.Start("", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	server.AddKey(keyID, secret, token, time.Time{})
	if err := server.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	o := Options{Endpoint: server.URL, Region: "cn-hangzhou", Bucket: bucket, Credentials: fixed(keyID, secret, token)}
	if change != nil {
		change(&o)
	}
	remote, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remote.Close)
	return bench{server, remote}
}

func fixed(id, secret, token string) func(context.Context) (Credentials, error) {
	return func(context.Context) (Credentials, error) { return Credentials{id, secret, token}, nil }
}

// uploader has small parts and short waits.
func (b bench) uploader() *upload.Uploader {
	return upload.New(b.remote, upload.Options{PartSize: part, Parts: 3, BackoffBase: time.Millisecond,
		BackoffCap: 10 * time.Millisecond,
		Grace:      200 * time.Millisecond})
}

// actions counts the requests by action.
func (b bench) actions() map[string]int {
	n := make(map[string]int)
	for _, r := range b.Requests() {
		n[r.Action]++
	}
	return n
}

// stored is the content of an object.
func (b bench) stored(t *testing.T, key string) []byte {
	t.Helper()
	path, _, ok := b.Object(bucket, key)
	if !ok {
		t.Fatalf("no object %q", key)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func file(t testing.TB, size int) (transfer.Job, []byte) {
	t.Helper()
	data := make([]byte, size)
	x := uint32(size) + 1
	for i := range data {
		x = x*1664525 + 1013904223
		data[i] = byte(x >> 24)
	}
	path := filepath.Join(t.TempDir(), "a.mp4")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return transfer.Job{ID: 1, Name: "clips/ä b+%.mp4", Path: path, Size: int64(size)}, data
}

// watcher keeps what a journal would.
type watcher struct {
	onAck func(transfer.Part)

	mu      sync.Mutex // guards the rest
	m       *transfer.Multipart
	retries []*transfer.Error
	lost    int
}

func (w *watcher) Created(context.Context, transfer.Granted) error { return nil }
func (w *watcher) Started(_, _, _ string)                          {}

func (w *watcher) Lost(transfer.Lost) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost++
}

func (w *watcher) Initiating(context.Context, transfer.Lost) (func(), error) { return func() {}, nil }

func (w *watcher) Initiated(_ context.Context, m transfer.Multipart) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.m = &m
	return nil
}

func (w *watcher) Left(transfer.Multipart) {}

func (w *watcher) Sending(context.Context, string, string) error { return nil }
func (w *watcher) NotMade()                                      {}
func (w *watcher) Unheard(uint64)                                {}
func (w *watcher) Outlived(uint64) (context.Context, func(transfer.Outcome)) {
	return context.Background(), func(transfer.Outcome) {}
}

func (w *watcher) Acked(p transfer.Part, _ int) {
	w.mu.Lock()
	if w.m != nil {
		w.m.Parts = append(w.m.Parts, p)
	}
	w.mu.Unlock()
	if w.onAck != nil {
		w.onAck(p)
	}
}

func (w *watcher) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.m = nil
}

func (w *watcher) Retry(err *transfer.Error, _ int, _ time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.retries = append(w.retries, err)
}

func as(t *testing.T, err error, kind transfer.Kind, code string) *transfer.Error {
	t.Helper()
	var e *transfer.Error
	if !errors.As(err, &e) || e.Kind != kind || code != "" && e.Code != code {
		t.Fatalf("error = %#v (%v), want kind %d code %s", err, err, kind, code)
	}
	return e
}

// handler serves what h says and returns a Remote for it.
func handler(t *testing.T, h http.HandlerFunc, change func(*Options)) *Remote {
	t.Helper()
	o := Options{Endpoint: serve(t, h), Region: "cn-hangzhou", Bucket: bucket, Credentials: fixed(keyID, secret, token)}
	if change != nil {
		change(&o)
	}
	remote, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remote.Close)
	return remote
}
