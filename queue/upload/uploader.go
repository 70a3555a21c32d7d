package upload

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload/level"
)

// Uploader sends files to where Places says. It may be used by many goroutines at once.
type Uploader struct {
	places Places
	remote Remote // where all files go; nil: places knows
	o      Options
	limit  limiter
	sends  *pace        // of the requests to buckets
	asks   *pace        // of the questions to places
	reach  reach        // of the line
	level  *level.Level // of the parts under way at once; nil: Options.Parts of each file
	flying atomic.Int64 // requests that carry a body

	mu        sync.Mutex      // guards the rest
	closed    map[string]bool // buckets whose multipart uploads we may not list
	histories map[string]past // by bucket
}

var _ transfer.Uploader = (*Uploader)(nil)

// New returns an Uploader that sends everything to one bucket.
func New(remote Remote, o Options) *Uploader {
	o = o.withDefaults()
	u := NewVia(newBucket(remote, o), o)
	u.remote = remote
	return u
}

// NewVia returns an Uploader that sends each file to where places says.
func NewVia(places Places, o Options) *Uploader {
	o = o.withDefaults()
	u := &Uploader{places: places, o: o, sends: newPace(o), asks: newPace(o), closed: make(map[string]bool),
		histories: make(map[string]past)}
	if o.Auto {
		u.level = level.New()
	}
	return u
}

// Upload implements transfer.Uploader. A success that was verified is returned as such also when ctx ended meanwhile.
// After any other end nothing reads the file any more and no goroutine of the run is left.
func (u *Uploader) Upload(ctx context.Context, job transfer.Job, watch transfer.Watch) (transfer.Result, error) {
	res, err := u.upload(ctx, job, watch)
	if err == nil {
		return res, nil
	}
	if ctx.Err() != nil {
		return transfer.Result{}, ctx.Err()
	}
	select {
	case <-job.Drain:
		if asError(err).Kind == transfer.Resumable {
			return transfer.Result{}, context.Canceled
		}
	default:
	}
	return transfer.Result{}, asError(err)
}

func (u *Uploader) upload(ctx context.Context, job transfer.Job, watch transfer.Watch) (res transfer.Result,
	err error) {
	if err := ctx.Err(); err != nil {
		return transfer.Result{}, err
	}
	if job.Size > maxSize {
		return transfer.Result{}, &transfer.Error{Kind: transfer.Final, Code: "EntityTooLarge",
			Message: fmt.Sprintf("the file has %d bytes, one object holds at most %d", job.Size, int64(maxSize)),
			Hint:    "split the file"}
	}
	if job.Ahead {
		if job.Size = u.whole(job); job.Size == 0 {
			return transfer.Result{}, nil
		}
	}
	src, err := openSource(ctx, job, &u.limit)
	if err != nil {
		return transfer.Result{}, err
	}
	defer src.close()
	attributes, err := u.attributes(src)
	if err != nil {
		return transfer.Result{}, err
	}
	place, err := u.place(ctx, job, attributes, watch)
	if err != nil {
		return transfer.Result{}, err
	}
	if job.Announce {
		return transfer.Result{Bucket: place.Remote.Bucket(), Key: place.Key, VideoID: place.VideoID}, nil
	}
	if place.Ended != nil {
		defer func() { place.Ended(err == nil) }()
	}
	to := Target{Bucket: place.Remote.Bucket(), Key: place.Key, Forbid: u.o.Overwrite == "forbid",
		Header: header(attributes, job.Name)}

	r := &run{u: u, job: job, rests: newRests(job.Wanted), watch: watch, src: src, remote: place.Remote, to: to,
		videoID: place.VideoID,
		from:    sender{refused: job.Failed}, lostWord: job.Doubt}
	r.cuts.Store(int64(job.Cuts))
	res, err = r.do(ctx)
	if err != nil && to.Forbid && code(err) == "FileAlreadyExists" {
		return r.already(ctx, err)
	}
	if err == nil && !job.Ours && !job.Ahead { // of a change to others' files nobody tells
		err = src.stillThere()
	}
	return res, err
}

// place asks where the file goes, unless the one who knows wants to be left alone: then it waits.
func (u *Uploader) place(ctx context.Context, job transfer.Job, attributes attribute.Set, watch transfer.Watch) (Place,
	error) {
	turn, err := u.asks.rest(ctx, job.Drain)
	if err != nil {
		return Place{}, context.Canceled
	}
	place, err := u.places.Place(ctx, job, attributes, watch)
	u.asks.heard(turn, err)
	return place, err
}

// Key implements transfer.Uploader.
func (u *Uploader) Key(name string, id transfer.ID) (bucket, key string, err error) {
	key, err = u.places.Key(name, id)
	if err != nil || u.remote == nil {
		return "", "", err
	}
	return u.remote.Bucket(), key, nil
}

// Lasting implements transfer.Uploader.
func (u *Uploader) Lasting() bool { return !strings.Contains(u.o.Prefix, "{date}") }

// Abort implements transfer.Uploader.
func (u *Uploader) Abort(ctx context.Context, m transfer.Multipart) error {
	err := u.places.Abort(ctx, m)
	if err == nil || code(err) == "NoSuchUpload" {
		return nil
	}
	return failed(ctx, err)
}

// Limit implements transfer.Uploader. Parts that share a low limit all take long, and are lost when the queue is
// paused: so it begins with as many as it fills in a second.
func (u *Uploader) Limit(bytesPerSecond int64) {
	u.limit.set(bytesPerSecond)
	switch {
	case u.level == nil:
	case bytesPerSecond == 0:
		u.level.Begin(level.First)
	default:
		u.level.Begin(int(min(max(bytesPerSecond/u.o.PartSize, 2), level.First)))
	}
}

// InFlight implements transfer.Uploader.
func (u *Uploader) InFlight() int { return int(u.flying.Load()) }

// cannotList notes that listing the multipart uploads of a bucket is refused; there is no use in asking for each file.
func (u *Uploader) cannotList(bucket string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed[bucket] = true
}

func (u *Uploader) unlisted(bucket string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.closed[bucket]
}

// asError is err as the queue knows errors. What a Remote did not classify is tried again: it cannot be worse than
// giving up a file that was fine.
func asError(err error) *transfer.Error {
	var e *transfer.Error
	if errors.As(err, &e) {
		return e
	}
	return &transfer.Error{Kind: transfer.Resumable, Code: "ClientException", Message: err.Error(), Err: err}
}

// code is the error's code, "" when it has none.
func code(err error) string {
	var e *transfer.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// outlive is a context that ends d after ctx ended, for requests whose answer must be known.
func outlive(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var timer *time.Timer
	var mu sync.Mutex // guards timer
	stop := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		timer = time.AfterFunc(d, cancel)
	})
	return longer, func() {
		stop()
		mu.Lock()
		defer mu.Unlock()
		if timer != nil {
			timer.Stop()
		}
		cancel()
	}
}
