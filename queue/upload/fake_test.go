package upload

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"hash/crc64"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
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
	fault func(op string, part, nth int) outcome // nth of this op and part, from 1; may be nil
	// called when the server has all of a put, before it stores it; may be nil
	taken   func(ctx context.Context)
	piece   int           // bytes per Read of a body; 0: 64 KiB
	age     time.Duration // of all objects
	version string        // likewise

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
	return &fake{objects: map[string][]byte{}, uploads: map[string]map[int][]byte{}, began: map[string]time.Time{},
		seen:  map[string]int{},
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
		return Answer{}, &transfer.Error{Code: "FileAlreadyExists"}
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

func (f *fake) Complete(ctx context.Context, to Target, parts []transfer.Part) (Answer, error) {
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
		return Answer{}, &transfer.Error{Code: "FileAlreadyExists"}
	}
	var data []byte
	for _, p := range parts {
		if !sameETag(etag(u[p.Number]), p.ETag) {
			return Answer{}, &transfer.Error{Code: "InvalidPart"}
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
		return false, &transfer.Error{Kind: transfer.Final, Code: "AccessDenied"}
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
		return &transfer.Error{Kind: transfer.Final, Code: "NoSuchVersion"}
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
	return &transfer.Error{Kind: transfer.Resumable, Code: "NetworkError", Message: message}
}
func noSuchUpload() error { return &transfer.Error{Kind: transfer.Resumable, Code: "NoSuchUpload"} }
