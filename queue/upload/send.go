package upload

import (
	"context"
	"errors"
	"sync"
	"time"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
	"inboxfs/queue/wake"
)

// sending is what the workers of one multipart upload share.
type sending struct {
	run    *run
	parts  *parts
	cancel context.CancelFunc // ends the requests in flight
	stop   chan struct{}      // closed when no further request starts

	mu    sync.Mutex // guards the rest
	err   error      // why, the gravest so far
	grace *time.Timer
}

// send sends the missing parts, Options.Parts at once or as many as the level lets in, each worker one after another.
// When it returns, no worker is left.
func (r *run) send(ctx context.Context, p *parts) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &sending{run: r, parts: p, cancel: cancel, stop: make(chan struct{})}
	var workers sync.WaitGroup
	n := min(r.u.atOnce(), p.missing())
	r.rests.join(n - 1) // they are at work in place of this one
	for range n {
		workers.Go(func() {
			s.work(inner)
			r.rests.join(-1)
		})
	}
	sent := make(chan struct{})
	var drain sync.WaitGroup
	drain.Go(func() {
		select {
		case <-r.job.Drain:
			s.fail(inner, context.Canceled)
		case <-sent:
		}
	})
	workers.Wait()
	r.rests.join(1)
	close(sent)
	drain.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.outcome()
}

func (s *sending) work(ctx context.Context) {
	for !s.stopped() {
		number, found, ok := s.parts.take()
		if !ok {
			return
		}
		if err := s.part(ctx, number, found); err != nil {
			s.fail(ctx, err)
			return
		}
	}
}

// part brings one part to the server, or finds it there.
func (s *sending) part(ctx context.Context, number int, found transfer.Part) error {
	r := s.run
	off, size := s.parts.span(number)
	switch {
	case found.Number != 0:
		crc, err := r.src.checksum(ctx, off, size, nil)
		if err != nil {
			return err
		}
		if crc == found.CRC64 { // it is counted already
			s.parts.set(found)
			return nil
		}
	case found.ETag != "":
		same, crc, err := r.src.matches(ctx, off, size, found.ETag)
		if err != nil {
			return err
		}
		if same {
			r.job.Progress.Found(size)
			s.acked(transfer.Part{Number: number, Size: size, CRC64: crc, ETag: found.ETag})
			return nil
		}
	}
	part := transfer.Part{Number: number, Size: size}
	err := r.tryBy(ctx, s.stop, r.sendPart, func(ctx context.Context) error {
		ans, crc, err := r.carry(ctx, off, size, nil, func(ctx context.Context, b *body) (Answer, error) {
			if r.u.level != nil {
				b.moved = r.u.level.Moved
			}
			return r.remote.UploadPart(ctx, s.parts.to, number, b, size)
		})
		part.CRC64, part.ETag = crc, ans.ETag
		return err
	})
	if err == nil {
		s.acked(part)
	}
	return err
}

func (s *sending) acked(part transfer.Part) {
	killpoint.At("part: acknowledged")
	s.parts.set(part)
	s.run.acked.Add(1)
	s.run.watch.Acked(part, int(s.run.failing.Load()))
	killpoint.At("part: told")
}

// fail ends the sending: at once when no part can be of use any more; otherwise parts in flight get some time to
// arrive, and none begins.
func (s *sending) fail(ctx context.Context, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return // cancelled by an error that is known, or by the caller
	}
	if s.err == nil {
		close(s.stop)
	}
	if s.err == nil || gravity(err) > gravity(s.err) {
		s.err = err
	}
	if gravity(s.err) >= lost {
		s.cancel()
	} else if s.grace == nil {
		s.grace = time.AfterFunc(s.run.u.o.Grace, s.cancel)
	}
}

func (s *sending) stopped() bool { return wake.Closed(s.stop) }

// outcome is called when no worker is left. Nothing is wrong if all parts arrived after the order to end.
func (s *sending) outcome() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.grace != nil {
		s.grace.Stop()
	}
	if errors.Is(s.err, context.Canceled) && s.parts.missing() == 0 {
		return nil
	}
	return s.err
}

// lost is the gravity from which on the parts on the server are of no use.
const lost = 2

// gravity orders errors by which of several a run ends with.
func gravity(err error) int {
	switch e := asError(err); {
	case e.Kind == transfer.Final:
		return 3
	case forgotten(err):
		return lost
	case e.Kind == transfer.Renew:
		return 1
	}
	return 0
}
