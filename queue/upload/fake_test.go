package upload

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"inboxfs/queue"
	"inboxfs/queue/attribute"
)

// outcome is what a test makes of a request.
type outcome struct {
	err      error // answered
	after    bool  // the work is done first
	wrongCRC bool
	noCRC    bool
	hang     bool // until ctx ends
	early    bool // half of the body is taken for all
}

// fake is a Remote in memory.
type fake struct {
	fault   func(op string, part, nth int) outcome // nth of this op and part, from 1; may be nil
	taken   func(ctx context.Context)              // called when the server has all of a put, before it stores it; may be nil
	piece   int                                    // bytes per Read of a body; 0: 64 KiB
	age     time.Duration                          // of all objects
	version string                                 // likewise

	versions string // "": the bucket never had any; denied: nobody may ask

	mu      sync.Mutex // guards the rest
	objects map[string][]byte
	uploads map[string]map[int][]byte
	began   map[string]time.Time
	seen    map[string]int
	log     []string
	headers []map[string]string          // of each Put and Initiate
	begun   map[string]map[string]string // what multipart uploads were begun with, by id
	header  map[string]map[string]string // of objects
	ids     int
}

func newFake() *fake {
	return &fake{objects: map[string][]byte{}, uploads: map[string]map[int][]byte{}, began: map[string]time.Time{}, seen: map[string]int{},
		begun: map[string]map[string]string{}, header: map[string]map[string]string{}}
}

func (f *fake) enter(ctx context.Context, op string, part int) (outcome, error) {
	f.mu.Lock()
	name := op
	if part > 0 {
		name = fmt.Sprintf("%s %d", op, part)
	}
	f.log = append(f.log, name)
	f.seen[name]++
	nth := f.seen[name]
	f.mu.Unlock()
	var o outcome
	if f.fault != nil {
		o = f.fault(op, part, nth)
	}
	if o.hang {
		<-ctx.Done()
	}
	if ctx.Err() != nil && !o.after {
		return o, ctx.Err()
	}
	if o.err != nil && !o.after {
		return o, o.err
	}
	return o, nil
}

func (f *fake) note(to Target) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.headers = append(f.headers, to.Header)
}

func (f *fake) count(op string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.log {
		if l == op || strings.HasPrefix(l, op+" ") {
			n++
		}
	}
	return n
}

func (f *fake) read(ctx context.Context, body io.Reader, size int64, o outcome) ([]byte, error) {
	if o.early {
		size /= 2
		body = io.LimitReader(body, size)
	}
	var all bytes.Buffer
	p := make([]byte, max(f.piece, 1))
	if f.piece == 0 {
		p = make([]byte, 64<<10)
	}
	for {
		n, err := body.Read(p)
		all.Write(p[:n])
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, network("sending: " + err.Error())
		}
	}
	if int64(all.Len()) != size {
		return nil, network("short body")
	}
	return all.Bytes(), nil
}

func (o outcome) answer(data []byte) (Answer, error) {
	crc := sum(data)
	if o.wrongCRC {
		crc++
	}
	return Answer{ETag: etag(data), RequestID: "r", CRC64: crc, HasCRC: !o.noCRC}, o.err
}

func (f *fake) Bucket() string { return "b" }

func (f *fake) Put(ctx context.Context, to Target, body io.Reader, size int64) (Answer, error) {
	f.note(to)
	o, err := f.enter(ctx, "Put", 0)
	if err != nil {
		return Answer{}, err
	}
	data, err := f.read(ctx, body, size, o)
	if err != nil {
		return Answer{}, err
	}
	if f.taken != nil {
		if f.taken(ctx); ctx.Err() != nil {
			return Answer{}, ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.objects[to.Key]; ok && to.Forbid && f.versions == "" {
		return Answer{}, &queue.Error{Code: "FileAlreadyExists"}
	}
	f.objects[to.Key], f.header[to.Key] = data, to.Header
	return f.made(o.answer(data))
}

func (f *fake) Initiate(ctx context.Context, to Target) (string, error) {
	f.note(to)
	o, err := f.enter(ctx, "Initiate", 0)
	if err != nil {
		return "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ids++
	id := fmt.Sprintf("u%d", f.ids)
	f.uploads[id] = map[int][]byte{}
	f.began[id], f.begun[id] = time.Now(), parted(to.Header, false)
	if o.err != nil {
		return "", o.err
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return id, nil
}

func (f *fake) UploadPart(ctx context.Context, to Target, number int, body io.Reader, size int64) (Answer, error) {
	o, err := f.enter(ctx, "UploadPart", number)
	if err != nil {
		return Answer{}, err
	}
	data, err := f.read(ctx, body, size, o)
	if err != nil {
		return Answer{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	u, ok := f.uploads[to.UploadID]
	if !ok {
		return Answer{}, noSuchUpload()
	}
	u[number] = data
	return o.answer(data)
}

func (f *fake) Complete(ctx context.Context, to Target, parts []queue.Part) (Answer, error) {
	o, err := f.enter(ctx, "Complete", 0)
	if err != nil {
		return Answer{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	u, ok := f.uploads[to.UploadID]
	if !ok {
		return Answer{}, noSuchUpload()
	}
	if _, ok := f.objects[to.Key]; ok && to.Forbid && f.versions == "" {
		return Answer{}, &queue.Error{Code: "FileAlreadyExists"}
	}
	var data []byte
	for _, p := range parts {
		if !sameETag(etag(u[p.Number]), p.ETag) {
			return Answer{}, &queue.Error{Code: "InvalidPart"}
		}
		data = append(data, u[p.Number]...)
	}
	delete(f.uploads, to.UploadID)
	f.objects[to.Key], f.header[to.Key] = data, f.begun[to.UploadID]
	maps.Copy(f.header[to.Key], parted(to.Header, true))
	return f.made(o.answer(data))
}

// made adds the version of an object that was made.
func (f *fake) made(a Answer, err error) (Answer, error) {
	switch f.versions {
	case "Suspended":
		a.Version = "null"
	case "Enabled":
		a.Version = "CAEQ"
	}
	return a, err
}

// parted is what of a header goes with Complete, or with Initiate.
func parted(header map[string]string, complete bool) map[string]string {
	some := maps.Clone(header)
	maps.DeleteFunc(some, func(name, _ string) bool { return attribute.AtComplete(name) != complete })
	return some
}

func (f *fake) Versioned(ctx context.Context) (bool, error) {
	if _, err := f.enter(ctx, "Versioned", 0); err != nil {
		return false, err
	}
	if f.versions == "denied" {
		return false, &queue.Error{Kind: queue.Final, Code: "AccessDenied"}
	}
	return f.versions != "", nil
}

func (f *fake) Abort(ctx context.Context, to Target) error {
	if _, err := f.enter(ctx, "Abort", 0); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.uploads[to.UploadID]; !ok {
		return noSuchUpload()
	}
	delete(f.uploads, to.UploadID)
	return nil
}

func (f *fake) ListParts(ctx context.Context, to Target, after int) ([]Stored, int, error) {
	if _, err := f.enter(ctx, "ListParts", 0); err != nil {
		return nil, 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	u, ok := f.uploads[to.UploadID]
	if !ok {
		return nil, 0, noSuchUpload()
	}
	var page []Stored
	for n, data := range u {
		if n > after {
			page = append(page, Stored{Number: n, Size: int64(len(data)), ETag: `"` + etag(data) + `"`})
		}
	}
	slices.SortFunc(page, func(a, b Stored) int { return a.Number - b.Number })
	if len(page) > 2 { // short pages, so that paging is met
		return page[:2], page[1].Number, nil
	}
	return page, 0, nil
}

func (f *fake) Head(ctx context.Context, to Target) (Object, bool, error) {
	o, err := f.enter(ctx, "Head", 0)
	if err != nil {
		return Object{}, false, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	data, ok := f.objects[to.Key]
	a, err := o.answer(data)
	return Object{Answer: a, Size: int64(len(data)), Age: f.age, Version: f.version}, ok, err
}

func (f *fake) Delete(ctx context.Context, to Target, version string) error {
	o, err := f.enter(ctx, "Delete", 0)
	if err == nil {
		err = o.err
	}
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if version != f.version {
		return &queue.Error{Kind: queue.Final, Code: "NoSuchVersion"}
	}
	delete(f.objects, to.Key)
	return nil
}

func (f *fake) ListUploads(ctx context.Context, to Target) ([]Pending, time.Time, error) {
	o, err := f.enter(ctx, "ListUploads", 0)
	if err == nil {
		err = o.err
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var under []Pending
	for id := range f.uploads {
		under = append(under, Pending{UploadID: id, Initiated: f.began[id].Truncate(time.Second)})
	}
	return under, time.Now().Truncate(time.Second), nil
}

var ecmaTable = crc64.MakeTable(crc64.ECMA)

func sum(data []byte) uint64  { return crc64.Checksum(data, ecmaTable) }
func etag(data []byte) string { return fmt.Sprintf("%X", md5.Sum(data)) }

func network(message string) error {
	return &queue.Error{Kind: queue.Resumable, Code: "NetworkError", Message: message}
}
func noSuchUpload() error { return &queue.Error{Kind: queue.Resumable, Code: "NoSuchUpload"} }

// watcher records what it is told.
type watcher struct {
	initiated func(queue.Multipart) error // may be nil
	onAck     func(queue.Part)            // may be nil
	announce  error                       // that it could not be written down

	mu        sync.Mutex // guards the rest
	started   []string
	m         *queue.Multipart
	acked     []queue.Part
	resets    int
	announced int
	lost      []queue.Lost
	left      []string
	at        []string // where the object may be, as it was told last
	retries   []*queue.Error
	over      context.Context // of Outlived; nil: never
	unheard   int
	outlived  int    // that still go on
	answered  []bool // whether those were that do not
	made      []bool // and whether they made the object
	sent      uint64 // the CRC64 of the last of them
}

func (w *watcher) Created(context.Context, queue.Granted) error { return nil }

func (w *watcher) Started(bucket, key, uploadID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.started = append(w.started, bucket+"/"+key+" "+uploadID)
}

func (w *watcher) Initiating(context.Context, string, string) (func(), error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.announced++
	return func() {}, w.announce
}

func (w *watcher) Lost(bucket, key string, since time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost = append(w.lost, queue.Lost{Bucket: bucket, Key: key, Since: since})
}

func (w *watcher) Initiated(_ context.Context, m queue.Multipart) error {
	w.mu.Lock()
	w.m = &m
	w.acked = nil
	w.mu.Unlock()
	if w.initiated != nil {
		return w.initiated(m)
	}
	return nil
}

func (w *watcher) Sending(_ context.Context, bucket, key string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = append(w.at, bucket+"/"+key)
	return w.announce
}

func (w *watcher) NotMade() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = append(w.at, "nowhere")
}

func (w *watcher) Unheard(uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unheard++
}

func (w *watcher) Outlived(crc uint64) (context.Context, func(queue.Outcome)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outlived++
	over := w.over
	if over == nil {
		over = context.Background()
	}
	return over, func(o queue.Outcome) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.outlived--
		w.answered, w.made = append(w.answered, o.Answered), append(w.made, o.Made)
		w.sent = crc
	}
}

func (w *watcher) Left(m queue.Multipart) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = append(w.left, m.UploadID)
}

func (w *watcher) Acked(p queue.Part, _ int) {
	w.mu.Lock()
	w.acked = append(w.acked, p)
	w.mu.Unlock()
	if w.onAck != nil {
		w.onAck(p)
	}
}

func (w *watcher) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resets++
	w.m, w.acked = nil, nil
}

func (w *watcher) Retry(err *queue.Error, _ int, _ time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.retries = append(w.retries, err)
}

// resume is what the journal would hand to the next run.
func (w *watcher) resume() *queue.Multipart {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.m == nil {
		return nil
	}
	m := *w.m
	m.Parts = slices.Clone(w.acked)
	return &m
}

// file makes a job for a file with size bytes that never repeat from part to part.
func file(t *testing.T, size int) (queue.Job, []byte) {
	t.Helper()
	data := make([]byte, size)
	x := uint32(size)*2654435761 + 1
	for i := range data {
		x = x*1664525 + 1013904223
		data[i] = byte(x >> 24)
	}
	path := filepath.Join(t.TempDir(), "a.mp4")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return queue.Job{ID: 7, Name: "clips/a.mp4", Path: path, Size: int64(size)}, data
}

// kind asserts that err is a *queue.Error of this kind and code.
func kind(t *testing.T, err error, k queue.Kind, code string) {
	t.Helper()
	var e *queue.Error
	if !errors.As(err, &e) || e.Kind != k || e.Code != code {
		t.Fatalf("error = %#v (%v), want kind %d code %s", err, err, k, code)
	}
}

const part = minPart // the smallest part there is keeps the tests small

// small are Options with small parts.
func small(parts int) Options { return Options{PartSize: part, Parts: parts} }
