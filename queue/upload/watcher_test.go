package upload

import (
	"context"
	"slices"
	"sync"
	"time"

	"inboxfs/queue/transfer"
)

// watcher records what it is told.
type watcher struct {
	initiated func(transfer.Multipart) error // may be nil
	onAck     func(transfer.Part)            // may be nil
	announce  error                          // that it could not be written down

	mu        sync.Mutex // guards the rest
	started   []string
	m         *transfer.Multipart
	acked     []transfer.Part
	resets    int
	announced int
	lost      []transfer.Lost
	left      []string
	at        []string // where the object may be, as it was told last
	retries   []*transfer.Error
	over      context.Context // of Outlived; nil: never
	unheard   int
	outlived  int    // that still go on
	answered  []bool // whether those were that do not
	made      []bool // and whether they made the object
	sent      uint64 // the CRC64 of the last of them
}

func (w *watcher) Created(context.Context, transfer.Granted) error { return nil }

func (w *watcher) Started(bucket, key, uploadID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.started = append(w.started, bucket+"/"+key+" "+uploadID)
}

func (w *watcher) Initiating(context.Context, transfer.Lost) (func(), error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.announced++
	return func() {}, w.announce
}

func (w *watcher) Lost(at transfer.Lost) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost = append(w.lost, at)
}

func (w *watcher) Initiated(_ context.Context, m transfer.Multipart) error {
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

func (w *watcher) Outlived(crc uint64) (context.Context, func(transfer.Outcome)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outlived++
	over := w.over
	if over == nil {
		over = context.Background()
	}
	return over, func(o transfer.Outcome) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.outlived--
		w.answered, w.made = append(w.answered, o.Answered), append(w.made, o.Made)
		w.sent = crc
	}
}

func (w *watcher) Left(m transfer.Multipart) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = append(w.left, m.UploadID)
}

func (w *watcher) Acked(p transfer.Part, _ int) {
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

func (w *watcher) Retry(err *transfer.Error, _ int, _ time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.retries = append(w.retries, err)
}

// progress has the job's bytes counted, and what is acknowledged taken off as the queue does it.
func (w *watcher) progress(job *transfer.Job) *transfer.Progress {
	var all transfer.Meter
	p := transfer.NewProgress(time.Now, func() {}, &all)
	job.Progress, w.onAck = p, func(part transfer.Part) { p.Acked(part.Size) }
	return p
}

// way is how many bytes count as under way, which must not be less than none.
func way(p *transfer.Progress) int64 {
	const more = 1 << 40
	p.Sent(more)
	return p.Way() - more
}

// resume is what the journal would hand to the next run.
func (w *watcher) resume() *transfer.Multipart {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.m == nil {
		return nil
	}
	m := *w.m
	m.Parts = slices.Clone(w.acked)
	return &m
}
