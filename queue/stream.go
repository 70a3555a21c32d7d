package queue

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

const (
	streamEvery = time.Second / 2 // how often to look at what is being written
	streamLooks = 1000            // at how many files, the oldest first
	streamLeast = 400 << 10       // bytes: no part that is sent ahead is shorter
)

// stream is a file that is sent ahead while it is written, by one short run after another.
type stream struct {
	size     int64     // of it when the last run began
	attempts int       // runs that failed since
	next     time.Time // no run before; zero: at once
	off      bool      // something is final: the run behind will say it
}

// runStreams sends files ahead until stop is closed.
func (q *Queue) runStreams(stop <-chan struct{}) {
	tick := time.NewTicker(streamEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-stop:
			return
		}
		for _, e := range q.writtenFiles() {
			q.streamOne(e)
		}
	}
}

// writtenFiles is what is being written and could be sent ahead.
func (q *Queue) writtenFiles() (all []*entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for e := range q.streams {
		if e.run == nil && !q.streamableLocked(e) {
			delete(q.streams, e)
		}
	}
	for _, e := range q.list.In(list.Receiving).Oldest(streamLooks) {
		if q.streamableLocked(e) {
			all = append(all, e)
		}
	}
	return all
}

// streamableLocked reports whether the file's bytes are new, likely to stay, and going to an object of this name. It
// may be closed already, and settle.
func (q *Queue) streamableLocked(e *entry) bool {
	return q.state == list.Running && !q.closing && e.State == list.Receiving && !e.gone && !e.Parked &&
		!q.unmovedLocked(e) &&
		(e.writers > 0 || e.Size >= streamLeast) && e.run == nil && e.dirty && e.before == 0 &&
		e.fault() == "" && !e.foreign() && (e.target == nil || e.target.uploadID == "" || e.target.ahead) &&
		q.o.Names.Class(e.name()) == names.Final && q.companionLocked(e) == ""
}

// streamOne begins a run for what has come since the last one, unless all slots are taken.
func (q *Queue) streamOne(e *entry) {
	q.mu.Lock()
	name, full := e.name(), q.streaming >= q.o.Files
	q.mu.Unlock()
	if full {
		return
	}
	size, err := q.written(name)
	if err != nil { // renamed or removed just now, as a rule
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.streams[e]
	if s == nil {
		s = &stream{}
		q.streams[e] = s
	}
	if !q.streamableLocked(e) || e.name() != name || s.off || size <= s.size || q.now().Before(s.next) {
		return
	}
	ctx, cancel := context.WithCancel(q.ctx)
	r := &run{q: q, e: e, name: name, gen: e.gen, cancel: cancel, renewals: q.renewals, stream: make(chan struct{})}
	r.progress = transfer.NewProgress(q.now, r.moves, &q.meter)
	e.run = r
	q.streaming++
	job := transfer.Job{ID: e.ID, Name: name, Path: q.spoolPath(name), Size: size, Resume: e.resume(), Drain: r.stream,
		Added: unixMilli(e.added), Ahead: true, Progress: r.progress}
	job.Open = func(context.Context) (*os.File, error) { return q.openDrop(name) }
	job.Named = func(context.Context) (fs.FileInfo, error) { return q.namedDrop(name) }
	q.runs.Go(func() {
		_, err := q.o.Uploader.Upload(ctx, job, r)
		cancel()
		spool.StartSync(job.Path) // so that little is left to wait for when it is sealed
		q.streamed(r, s, size, err)
	})
}

// written is how much of a file is there without a gap: what was only allocated is not.
func (q *Queue) written(name string) (int64, error) {
	f, err := q.openDrop(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return 0, err
	}
	size, err := f.Seek(0, seekHole)
	if errors.Is(err, errNoSeekHole) {
		return info.Size(), nil
	}
	return size, err
}

// streamed ends a run that sent ahead. What went wrong is no matter of the file's, which is still being written: the
// run behind meets it, too, and says so.
func (q *Queue) streamed(r *run, s *stream, size int64, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.streaming--
	q.quitLocked(r)
	defer q.scheduleLocked()
	var problem *transfer.Error
	switch {
	case err == nil:
		s.size, s.attempts = size, 0
	case errors.As(err, &problem) && problem.Kind == transfer.Renew && r.renewals == q.renewals &&
		q.state == list.Running:
		q.expireQueueLocked(r.e, problem)
	case errors.As(err, &problem) && problem.Kind == transfer.Final && problem.Code != "FileChanged" &&
		problem.Code != "FileNotExist":
		s.off = true
		q.o.Log.Info("a file is not sent ahead", "file", r.e.name(), "error", err)
	default:
		s.attempts++
		s.next = q.now().Add(backoff(s.attempts))
	}
}

// drainStreamLocked has what is sent ahead of a file end after the parts in flight.
func (q *Queue) drainStreamLocked(e *entry) {
	if e.run == nil || e.run.stream == nil {
		return
	}
	select {
	case <-e.run.stream:
	default:
		close(e.run.stream)
	}
}

// cutStreamsLocked ends all of them at once. What has arrived counts.
func (q *Queue) cutStreamsLocked() {
	for e := range q.streams {
		if e.run != nil && e.run.stream != nil {
			e.run.cancel()
		}
	}
}
