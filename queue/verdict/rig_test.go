package verdict_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inboxfs/queue"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/oss"
	"inboxfs/queue/ossdev"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
	"inboxfs/queue/vod"
)

const (
	bucket = "table"
	keyID  = "key-for-tests"
	secret = "secret-for-tests"
	part   = 100 << 10 // bytes
)

// rig is a whole queue, from the spool to the endpoint, without a mount.
type rig struct {
	*queue.Queue
	t        *testing.T
	dir      string
	server   *ossdev.Running
	uploader *upload.Uploader
}

// open starts an endpoint and a queue that uploads to it; to VOD, if media is true. token signs with the key, "" is
// none.
func open(t *testing.T, token string, media bool, set ...func(*upload.Options)) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir()}
	var err error
	if r.server, err = ossdev.Start("", ossdev.Options{Dir: filepath.Join(r.dir, "objects"),
		FastETag: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.server.Close(); err != nil {
			t.Error(err)
		}
	})
	r.server.AddKey(keyID, secret, token, time.Time{})
	if err := r.server.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	o := upload.Options{PartSize: part, Parts: 2, BackoffBase: time.Millisecond, BackoffCap: 5 * time.Millisecond,
		Grace: time.Second}
	for _, s := range set {
		s(&o)
	}
	if media {
		r.uploader = upload.NewVia(vod.NewPlaces(vod.Options{Authority: r.api(token), Dial: r.dial}), o)
	} else {
		r.uploader = upload.New(r.bucket(r.server.URL, bucket, "cn-hangzhou", func(context.Context) (oss.Credentials,
			error) {
			return oss.Credentials{AccessKeyID: keyID, AccessKeySecret: secret, SecurityToken: token}, nil
		}), o)
	}
	r.start()
	return r
}

func (r *rig) start() {
	r.t.Helper()
	must := func(err error) {
		r.t.Helper()
		if err != nil {
			r.t.Fatal(err)
		}
	}
	inbox := filepath.Join(r.dir, "inbox")
	must(os.Mkdir(inbox, 0o755))
	log := slog.New(slog.DiscardHandler)
	j, recovered, err := queue.Recover(filepath.Join(r.dir, "journal.db"), log)
	must(err)
	events, err := eventlog.Open(filepath.Join(r.dir, "events.log"), eventlog.Options{})
	must(err)
	rules, err := names.Compile(nil, nil)
	must(err)
	r.Queue, err = queue.New(queue.Options{Inbox: inbox, Journal: j, Events: events, Uploader: r.uploader, Names: rules,
		Files:  16,
		Settle: time.Millisecond, RelaySettle: time.Millisecond, Start: true, Log: log}, recovered)
	must(err)
	r.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(r.Shutdown(ctx), j.Close(), events.Close()); err != nil {
			r.t.Error(err)
		}
	})
	must(r.Mounted(""))
}

func (r *rig) bucket(endpoint, name, region string, credentials func(context.Context) (oss.Credentials,
	error)) *oss.Remote {
	remote, err := oss.New(oss.Options{Endpoint: endpoint, Region: region, Bucket: name, Credentials: credentials,
		Parallelism: 64})
	if err != nil {
		r.t.Error(err)
		return nil
	}
	r.t.Cleanup(remote.Close)
	return remote
}

func (r *rig) api(token string) *vod.API {
	r.t.Helper()
	a, err := vod.NewAPI(vod.APIOptions{Endpoint: r.server.URL, Key: func(context.Context) (vod.Key, error) {
		return vod.Key{AccessKeyID: keyID, AccessKeySecret: secret, SecurityToken: token}, nil
	}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(a.Close)
	return a
}

func (r *rig) dial(g vod.Grant, s vod.Session) (upload.Remote, error) {
	return r.bucket(g.Address.Endpoint, g.Address.Bucket, g.Auth.Region, func(ctx context.Context) (oss.Credentials,
		error) {
		a, err := s.Auth(ctx)
		return oss.Credentials{AccessKeyID: a.AccessKeyID, AccessKeySecret: a.AccessKeySecret,
			SecurityToken: a.SecurityToken}, err
	}), nil
}

// content is what a file of that name and size holds.
func content(name string, size int) []byte {
	return bytes.Repeat([]byte(name+"\n"), size/(len(name)+1)+1)[:size]
}

// drop does what the filesystem does for cp.
func (r *rig) drop(name string, size int) transfer.ID {
	r.t.Helper()
	return r.copy(name, content(name, size))
}

func (r *rig) copy(name string, data []byte) transfer.ID {
	r.t.Helper()
	id := r.Open(name, true)
	path := filepath.Join(r.dir, "inbox", name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		r.t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Close(id, queue.Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	return id
}

// ended waits until nothing is left to upload.
func (r *rig) ended() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	if err := r.WaitAll(ctx); err != nil && !errors.Is(err, transfer.ErrEnded) {
		r.t.Fatalf("%v: %v", err, r.Summary())
	}
}

// until waits for something that comes in its own time.
func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("waited in vain until %s: %v", what, r.Summary())
		}
	}
}

// state waits until the file is in a state.
func (r *rig) state(name string, want list.State) list.Info {
	r.t.Helper()
	var info list.Info
	r.until(name+" is "+want.String(), func() bool {
		info, _ = r.Status(name)
		return info.State == want
	})
	return info
}

// kept reports whether this lies in the spool as it was dropped.
func (r *rig) kept(name string, want []byte) bool {
	data, err := os.ReadFile(filepath.Join(r.dir, "inbox", name))
	return err == nil && bytes.Equal(data, want)
}

// arrived fails unless the file's object is the file.
func (r *rig) arrived(name string, size int) list.Info {
	r.t.Helper()
	info := r.state(name, list.Success)
	if !r.stored(info.Bucket, info.Key, content(name, size)) {
		r.t.Errorf("%s: the object is not the file", name)
	}
	return info
}

// stored reports whether this is an object.
func (r *rig) stored(bucket, key string, want []byte) bool {
	object, _, ok := r.server.Object(bucket, key)
	if !ok {
		return false
	}
	data, err := os.ReadFile(object)
	return err == nil && bytes.Equal(data, want)
}

// requests is the requests of one action for one object, in the order of their answers.
func (r *rig) requests(action, key string) (all []ossdev.Request) {
	for _, q := range r.server.Requests() {
		if q.Action == action && (key == "" || q.Key == key) {
			all = append(all, q)
		}
	}
	return all
}

// log is the event log, by file: "" has those of the whole queue.
func (r *rig) log() log {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, "events.log"))
	if err != nil {
		r.t.Fatal(err)
	}
	l := log{}
	for line := range strings.Lines(string(text)) {
		e := event{}
		for rest := strings.TrimSpace(line); rest != ""; {
			name, value, _ := strings.Cut(rest, "=")
			if strings.HasPrefix(value, `"`) {
				end := 1
				for end < len(value) && value[end] != '"' {
					if value[end] == '\\' {
						end++
					}
					end++
				}
				e[name], rest = value[1:end], strings.TrimPrefix(value[end:], `"`)
			} else {
				e[name], rest, _ = strings.Cut(value, " ")
			}
			rest = strings.TrimLeft(rest, " ")
		}
		l[e["file"]] = append(l[e["file"]], e)
	}
	return l
}

// event is the last event of that name of a file, once it is there.
func (r *rig) event(file, name string) (e event) {
	r.t.Helper()
	r.until(name+" of "+file, func() bool { e = r.log().last(file, name); return e != nil })
	return e
}

type (
	event map[string]string
	log   map[string][]event
)

func (l log) count(file, name string) (n int) {
	for _, e := range l[file] {
		if e["event"] == name {
			n++
		}
	}
	return n
}

func (l log) last(file, name string) event {
	var last event
	for _, e := range l[file] {
		if e["event"] == name {
			last = e
		}
	}
	return last
}
