package queue

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/opened"
	"inboxfs/queue/sameness"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload/ecma"
)

// fakeUploader hands each upload to the test, which says what happens to it.
type fakeUploader struct {
	asks    bool // where files go is said by a server
	uploads chan *fakeUpload
	mu      sync.Mutex
	aborted []string
	media   []string // ids of the videos that were removed
	lost    []transfer.Lost
	inUse   []bool // for each of them, whether the upload "new" was known
	later   bool   // that they are to be looked for again
	sweep   error  // what looking for them says
	abort   error
	limit   int64
	opens   bool            // it opens the file, as a real one does
	linger  chan struct{}   // keeps runs that were called off from ending; nil: they end at once
	prefix  string          // of the keys
	found   *transfer.Found // what Find says
	there   string          // or, unless it is "", the content that it has at any key
	find    error
	remove  error
	sought  []transfer.Sent
	removed []string
	passing bool // it may be another tomorrow
}

type fakeUpload struct {
	job   transfer.Job
	watch transfer.Watch
	ctx   context.Context
	end   chan fakeEnd
}

type fakeEnd struct {
	res transfer.Result
	err error
}

func (f *fakeUploader) Upload(ctx context.Context, job transfer.Job, watch transfer.Watch) (transfer.Result, error) {
	if f.opens {
		file, err := job.Open(ctx)
		if err != nil {
			return transfer.Result{}, err
		}
		if err := file.Close(); err != nil {
			return transfer.Result{}, err
		}
	}
	u := &fakeUpload{job: job, watch: watch, ctx: ctx, end: make(chan fakeEnd, 1)}
	select {
	case f.uploads <- u:
	case <-ctx.Done():
		return transfer.Result{}, ctx.Err()
	case <-job.Drain:
		return transfer.Result{}, context.Canceled
	}
	select {
	case end := <-u.end:
		return end.res, end.err
	case <-ctx.Done():
		if f.linger != nil {
			<-f.linger
		}
		select {
		case end := <-u.end: // it was too late
			return end.res, end.err
		default:
			return transfer.Result{}, ctx.Err()
		}
	case <-job.Drain:
		return transfer.Result{}, context.Canceled
	}
}

func (f *fakeUploader) Sweep(_ context.Context, lost transfer.Lost, known func(string) bool) (bool, error) {
	inUse := known("new")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost, f.inUse = append(f.lost, lost), append(f.inUse, inUse)
	return !f.later && f.sweep == nil, f.sweep
}

// swept is what Sweep was asked for.
func (f *fakeUploader) swept() []transfer.Lost {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.lost)
}

func (f *fakeUploader) Abort(_ context.Context, m transfer.Multipart) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.abort != nil {
		return f.abort
	}
	if m.UploadID == "" {
		f.media = append(f.media, m.VideoID)
	}
	name := m.UploadID
	if m.Given {
		name += " alone"
	}
	f.aborted = append(f.aborted, name)
	return nil
}

func (f *fakeUploader) Find(_ context.Context, sent transfer.Sent) (*transfer.Found, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sought = append(f.sought, sent)
	if crc := sum(f.there); f.there != "" {
		if sent.Size != int64(len(f.there)) || sent.HasCRC && sent.CRC64 != crc {
			return nil, f.find
		}
		return &transfer.Found{ETag: `"E"`, CRC64: crc}, f.find
	}
	return f.found, f.find
}

func (f *fakeUploader) Remove(_ context.Context, sent transfer.Sent, found transfer.Found) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.remove == nil {
		f.removed = append(f.removed, sent.Key)
	}
	return f.remove
}

func (f *fakeUploader) Key(name string, _ transfer.ID) (bucket, key string, err error) {
	if strings.HasPrefix(name, `\`) {
		return "", "", refuse(transfer.ErrInvalid, "%q: a key cannot begin with a backslash", name)
	}
	if f.asks {
		return "", "", nil
	}
	return "b", f.prefix + name, nil
}

func (f *fakeUploader) Lasting() bool { return !f.passing }

func (f *fakeUploader) InFlight() int { return len(f.uploads) }

func (f *fakeUploader) Limit(n int64) {
	f.mu.Lock()
	f.limit = n
	f.mu.Unlock()
}

// next is the next upload that the queue starts.
func (f *fakeUploader) next(t *testing.T) *fakeUpload {
	t.Helper()
	select {
	case u := <-f.uploads:
		return u
	case <-time.After(10 * time.Second):
		t.Fatal("no upload was started")
		return nil
	}
}

// none fails if an upload is started although none should be.
func (f *fakeUploader) none(t *testing.T) {
	t.Helper()
	select {
	case u := <-f.uploads:
		t.Fatalf("%s is uploaded", u.job.Name)
	case <-time.After(50 * time.Millisecond):
	}
}

func (u *fakeUpload) succeed() {
	u.end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: u.job.Name, ETag: `"E"`, CRC64: u.crc(), RequestID: "R"}}
}

// crc is that of the file as it is; 7 where it cannot be read.
func (u *fakeUpload) crc() uint64 {
	f, err := u.job.Open(u.ctx)
	if err != nil {
		return 7
	}
	defer f.Close()
	content, err := io.ReadAll(f)
	if err != nil {
		return 7
	}
	return ecma.Update(0, content)
}

func (u *fakeUpload) fail(kind transfer.Kind, code string) {
	u.end <- fakeEnd{err: &transfer.Error{Kind: kind, Code: code, Message: "in words"}}
}

// begin is what an uploader does first for a multipart upload.
func (u *fakeUpload) begin(t *testing.T, uploadID string) {
	t.Helper()
	u.watch.Started("b", u.job.Name, uploadID)
	if err := u.watch.Initiated(u.ctx, transfer.Multipart{Bucket: "b", Key: u.job.Name, UploadID: uploadID, PartSize: 4,
		Header: 9}); err != nil {
		t.Fatal(err)
	}
}

// send is what an uploader does before a single put.
func (u *fakeUpload) send(t *testing.T) {
	t.Helper()
	u.watch.Started("b", u.job.Name, "")
	if err := u.watch.Sending(u.ctx, "b", u.job.Name); err != nil {
		t.Fatal(err)
	}
}

// rig is a queue in a folder of its own, with a fake uploader.
type rig struct {
	*Queue
	t       *testing.T
	dir     string
	up      *fakeUploader
	journal *journal.Journal
	log     *eventlog.Log
	closed  bool
	table   *opened.Table
	marks   []*rigMark
}

func newRig(t *testing.T, set ...func(*Options)) *rig {
	t.Helper()
	return openRig(t, t.TempDir(), set...)
}

func openRig(t *testing.T, dir string, set ...func(*Options)) *rig {
	t.Helper()
	r := openUnmounted(t, dir, set...)
	if err := r.Mounted(""); err != nil {
		t.Fatal(err)
	}
	return r
}

// openUnmounted is openRig for a queue that was not told of its mount yet.
func openUnmounted(t *testing.T, dir string, set ...func(*Options)) *rig {
	t.Helper()
	r := &rig{t: t, dir: dir, up: &fakeUploader{uploads: make(chan *fakeUpload)}}
	inbox := filepath.Join(dir, "inbox")
	if err := os.MkdirAll(inbox, 0o755); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	j, recovered, err := Recover(filepath.Join(dir, "journal.db"), log)
	if err != nil {
		t.Fatal(err)
	}
	r.journal, r.table = j, recovered.Opened()
	if r.log, err = eventlog.Open(filepath.Join(dir, "events.log"), eventlog.Options{}); err != nil {
		t.Fatal(err)
	}
	rules, err := names.Compile(names.DefaultIgnore, names.DefaultWait)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Inbox: inbox, Journal: j, Events: r.log, Uploader: r.up, Names: rules, Files: 1,
		Settle:      time.Millisecond,
		RelaySettle: 2 * time.Millisecond, Log: log, Start: true, Replace: true, Owned: true}
	for _, s := range set {
		s(&o)
	}
	if r.Queue, err = New(o, recovered); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.close() })
	return r
}

func (r *rig) close() {
	if r.closed {
		return
	}
	r.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := r.Shutdown(ctx); err != nil {
		r.t.Error(err)
	}
	if err := r.journal.Close(); err != nil {
		r.t.Error(err)
	}
	if err := r.log.Close(); err != nil {
		r.t.Error(err)
	}
	if err := r.table.Close(); err != nil {
		r.t.Error(err)
	}
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, "inbox", name) }

// write puts content into the spool, without telling the queue.
func (r *rig) write(name, content string) os.FileInfo {
	r.t.Helper()
	if err := os.MkdirAll(filepath.Dir(r.path(name)), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(r.path(name), []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
	r.made(name)
	info, err := os.Stat(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	return info
}

// drop does what the filesystem does for cp: create, write, close.
func (r *rig) drop(name, content string) transfer.ID {
	r.t.Helper()
	id := r.Open(name, true)
	info := r.write(name, content)
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	return id
}

// looks is how a file in the spool looks.
func (r *rig) looks(name string) sameness.Print {
	r.t.Helper()
	return sameness.Of(r.stat(name))
}

func (r *rig) stat(name string) os.FileInfo {
	r.t.Helper()
	info, err := os.Lstat(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	return info
}

// touch does what the filesystem does for touch.
func (r *rig) touch(name string, at time.Time) {
	r.t.Helper()
	before := r.looks(name)
	if err := os.Chtimes(r.path(name), at, at); err != nil {
		r.t.Fatal(err)
	}
	r.Touched(name, before, r.looks(name))
}

// disguise gives a file another content of the same length, and its time back, as programs do that edit tags.
func disguise(t *testing.T, path, content string) {
	t.Helper()
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if before.Size() != int64(len(content)) {
		t.Fatalf("%q has not the length of %s", content, path)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(content)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	for { // until it shows, on a kernel that stamps files by a slow clock
		if err := os.Chtimes(path, before.ModTime(), before.ModTime()); err != nil {
			t.Fatal(err)
		}
		now, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if sameness.Of(now) != sameness.Of(before) {
			return
		}
	}
}

// state waits until the newest entry of name is in the state.
func (r *rig) state(name string, want list.State) list.Info {
	r.t.Helper()
	var info list.Info
	r.until(func() bool {
		var ok bool
		info, ok = r.Status(name)
		return ok && info.State == want
	}, func() string { return name + " is " + info.State.String() + ", not " + want.String() })
	return info
}

// until waits for something that the queue does in its own time.
func (r *rig) until(ok func() bool, otherwise func() string) {
	r.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatal(otherwise())
		}
	}
}

// events is the names of the logged events, with the file's name behind a colon, once the last one is there.
func (r *rig) events(last string) []string {
	r.t.Helper()
	var all []string
	r.until(func() bool {
		tail, err := r.log.Tail(1 << 20)
		if err != nil {
			r.t.Fatal(err)
		}
		all = all[:0]
		for line := range strings.Lines(string(tail)) {
			var name, file string
			for _, field := range strings.Fields(line) {
				if v, ok := strings.CutPrefix(field, "event="); ok {
					name = v
				}
				if v, ok := strings.CutPrefix(field, "file="); ok {
					file = ":" + v
				}
			}
			all = append(all, name+file)
		}
		return len(all) > 0 && all[len(all)-1] == last
	}, func() string { return "the last event is not " + last + ": " + strings.Join(all, " ") })
	return all
}

func (r *rig) gone(name string) {
	r.t.Helper()
	r.until(func() bool {
		_, err := os.Lstat(r.path(name))
		return os.IsNotExist(err)
	}, func() string { return name + " is still in the spool" })
}
