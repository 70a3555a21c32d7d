package control

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inboxfs/control/credential"
	"inboxfs/queue"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/names"
	"inboxfs/queue/transfer"
)

// away is an uploader whose network is away: an upload lasts until it is called off.
type away struct{ limit int64 }

func (*away) Upload(ctx context.Context, job transfer.Job, _ transfer.Watch) (transfer.Result, error) {
	select {
	case <-ctx.Done():
	case <-job.Drain:
	}
	return transfer.Result{}, context.Canceled
}
func (*away) Sweep(context.Context, transfer.Lost, func(string) bool) (bool, error) { return true, nil }

func (*away) Abort(context.Context, transfer.Multipart) error              { return nil }
func (*away) Find(context.Context, transfer.Sent) (*transfer.Found, error) { return nil, nil }
func (*away) Remove(context.Context, transfer.Sent, transfer.Found) error  { return nil }
func (*away) Key(name string, _ transfer.ID) (string, string, error)       { return "b", name, nil }
func (*away) Lasting() bool                                                { return true }
func (a *away) InFlight() int                                              { return 0 }
func (a *away) Limit(n int64)                                              { a.limit = n }

type rig struct {
	*Control
	t     *testing.T
	dir   string
	queue *queue.Queue
	keys  *credential.Ring
	up    *away
}

func newRig(t *testing.T, keys credential.Source) *rig {
	t.Helper()
	up := &away{}
	r := newRigWith(t, keys, up)
	r.up = up
	return r
}

func newRigWith(t *testing.T, keys credential.Source, up transfer.Uploader) *rig {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "inbox"), 0o755); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	j, recovered, err := queue.Recover(filepath.Join(dir, "journal.db"), log)
	if err != nil {
		t.Fatal(err)
	}
	events, err := eventlog.Open(filepath.Join(dir, "events.log"), eventlog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := names.Compile(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, dir: dir, keys: credential.New(keys, credential.Options{})}
	r.queue, err = queue.New(queue.Options{Inbox: filepath.Join(dir, "inbox"), Journal: j, Events: events, Uploader: up,
		Names: rules, Files: 2, Settle: time.Hour, Log: log}, recovered)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.queue.Mounted(""); err != nil {
		t.Fatal(err)
	}
	r.Control = New(r.queue, r.keys, "access_key", nil)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		err := errors.Join(r.queue.Shutdown(ctx), j.Close(), events.Close())
		r.keys.Close()
		if err != nil {
			t.Error(err)
		}
	})
	return r
}

func key() credential.Source {
	return credential.Static(credential.Credentials{AccessKeyID: "id", AccessKeySecret: "secret"})
}

// drop puts a file into the queue.
func (r *rig) drop(name string) {
	r.t.Helper()
	id := r.queue.Open(name, true)
	path := filepath.Join(r.dir, "inbox", name)
	if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
		r.t.Fatal(err)
	}
	r.queue.Close(id, queue.Closed{Changed: true, Size: 1, ModTime: time.Now()})
}

// stray is a secret that was given to the wrong verb.
const stray = "yJ7fHGPLTv9kAr2mBx4qZW8sDd/3uE+v=="

func TestLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string
		err  error
		says string
	}{
		{"", nil, "ok: nothing was asked yet"},
		{"   \t", nil, "ok: nothing was asked yet"},
		{"# delete a", nil, "ok: nothing was asked yet"},
		{"start", nil, "ok: start: done"},
		{"  START\r\n", nil, "ok: start: done"},
		{"start now", transfer.ErrInvalid, "error: start: invalid: start takes no argument"},
		{"pause", transfer.ErrBusy, "error: pause: not now: the queue is stopped"},
		{"begin", transfer.ErrInvalid, `error: line: invalid: unknown verb "begin"`},
		{"STS.NUgYrXkiSJCLWEGw4Q secret token", transfer.ErrInvalid,
			"error: line: invalid: the line does not begin with a verb"},
		{"flush a b", nil, "ok: flush: done"},
		{"flush\ta b", nil, "ok: flush: done"},
		{"flush a b  ", nil, "ok: flush: done"},
		{`flush "a\x20b"`, nil, "ok: flush: done"},
		{"flush #1", nil, "ok: flush: done"},
		{"delete #2", nil, "ok: deleteFile: done"},
		{`flush "#1"`, nil, "ok: flush: done"},
		{`flush "#2"`, transfer.ErrNoEntry, `"#2" is not in the list`},
		{"flush `a b`", transfer.ErrNoEntry, "is not in the list"},
		{`flush "a b`, transfer.ErrInvalid, "error: flush: invalid: a name that begins with a quote"},
		{"flush #x", transfer.ErrInvalid, `error: flush: invalid: "#x"`},
		{"flush #7", transfer.ErrNoEntry, `error: flush: no such entry: "#7"`},
		{"delete inbox/a b", transfer.ErrNoEntry, "names begin below inbox/"},
		{"delete /srv/other/inbox/a b", transfer.ErrNoEntry, "names begin below inbox/"},
		{"flush /srv/film/inbox/a b", nil, "ok: flush: done"},
		{"flush /srv/film/inbox//./a b/ ", nil, "ok: flush: done"},
		{"flush ./a b", nil, "ok: flush: done"},
		{"flush a b/", nil, "ok: flush: done"},
		{"flush ../a b", transfer.ErrNoEntry, "is not in the list"},
		{"flush /srv/film/inbox", transfer.ErrNoEntry, "is not in the list"},
		{"cancel", transfer.ErrInvalid, "error: cancelFile: invalid: write cancelFile NAME"},
		{"rm a b", nil, "ok: deleteFile: done"},
		{"limit 20MiB/s", nil, "ok: limit: 20MiB/s"},
		{"limit OFF", nil, "ok: limit: off"},
		{"limit fast", transfer.ErrInvalid, "20MiB/s"},
		{"clear all", transfer.ErrInvalid, "clear finished"},
		{"clear finished", nil, "ok: clearFiles: 0 uploaded files dropped from the list"},
		{"clear", nil, "ok: clearFiles: 2 files dropped"},
		{"retry", nil, "ok: retry: 0 files are tried again"},
		{"add relative", transfer.ErrInvalid, "must be absolute"},
		{"add /no/such/file", transfer.ErrNoEntry, "there is no such file"},
		{"add /", transfer.ErrInvalid, "only regular files"},
		{"auth abc", transfer.ErrInvalid, "the credential mode is access_key"},
		{"flush " + strings.Repeat("x", MaxLine), transfer.ErrTooLong, "65536"},
		{"token id secret token 2001-01-01T00:00:00Z", transfer.ErrKeyExpired, "error: resumeUploadWithToken: "},
		{"token id", transfer.ErrInvalid, "error: resumeUploadWithToken: "},
		{"delete no such file.mp4", transfer.ErrNoEntry, `"no such file.mp4" is not in the list`},
		{"delete " + stray, transfer.ErrNoEntry, "*** is not in the list"},
		{`delete "` + stray + `\t"`, transfer.ErrNoEntry, "*** is not in the list"},
		{"wait STS.NUgYrXkiSJCLWEGw4Q " + stray + " CAIS/x", transfer.ErrNoEntry, "*** is not in the list"},
		{"retry #" + stray, transfer.ErrInvalid, "*** is not a number"},
		{"limit " + stray, transfer.ErrInvalid, "*** is not a rate"},
		{"add " + stray, transfer.ErrInvalid, "addFile ***: the path must be absolute"},
		{"add /" + stray, transfer.ErrNoEntry, "addFile ***: there is no such file"},
		{"add /" + strings.Repeat(stray, 40), transfer.ErrNoEntry, "addFile ***: there is no such file"},
		{stray, transfer.ErrInvalid, "does not begin with a verb"},
		{"start " + stray, transfer.ErrInvalid, "takes no argument"},
		{"clear " + stray, transfer.ErrInvalid, "clear finished"},
		{"auth " + stray, transfer.ErrInvalid, "the credential mode is"},
		{"setUploadAuthAndAddress a b " + stray, transfer.ErrInvalid, "the credential mode is"},
	} {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, key())
			r.Mounted("/srv/film")
			r.drop("a b")
			r.drop("#1") // which is entry 2
			if err := r.Exec(t.Context(), c.line); !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Errorf("it says %v, not %v", err, c.err)
			}
			if got := r.Reason(); !strings.Contains(got, c.says) || strings.Contains(got, stray[:8]) ||
				strings.Contains(got, stray[len(stray)-8:]) {
				t.Errorf("control says %q, not %q", got, c.says)
			}
		})
	}
}

func TestNoKeysNoStart(t *testing.T) {
	t.Parallel()
	r := newRig(t, credential.First())
	if err := r.Exec(t.Context(), "start"); !errors.Is(err, transfer.ErrNoKey) {
		t.Errorf("start without keys says %v", err)
	}
	if err := r.Exec(t.Context(), "token STS.id very-secret very-long-token"); err != nil {
		t.Fatal(err)
	}
	if err := r.Exec(t.Context(), "start"); err != nil {
		t.Error(err)
	}
	if r.Reason() != "ok: start: done" || strings.Contains(r.Help(), "secret-") {
		t.Errorf("control says %q", r.Reason())
	}
}

func TestLimitReachesTheUploader(t *testing.T) {
	t.Parallel()
	r := newRig(t, key())
	if err := r.Exec(t.Context(), "limit 5MiB/s"); err != nil || r.up.limit != 5<<20 {
		t.Errorf("the limit is %d (%v)", r.up.limit, err)
	}
}

func FuzzExec(f *testing.F) {
	for _, v := range verbs {
		f.Add(v.Name + " argument")
		f.Add(v.Alias)
	}
	f.Add("token {\"AccessKeyId\":")
	f.Add("\x00\xff\n\r #")
	f.Fuzz(func(t *testing.T, line string) {
		if strings.Contains(strings.ToLower(line), "wait") || strings.Contains(strings.ToLower(line), "add") {
			t.Skip("waits, or reads this machine's files")
		}
		r := newRig(t, key())
		err := r.Exec(t.Context(), line)
		if reason := r.Reason(); strings.ContainsAny(reason, "\n\r") || err != nil &&
			!strings.HasPrefix(reason, "error: ") {
			t.Errorf("%q makes control say %q", line, reason)
		}
	})
}
