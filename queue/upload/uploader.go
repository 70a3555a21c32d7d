package upload

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"inboxfs/queue"
)

// Uploader sends files to a Remote. It may be used by many goroutines at once.
type Uploader struct {
	remote   Remote
	o        Options
	hostname string
	limit    limiter

	mu     sync.Mutex           // guards the rest
	active map[string]int       // runs under way, by key
	lost   map[string]time.Time // when an Initiate was sent whose answer never came, by key
}

var _ queue.Uploader = (*Uploader)(nil)

// New returns an Uploader that sends to remote.
func New(remote Remote, o Options) *Uploader {
	o = o.withDefaults()
	host, err := o.Hostname()
	if err != nil || host == "" {
		o.Log.Warn("host name unknown, {hostname} in object keys is \"localhost\"", "err", err)
		host = "localhost"
	}
	return &Uploader{remote: remote, o: o, hostname: host,
		active: make(map[string]int), lost: make(map[string]time.Time)}
}

// Upload implements queue.Uploader. A success that was verified is returned as such also when ctx ended meanwhile.
// After any other end nothing reads the file any more and no goroutine of the run is left.
func (u *Uploader) Upload(ctx context.Context, job queue.Job, watch queue.Watch) (queue.Result, error) {
	res, err := u.upload(ctx, job, watch)
	if err == nil {
		return res, nil
	}
	if ctx.Err() != nil {
		return queue.Result{}, ctx.Err()
	}
	select {
	case <-job.Drain:
		if asError(err).Kind == queue.Resumable {
			return queue.Result{}, context.Canceled
		}
	default:
	}
	return queue.Result{}, asError(err)
}

func (u *Uploader) upload(ctx context.Context, job queue.Job, watch queue.Watch) (queue.Result, error) {
	if err := ctx.Err(); err != nil {
		return queue.Result{}, err
	}
	to, err := u.target(job)
	if err != nil {
		return queue.Result{}, err
	}
	if job.Size > maxSize {
		return queue.Result{}, &queue.Error{Kind: queue.Final, Code: "EntityTooLarge",
			Message: fmt.Sprintf("the file has %d bytes, one object holds at most %d", job.Size, int64(maxSize)),
			Hint:    "split the file"}
	}
	src, err := openSource(ctx, job, &u.limit)
	if err != nil {
		return queue.Result{}, err
	}
	defer src.close()
	if to.Header, err = u.header(src, job.Name); err != nil {
		return queue.Result{}, err
	}

	u.enter(to.Key)
	defer u.leave(to.Key)
	r := &run{u: u, job: job, watch: watch, src: src, to: to}
	res, err := r.do(ctx)
	if err != nil && to.Forbid && code(err) == "FileAlreadyExists" {
		// It may be our own: stored before a crash, or by a request whose answer was lost.
		return r.already(ctx, err)
	}
	return res, err
}

// target is where the job's object goes: where an earlier run began to send it, or the key that its name gets now.
func (u *Uploader) target(job queue.Job) (Target, error) {
	to := Target{Bucket: u.remote.Bucket(), Forbid: u.o.Overwrite == "forbid"}
	if job.Resume != nil && job.Resume.Key != "" {
		to.Key = job.Resume.Key
		return to, nil
	}
	key, err := u.Key(job.Name, job.ID)
	if err != nil {
		return Target{}, &queue.Error{Kind: queue.Final, Code: "InvalidObjectName", Message: err.Error(), Err: err}
	}
	to.Key = key
	return to, nil
}

// Abort implements queue.Uploader.
func (u *Uploader) Abort(ctx context.Context, m queue.Multipart) error {
	err := u.remote.Abort(ctx, Target{Bucket: m.Bucket, Key: m.Key, UploadID: m.UploadID})
	if err == nil || code(err) == "NoSuchUpload" {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return asError(err)
}

// Limit implements queue.Uploader.
func (u *Uploader) Limit(bytesPerSecond int64) { u.limit.set(bytesPerSecond) }

func (u *Uploader) enter(key string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.active[key]++
}

func (u *Uploader) leave(key string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.active[key]--; u.active[key] == 0 {
		delete(u.active, key)
	}
}

// alone says whether only one run is under way for key.
func (u *Uploader) alone(key string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.active[key] == 1
}

// suspect notes that an Initiate for key is about to be made, of which nothing may be heard any more. It says whether
// this is the only one.
func (u *Uploader) suspect(key string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, ok := u.lost[key]; ok {
		return false
	}
	u.lost[key] = time.Now()
	return true
}

// suspected is when the first Initiate for key was made that nothing was heard of.
func (u *Uploader) suspected(key string) (time.Time, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	first, ok := u.lost[key]
	return first, ok
}

// clear forgets what suspect noted.
func (u *Uploader) clear(key string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.lost, key)
}

// asError is err as the queue knows errors. What a Remote did not classify is tried again: it cannot be worse than
// giving up a file that was fine.
func asError(err error) *queue.Error {
	var e *queue.Error
	if errors.As(err, &e) {
		return e
	}
	return &queue.Error{Kind: queue.Resumable, Code: "ClientException", Message: err.Error(), Err: err}
}

// code is the error's code, "" when it has none.
func code(err error) string {
	var e *queue.Error
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
