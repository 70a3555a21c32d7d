package upload

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"inboxfs/queue/transfer"
)

// Some lines end each connection after so many bytes: a gateway that looks into what passes, a proxy with a limit, a
// bad link. A request that is longer never gets through, however often it is made. So its bytes go in shorter ones.

// reach is how long a request is that the line carries, as far as that was found out. It counts for all files: they
// share the line.
type reach struct {
	mu    sync.Mutex // guards the rest
	most  int64      // bytes of a body; 0: nothing is known
	since time.Time
}

// remembered is for how long what was found out counts: the line may be another tomorrow.
const remembered = time.Hour

// limit is the longest body, 0 for any.
func (l *reach) limit(now time.Time) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.since) > remembered {
		return 0
	}
	return l.most
}

// known is the longest body that got through when that was found out last, also long ago; 0: never.
func (l *reach) known() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.most
}

// learn notes that bodies of size bytes get through, or are to be tried.
func (l *reach) learn(size int64, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.most == 0 || size < l.most || now.Sub(l.since) > remembered {
		l.most = size
	}
	l.since = now
}

// partSize is the size of the parts of a file.
func (u *Uploader) partSize(job transfer.Job) int64 {
	size := u.o.partSize(job)
	if most := u.reach.limit(u.o.Now()); most > 0 {
		size = min(size, max(most, leastPart(job)))
	}
	return size
}

// leastPart is the shortest part with which a file needs no more of them than there may be.
func leastPart(job transfer.Job) int64 {
	return max(minPart, (job.Size+maxParts-1)/maxParts)
}

// threshold is the size up to which a file goes in one request.
func (u *Uploader) threshold() int64 {
	if most := u.reach.limit(u.o.Now()); most > 0 {
		return min(u.o.Threshold, most)
	}
	return u.o.Threshold
}

// shorter is the next length to try: a quarter.
func (r *run) shorter(size int64) (next int64, ok bool) {
	const block = 4 << 10
	next = max(size/4/block*block, leastPart(r.job))
	return next, next < size
}

// shorterAsKnown is shorter, or what was found out before, if that is less.
func (r *run) shorterAsKnown(size int64) (next int64, ok bool) {
	next, ok = r.shorter(size)
	if known := r.u.reach.known(); known > 0 {
		next = min(next, max(known, leastPart(r.job)))
	}
	return next, ok
}

// cut reports whether an error is that of a line that ended, rather than anybody's answer.
func cut(err error) bool {
	e := asError(err)
	return e.Kind == transfer.Resumable && e.RequestID == "" && (e.Code == "NetworkError" || e.Code == "RequestTimeout")
}

// stuck reports whether the run brought nothing to the server because the line ended under each body that it sent.
// Other requests got through: it would not have come to send one.
func (r *run) stuck(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && cut(err) && r.acked.Load() == 0 && r.cuts.Load() >= int64(r.u.o.MaxTries)
}

// shortenPut has the file go in parts that are shorter than the put which got stuck. It may have arrived all the same,
// if only its answer was lost: then that is the result.
func (r *run) shortenPut(ctx context.Context, err error) (res transfer.Result, again bool, failed error) {
	next, ok := r.shorterAsKnown(r.job.Size)
	if !ok {
		return res, false, err
	}
	if r.open {
		arrived := false
		asking := r.try(ctx, r.job.Drain, func(ctx context.Context) error {
			ans, ok, err := r.settle(ctx, r.sum(ctx))
			arrived, res = ok, r.result(r.to, ans, ans.CRC64)
			return err
		})
		if asking != nil || arrived {
			return res, false, asking
		}
	}
	r.shorten(r.job.Size, next, err)
	return res, true, nil
}

// fruitless is after how many runs in a row that brought nothing parts on the server are given up for shorter ones.
const fruitless = 2

// shortenParts has the file go in shorter parts. Where the server has some of those that got stuck, all goes again; so
// that is done only after several runs, and once a shorter one got through: a line that carries none at all will be
// better some day.
func (r *run) shortenParts(ctx context.Context, p *parts, err error) (again bool) {
	next, ok := r.shorterAsKnown(p.partSize)
	if !ok {
		return false
	}
	stored, listing := r.lacking(ctx, p)
	if listing != nil {
		return false
	}
	if !stored.bare() {
		if r.job.Fruitless < fruitless {
			return false
		}
		if next, ok = r.probe(ctx, stored, next); !ok {
			return false
		}
	}
	r.shorten(p.partSize, next, err)
	r.discard(ctx, r.known(p))
	r.watch.Reset()
	return true
}

// probe looks for a length that gets through, from one down to the shortest. What it sends is the beginning of a part
// that is missing, in that part's place: nothing is done with it, and the part replaces it.
func (r *run) probe(ctx context.Context, p *parts, size int64) (fits int64, ok bool) {
	number, _, missing := p.take()
	if !missing {
		return 0, false
	}
	off, whole := p.span(number)
	for ok = size < whole; ok; size, ok = r.shorter(size) {
		_, _, err := r.carry(ctx, off, size, nil, func(ctx context.Context, b *body) (Answer, error) {
			return r.remote.UploadPart(ctx, p.to, number, b, size)
		})
		if err == nil {
			r.job.Progress.Lost(size)
			return size, true
		}
		if ctx.Err() != nil || !cut(err) {
			return 0, false
		}
	}
	return 0, false
}

// shorten says so, and begins to count anew.
func (r *run) shorten(from, to int64, err error) {
	r.u.reach.learn(to, r.u.o.Now())
	r.cuts.Store(0)
	r.failing.Store(0) // those requests are not made again
	e := *asError(err)
	was, is := humanize.IBytes(uint64(from)), humanize.IBytes(uint64(to))
	e.Message = fmt.Sprintf("%s; no request of %s gets through, so parts of %s are tried", e.Message, was, is)
	e.Hint = "it goes on by itself: something on the way ends connections after so many bytes; " +
		"an upload.part_size that gets through spares the tries"
	r.u.o.Log.Warn("the line ends under each request; shorter parts are tried", "key", r.to.Key, "part_size", to,
		"was", from, "error", err)
	r.watch.Retry(&e, r.u.o.MaxTries, 0)
}
