package queue

import (
	"context"
	"io/fs"
	"os"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
	"inboxfs/queue/wake"
)

// scheduleLocked starts what may start: while the queue runs, the first of the ready entries in order of addition,
// Options.Files at once, and behind them those that failed (fair). While a run is winding down, nothing starts that
// goes to the same object: what it has sent may arrive late, and must not take the place of what is newer. The next one
// starts when the one before it has said so, or met a hindrance: OnUploadStarted comes in order of addition. q.mu is
// held.
func (q *Queue) scheduleLocked() {
	q.muteLocked()
	for q.state == list.Running && !q.closing && !q.isBroken && q.starting == nil && q.placesLocked() < q.o.Files {
		e := q.nextLocked()
		if e == nil {
			break
		}
		q.list.OutOfLine(e)
		_ = q.foreseeLocked(e) // the day may be another by now; an error is the run's to say
		if q.lateLocked(e) || q.keptBackLocked(e) {
			continue
		}
		if q.blockedLocked(e) {
			q.behind[e] = struct{}{}
			continue
		}
		q.beginLocked(e)
	}
	q.wantPlacesLocked()
	q.idleLocked()
}

// wantPlacesLocked tells runs that others want their places, so that those which only wait give them up: all of them
// when there is no other place, and those of files that failed when others of these are in line.
func (q *Queue) wantPlacesLocked() {
	all := q.placesLocked() >= q.o.Files && q.nextLocked() != nil
	if !all && q.list.FirstAgain() == nil {
		return
	}
	for _, r := range q.sending {
		if (all || r.failed) && !wake.Closed(r.wanted) {
			close(r.wanted)
		}
	}
}

// nextLocked is the entry that gets the next place, or nil. What has yet to follow its folder waits for runRelocations.
func (q *Queue) nextLocked() *entry {
	now := q.now()
	first, again := q.list.First(), q.list.FirstAgain()
	if len(q.grants.asked) > 0 {
		first = q.askableLocked(first)
	}
	others := first != nil && !q.unmovedLocked(first)
	failed := again != nil && !q.unmovedLocked(again)
	switch {
	case failed && q.fair.MayTry(now, q.o.Files, others):
		return again
	case others && q.fair.MayBegin(now):
		return first
	}
	if at := q.fair.Later(now, others, failed); !at.Equal(q.lookAt) {
		q.lookAt = at
		q.clockWake.Ring()
	}
	return nil
}

// wakeScheduler is scheduleLocked for callers without the lock.
func (q *Queue) wakeScheduler() {
	q.mu.Lock()
	q.scheduleLocked()
	q.mu.Unlock()
}

// beginLocked starts one run of an entry.
func (q *Queue) beginLocked(e *entry) {
	if e.State == list.Ready {
		q.setLocked(e, list.Uploading)
		if e.started == 0 {
			now := q.now()
			e.started, e.aim().began = now.UnixMilli(), now
		}
	}
	if q.busySince == 0 {
		q.busySince, q.succeeded, q.failed, q.done = q.now().UnixMilli(), 0, 0, 0
		since := q.busySince
		q.stageLocked(commit.Change{Batch: journal.Batch{BusySince: &since}})
		q.meter.Begin(q.now())
	}
	delete(q.grants.given, e.ID)
	ctx, cancel := context.WithCancel(q.ctx)
	r := &run{q: q, e: e, name: e.name(), place: e.place, gen: e.gen, cancel: cancel, renewals: q.renewals,
		since:  q.now(),
		wanted: make(chan struct{})}
	r.progress = transfer.NewProgress(q.now, r.moves, &q.meter)
	e.run = r
	if t := e.target; t != nil {
		r.had = t.videoID
	}
	if _, r.failed = e.Tried(); r.failed {
		r.charged = q.fair.Began(q.list.First() != nil)
	} else {
		q.starting = r
	}
	killpoint.At("run: begun")
	q.aimAtMediumLocked(e)
	q.active++
	q.sending[r.place] = r
	job := transfer.Job{ID: e.ID, Name: r.name, Path: q.pathLocked(e), Size: e.Size, Resume: e.resume(), Drain: q.drain,
		Wanted: r.wanted,
		Like:   r.like, Took: r.took, Ours: !e.foreign(), Doubt: e.sent, Added: unixMilli(e.added), Changed: e.changed,
		Failed: r.failed, Progress: r.progress}
	q.jobOfMediumLocked(e, &job)
	if r.announces = job.Announce; job.Medium != nil {
		r.sendsPieceLocked(job.Medium.VideoID)
	}
	job.Open = func(context.Context) (*os.File, error) { return q.openDrop(r.name) }
	job.Named = func(context.Context) (fs.FileInfo, error) { return q.namedDrop(r.name) }
	if e.target != nil {
		job.Fruitless, job.Cuts = e.target.attempts, e.target.cuts
	}
	if e.foreign() {
		job.Open = func(ctx context.Context) (*os.File, error) { return q.openForeign(ctx, job.Path, r.progress) }
		job.Named = nil
	}
	q.runs.Go(func() {
		q.labelFiles() // it looks as it does from now on
		res, err := q.o.Uploader.Upload(ctx, job, r)
		cancel()
		q.finish(r, res, err)
	})
}

// endLocked takes a run that has ended out of the books.
func (q *Queue) endLocked(r *run) {
	q.active--
	if r.mute {
		r.mute = false
		q.mutes.runs--
	} else {
		q.yieldLocked(r)
	}
	delete(q.sending, r.place)
	r.heardLocked()
	if q.starting == r {
		q.starting = nil
	}
	q.quitLocked(r)
}

// quitLocked lets others have what the run kept from them.
func (q *Queue) quitLocked(r *run) {
	r.e.run, r.ended = nil, true
	r.leaveLocked()
	r.orphanedLocked()
	q.unblockLocked(r.place)
	q.lineUpAgainLocked(r.e)
}

// begunLocked lets the next entry start, if it waited for this run to begin.
func (q *Queue) begunLocked(r *run) {
	if q.starting == r {
		q.starting = nil
		q.scheduleLocked()
	}
}

// cancelLocked ends the entry's run, if it has one: no byte is read from the file any more, and what is in flight is
// cut, but for what has left and may be carried out all the same. The run winds down by itself.
func (q *Queue) cancelLocked(e *entry) {
	if e.run != nil {
		e.run.callOffLocked()
		e.run.canceled = true
		e.run.cancel()
	}
}

// idleLocked says OnUploadEnd when there was something to upload and nothing is left.
func (q *Queue) idleLocked() {
	if q.leftLocked() > 0 {
		return
	}
	q.wakeLocked(nil)
	if q.busySince != 0 && q.active == 0 {
		q.busySince = 0
		q.stageLocked(commit.Change{Batch: journal.Batch{BusySince: new(int64)},
			Event: q.event("OnUploadEnd", nil, attrInt("succeeded", q.succeeded), attrInt("failed", q.failed))})
	}
}

// leftLocked is how many entries are still to arrive. Drops that only wait for their final name are not among them,
// nor is what is kept back because of a playlist: what that waits for counts itself while it is on its way. Nor is
// anything that ended.
func (q *Queue) leftLocked() int64 {
	return int64(len(q.adoptions)) + q.list.Left() - int64(len(q.mediums.back))
}
