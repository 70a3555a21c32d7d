package queue

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"inboxfs/queue/sameness"
	"inboxfs/queue/seal"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// bucket is an Uploader with a server behind it, for the model: it reads the files as queue/upload does, in parts and
// with pauses, and fails as its dice fall. What must never become an object is reported.
type bucket struct {
	mu            sync.Mutex // guards the rest
	dice          *rand.Rand
	kind          bool                   // nothing fails any more
	configuration int                    // which decides the keys
	reconfigured  bool                   // it was another before
	forbidden     func(name string) bool // no object may be called so
	slow          bool                   // whatever makes an object takes its time
	late          map[string]int         // by name, requests that do so
	reported      func(key string, crc uint64, made time.Time) bool
	server
}

const modelPart = 4 // bytes

func (b *bucket) roll(n int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.kind {
		return n - 1
	}
	return b.dice.IntN(n)
}

func (b *bucket) Key(name string, _ transfer.ID) (string, string, error) {
	return "b", b.key(name), nil
}
func (b *bucket) Lasting() bool { return true }
func (b *bucket) InFlight() int { return 0 }
func (b *bucket) Limit(int64)   {}

// key is that of a name under the configuration of now.
func (b *bucket) key(name string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return modelKey(b.configuration, name)
}

func (b *bucket) Sweep(context.Context, transfer.Lost, func(string) bool) (bool, error) {
	return true, nil
}

func (b *bucket) Abort(ctx context.Context, m transfer.Multipart) error {
	if b.roll(3) == 0 {
		return &transfer.Error{Kind: transfer.Resumable, Code: "RequestTimeout"}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.uploads, m.UploadID)
	return ctx.Err()
}

// disk is how long half a commit takes.
func (b *bucket) disk() time.Duration { return time.Duration(b.roll(50)) * time.Millisecond }

// slowSync is how a disk brings files to stable storage that has other things to do: now and then it takes longer than
// others wait.
func (b *bucket) slowSync(path string, look func(io.ReaderAt, fs.FileInfo)) (fs.FileInfo, error) {
	switch b.roll(20) {
	case 0:
		time.Sleep(seal.TurnSync + time.Duration(b.roll(10_000))*time.Millisecond)
	case 1, 2, 3, 4:
		time.Sleep(time.Duration(b.roll(1000)) * time.Millisecond)
	}
	return spool.Sync(path, look)
}

// pause lets others act in the middle of a run.
func (b *bucket) pause() { time.Sleep(time.Duration(b.roll(40)) * time.Millisecond) }

func (b *bucket) Upload(ctx context.Context, job transfer.Job, w transfer.Watch) (transfer.Result, error) {
	if ctx.Err() != nil {
		return transfer.Result{}, ctx.Err()
	}
	res, err := b.upload(ctx, job, w)
	if err != nil && ctx.Err() != nil {
		if b.roll(2) == 0 {
			b.pause() // it takes its time to end
		}
		return transfer.Result{}, ctx.Err()
	}
	return res, err
}

func (b *bucket) upload(ctx context.Context, job transfer.Job, w transfer.Watch) (transfer.Result, error) {
	open := func(context.Context) (*os.File, error) { return os.Open(job.Path) }
	if job.Open != nil {
		open = job.Open
	}
	f, err := open(ctx)
	if err != nil {
		return transfer.Result{}, &transfer.Error{Kind: transfer.Final, Code: "FileNotExist", Message: err.Error(),
			Err: err}
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return transfer.Result{}, err
	}
	changed := &transfer.Error{Kind: transfer.Final, Code: "FileChanged"}
	if job.Ahead {
		job.Size -= job.Size % modelPart
		if before.Size() < job.Size || job.Size == 0 {
			return transfer.Result{}, nil
		}
	} else if before.Size() != job.Size {
		return transfer.Result{}, changed
	} else if problem := b.first(&job, f, before); problem != nil {
		return transfer.Result{}, problem
	}
	b.pause()
	switch b.roll(12) {
	case 0:
		return transfer.Result{}, &transfer.Error{Kind: transfer.Final, Code: "AccessDenied"}
	case 1:
		w.Retry(&transfer.Error{Kind: transfer.Resumable, Code: "RequestTimeout"}, 1, time.Second)
		return transfer.Result{}, &transfer.Error{Kind: transfer.Resumable, Code: "RequestTimeout"}
	case 2:
		return transfer.Result{}, &transfer.Error{Kind: transfer.Renew, Code: "SecurityTokenExpired"}
	}
	key := b.key(job.Name)
	if m := job.Resume; m != nil && m.UploadID != "" {
		key = m.Key
	} else if job.Doubt && !job.Ahead {
		if res, ok, err := b.before(job, f, key); ok || err != nil {
			return res, err
		}
		w.NotMade()
	}
	id, content, err := b.send(ctx, job, w, f, key)
	if err != nil || job.Ahead {
		return transfer.Result{}, err
	}
	b.pause()
	if content, err = b.last(job, f, id, content); err != nil {
		return transfer.Result{}, err
	}
	if ctx.Err() != nil {
		return transfer.Result{}, ctx.Err()
	}
	if err := w.Sending(ctx, "b", key); err != nil {
		if ctx.Err() != nil {
			return transfer.Result{}, ctx.Err()
		}
		return transfer.Result{}, &transfer.Error{Kind: transfer.Resumable, Code: "JournalError", Err: err}
	}
	if err := b.straggle(ctx, job, w, key, id, content, b.sumOf(f, job, id, content)); err != nil {
		return transfer.Result{}, err
	}
	if b.roll(3) == 0 {
		b.pause() // on the wire, where nobody can call it back
	}
	b.mu.Lock()
	forbidden := b.forbidden
	b.mu.Unlock()
	was := forbidden(job.Name)
	b.mu.Lock()
	if was {
		b.wrong = append(b.wrong, fmt.Sprintf("%s became an object, and was a folder that went", job.Name))
	}
	content, err = b.complete(job, key, id, content)
	b.mu.Unlock()
	if err != nil { // an earlier one may have made it
		if res, ok, err := b.before(job, f, key); ok || err != nil {
			return res, err
		}
		w.Reset()
		w.NotMade()
		return transfer.Result{}, err
	}
	if b.roll(3) == 0 {
		b.pause() // the answer takes its time
	}
	if ctx.Err() != nil && b.roll(2) == 0 {
		return transfer.Result{}, ctx.Err()
	}
	if b.roll(10) == 0 {
		// and there is no answer
		return transfer.Result{}, &transfer.Error{Kind: transfer.Resumable, Code: "RequestTimeout"}
	}
	return b.result(key, content), nil
}

func (b *bucket) result(key, content string) transfer.Result {
	return transfer.Result{Bucket: "b", Key: key, ETag: `"E"`, CRC64: sum(content)}
}

// before looks for the file where it may have been sent already.
func (b *bucket) before(job transfer.Job, f *os.File, key string) (transfer.Result, bool, error) {
	if job.Resume != nil && job.Resume.Key != "" {
		key = job.Resume.Key
	}
	content := make([]byte, job.Size)
	if n, err := f.ReadAt(content, 0); n < len(content) {
		return transfer.Result{}, false, &transfer.Error{Kind: transfer.Final, Code: "FileChanged", Err: err}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.objects[key]
	if !ok || o.content != string(content) || o.made.Before(job.Added) {
		return transfer.Result{}, false, nil
	}
	b.arrive(job.Name, o.content)
	return b.result(key, o.content), true, nil
}

// first is what queue/upload does before the first byte: what was sent of a file that does not look as it did is
// compared.
func (b *bucket) first(job *transfer.Job, f *os.File, before fs.FileInfo) error {
	switch job.Like(before) {
	case transfer.Same:
		return nil
	case transfer.Other:
		return &transfer.Error{Kind: transfer.Final, Code: "FileChanged"}
	}
	if job.Ours && sameness.IsWritten(f) {
		return &transfer.Error{Kind: transfer.Final, Code: transfer.CodeBusy}
	}
	if job.Resume != nil {
		resume := *job.Resume
		resume.Ahead = true
		job.Resume = &resume
	}
	job.Took(before)
	return nil
}

// last is what queue/upload does after the last byte. It returns the content that was sent, all of it.
func (b *bucket) last(job transfer.Job, f *os.File, id, content string) (string, error) {
	changed := &transfer.Error{Kind: transfer.Final, Code: "FileChanged"}
	now, err := f.Stat()
	named, namedErr := os.Stat(job.Path)
	if err != nil || namedErr != nil || !os.SameFile(named, now) || now.Size() != job.Size {
		return "", changed
	}
	if job.Ours && sameness.IsWritten(f) {
		return "", &transfer.Error{Kind: transfer.Final, Code: transfer.CodeBusy}
	}
	if id != "" {
		b.mu.Lock()
		content = ""
		for n := range int((job.Size + modelPart - 1) / modelPart) {
			content += b.uploads[id][n+1]
		}
		b.mu.Unlock()
	}
	switch job.Like(now) {
	case transfer.Same:
		return content, nil
	case transfer.Other:
		return "", changed
	}
	is, err := io.ReadAll(io.NewSectionReader(f, 0, job.Size))
	if err != nil || string(is) != content {
		return "", changed
	}
	job.Took(now)
	return content, nil
}

// send brings the content to the server, the longer ones in parts. id is "" for the others.
func (b *bucket) send(ctx context.Context, job transfer.Job, w transfer.Watch, f *os.File, key string) (id,
	content string, err error) {
	have := make(map[int]bool)
	if job.Size <= modelPart && !job.Ahead && (job.Resume == nil || job.Resume.UploadID == "") {
		w.Started("b", key, "")
	} else if m := job.Resume; m != nil && m.UploadID != "" {
		id = m.UploadID
		for _, p := range m.Parts {
			have[p.Number] = true
		}
		w.Started("b", key, id)
	} else {
		b.mu.Lock()
		id = b.begin()
		b.mu.Unlock()
		m := transfer.Multipart{Bucket: "b", Key: key, UploadID: id, PartSize: modelPart}
		if err := w.Initiated(ctx, m); err != nil {
			return "", "", &transfer.Error{Kind: transfer.Resumable, Code: "JournalError", Err: err}
		}
		w.Started("b", key, id)
	}
	for off := int64(0); off < job.Size; off += modelPart {
		n := int(off/modelPart) + 1
		if have[n] && (job.Ahead || !job.Resume.Ahead) {
			continue
		}
		buf := make([]byte, min(modelPart, job.Size-off))
		if _, err := f.ReadAt(buf, off); err != nil {
			return "", "", &transfer.Error{Kind: transfer.Final, Code: "FileChanged", Err: err}
		}
		if ctx.Err() != nil {
			return "", "", ctx.Err()
		}
		content += string(buf)
		if id == "" {
			continue
		}
		b.mu.Lock()
		parts := b.uploads[id]
		if parts != nil && have[n] { // it was sent ahead
			same := parts[n] == string(buf)
			b.mu.Unlock()
			if same {
				continue
			}
			b.mu.Lock()
		}
		if parts != nil {
			parts[n] = string(buf)
		}
		b.mu.Unlock()
		if parts == nil {
			w.Reset()
			return "", "", &transfer.Error{Kind: transfer.Resumable, Code: "NoSuchUpload"}
		}
		w.Acked(transfer.Part{Number: n, Size: int64(len(buf)), CRC64: 1}, 0)
		b.pause()
		if b.roll(10) == 0 {
			return "", "", &transfer.Error{Kind: transfer.Resumable, Code: "InternalError"}
		}
		select {
		case <-job.Drain:
			return "", "", context.Canceled
		default:
		}
	}
	return id, content, nil
}

// finished notes a content that a writer has finished, or somebody said is fine.
func (b *bucket) finished(content string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.whole[content] = true
}

// model drives a queue as filesystem and users do, and keeps book of what must come of it.
type model struct {
	*rig
	journal  *heldJournal
	bucket   *bucket
	dice     *rand.Rand
	open     []*modelHandle
	past     []*os.File           // with which somebody writes past the queue
	want     map[string]string    // name: the content that must become its object
	offList  map[string]string    // name: the content that did, and whose entry a user took off the list
	doubted  map[transfer.ID]bool // entries whose files were open at a kill of which was forgotten what was open
	halves   map[transfer.ID]bool // found held at a start, as they were being written at the end
	released map[transfer.ID]bool // entries that somebody released, and was told so
	said     []string             // what was done, for who reads of a failure
	tag      int
	keep     bool           // the spool copies
	kept     bool           // they were at some time
	stay     []string       // kept copies, when a daemon ended
	owned    bool           // as Options.Owned
	makers   map[string]Who // of links
	far      string         // where files outside the spool are
	folders  *modelFolders
	vacant   map[string]bool // folders that a user removed
}

// modelHandle is a writing handle.
type modelHandle struct {
	f       *os.File
	ids     map[string]transfer.ID // by name: the drops it belongs to
	changed bool
}

// modelNames has names of files and of folders, which one after another may be called the same.
var modelNames = []string{"a", "b", "d/x", "d/y", "e/x", "e/y", "away/x", "away/y", "a.part", ".hidden", ".DS_Store",
	"d/.DS_Store",
	"e/.DS_Store", "away/.DS_Store", "d", "e", "#w#/x"}

func (m *model) say(format string, args ...any) {
	m.said = append(m.said, fmt.Sprintf(format, args...))
}

func (m *model) name() string {
	for {
		if name := modelNames[m.dice.IntN(len(modelNames))]; m.mayBe(name) {
			return name
		}
	}
}

// stat looks at the file of a name in the spool; nil: there is none.
func (m *model) stat(name string) fs.FileInfo {
	info, err := os.Lstat(m.path(name))
	if err != nil || info.IsDir() {
		return nil
	}
	return info
}

// names is every name of a file.
func (m *model) namesOf(info fs.FileInfo) (all []string) {
	for _, name := range modelNames {
		if other := m.stat(name); other != nil && os.SameFile(info, other) {
			all = append(all, name)
		}
	}
	return all
}

// handles is the open ones on a file.
func (m *model) handles(info fs.FileInfo) (all []*modelHandle) {
	for _, h := range m.open {
		if mine, err := h.f.Stat(); err == nil && os.SameFile(mine, info) {
			all = append(all, h)
		}
	}
	return all
}

// read is what stands in a file of the spool.
func (m *model) read(name string) string {
	content, err := os.ReadFile(m.path(name))
	if err != nil {
		m.t.Fatal(err)
	}
	return string(content)
}

// fresh is content as nobody has written before, up to 24 bytes.
func (m *model) fresh() string {
	m.tag++
	return strings.Repeat(fmt.Sprintf("<%d>", m.tag), m.dice.IntN(5))
}
