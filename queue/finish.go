package queue

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

const (
	backoffFirst = time.Second / 2 // wait after the first run that was given up
	backoffMost  = time.Minute     // the longest wait
	soonTries    = 4               // runs that ended sooner count as one that was given up
)

// backoff is the wait before the next run, after n runs in a row without any progress: doubling, with jitter so that
// many clients do not come back at once.
func backoff(n int) time.Duration {
	d := backoffMost
	if n <= 6 {
		d = min(d, backoffFirst<<max(0, n-1))
	}
	return d/2 + rand.N(d/2)
}

// finish decides what a run's end means.
func (q *Queue) finish(r *run, res transfer.Result, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	killpoint.At("run: ended")
	e := r.e
	if err == nil && !e.gone && e.gen == r.gen {
		e.aim()
		r.arrivedLocked()
	}
	if err == nil {
		r.summedLocked(res.CRC64)
		r.cameLocked(transfer.Outcome{Answered: true, Made: true, ETag: res.ETag})
	}
	q.endLocked(r)
	// the daemon before may have sent it, too
	if err == nil && r.sent && q.now().Before(q.unsure) && e.Order <= q.doubt {
		q.straggleLocked(r.place, straggler{until: q.unsure, of: e.ID, gen: r.gen})
	}
	defer q.scheduleLocked()
	if r.staleLocked() {
		if r.announces {
			err = cmp.Or(err, context.Canceled) // nothing was sent
		}
		q.finishStaleLocked(r, res, err)
		return
	}
	var problem *transfer.Error
	switch {
	case err == nil && r.announces:
		q.madeLocked(e, res)
		return
	case err == nil:
		q.succeedLocked(e, res)
		return
	case errors.As(err, &problem):
	case errors.Is(err, context.Canceled): // the daemon stops: on with it after the restart
		q.setLocked(e, list.Ready)
		return
	default:
		problem = &transfer.Error{Kind: transfer.Resumable, Code: "InternalError", Message: err.Error(), Err: err}
	}
	if !e.foreign() && problem.Code == transfer.CodeBusy {
		q.unsettleLocked(e)
		return
	}
	if !e.foreign() && (problem.Code == "FileChanged" || problem.Code == "FileNotExist" || problem.Code == codeSpool) {
		// Somebody works in the spool below us, or a rename is just about to be told: it settles again.
		q.o.Log.Info("a drop changed while it was uploaded", "file", e.name(), "error", problem)
		q.soilLocked(e)
		q.settleLocked(e)
		return
	}
	switch problem.Kind {
	case transfer.Renew:
		if r.renewals != q.renewals {
			q.setLocked(e, list.Ready) // it met the end of credentials in whose place there are others now
			return
		}
		q.expireLocked(e, problem)
	case transfer.Asks:
		if r.renewals != q.renewals {
			q.setLocked(e, list.Ready) // the answer may have come meanwhile
			return
		}
		q.awaitGrantLocked(e)
	case transfer.Resumable:
		q.againLocked(r, problem)
	default:
		q.failLocked(e, problem)
	}
}

// finishStaleLocked ends a run that was called off. Whoever did so has said what the entry is now; but what was
// complete before the word came through is complete.
func (q *Queue) finishStaleLocked(r *run, res transfer.Result, err error) {
	e := r.e
	if err == nil && !e.gone && e.gen == r.gen && (e.State == list.Ready || e.State == list.Paused) {
		q.tellStartedLocked(e, res.Bucket, res.Key, "") // if it was to start anew
		q.succeedLocked(e, res)
		return
	}
	if err == nil {
		q.o.Log.Info("an upload was complete before it could be called off", "file", e.name(), "key", res.Key)
	}
	if !e.gone && (e.State == list.Ready || e.State == list.Uploading) {
		q.list.LineUp(e)
	}
}

// succeedLocked makes a verified object durable, then visible, and only then lets go of the spool copy.
func (q *Queue) succeedLocked(e *entry, res transfer.Result) {
	t := e.aim()
	if !t.outage.IsZero() {
		q.tellResumeLocked(e)
	}
	if t.parts == nil { // a single put: its bytes were not counted part by part
		q.totals.Uploaded += e.Size
	}
	q.list.SetUploaded(e, e.Size)
	q.retargetLocked(e, func(t *target) {
		t.bucket, t.key, t.etag, t.requestID, t.videoID = res.Bucket, res.Key, res.ETag, res.RequestID, res.VideoID
		t.crc64, t.hasCRC = res.CRC64, true
		t.uploadID, t.parts, t.partSize, t.header, t.ahead = "", nil, 0, 0, false
	})
	now := q.now()
	e.finished = now.UnixMilli()
	if !e.tooLate() || res.Warning != nil {
		e.problem = res.Warning
	}
	e.goes = !q.o.Keep && e.inInbox() && !q.neededByMediumLocked(e)
	e.arrived = true // from here on nothing but delete is done to it
	q.list.OutOfLine(e)
	q.list.EndWay(e)
	q.aloneLocked(e.name())
	// across a start of ours the clock is all there is, and it may have been set back
	took := max(0, now.Sub(unixMilli(e.started)))
	if !t.began.IsZero() {
		took = now.Sub(t.began)
	}
	attrs := []attr{attrSize(e), attrDuration("duration", took), attrInt("rate", perSecond(e.Size, took)),
		attrString("etag", res.ETag),
		attrString("crc64", formatCRC(res.CRC64)), attrString("bucket", res.Bucket), attrString("key", res.Key)}
	if res.VideoID != "" {
		attrs = append(attrs, attrString("video_id", transfer.Shown(res.VideoID)))
	}
	attrs = append(attrs, attrString("request_id", res.RequestID))
	if p := res.Warning; p != nil {
		attrs = append(attrs, attrString("code", p.Code), attrString("message", p.Message))
	}
	q.unplaceLocked(e)
	rows := []journal.Record{e.record()}
	pieces := q.piecesGoLocked(e)
	for _, piece := range pieces {
		rows = append(rows, piece.record())
	}
	if res.VideoID == "" {
		rows = append(rows, q.replaceLocked(e, res.Bucket, res.Key)...)
	}
	last := q.active == 0 && q.list.First() == nil // who waits for the queue waits for this
	q.stageLocked(commit.Change{Batch: journal.Batch{Put: rows, DropParts: []uint64{uint64(e.ID)}}, Soon: last,
		Event: q.event("OnUploadSucceed", e, attrs...), Apply: func() bool {
			killpoint.At("success: journaled")
			q.succeeded++
			q.done += e.Size
			q.totals.Succeeded++
			if e.gone {
				for _, piece := range pieces {
					q.letGoLocked(piece)
				}
				return true // it did arrive, whatever came after
			}
			e.arrived = false
			q.setLocked(e, list.Success)
			q.letGoLocked(e)
			for _, piece := range pieces {
				q.letGoLocked(piece)
			}
			return true
		}})
}

// expireLocked parks an entry until there are new credentials. However many parts and files meet the expiry, it is
// said once.
func (q *Queue) expireLocked(e *entry, problem *transfer.Error) {
	q.setLocked(e, list.Paused)
	e.problem = problem
	if q.state == list.Running {
		q.expireQueueLocked(e, problem)
	}
}

// againLocked has the file of a run that was given up tried again later, or fails it when it was tried often enough.
func (q *Queue) againLocked(r *run, problem *transfer.Error) {
	e, now := r.e, q.now()
	t := e.aim()
	if !r.brought {
		q.fair.Failed(now, r.held, t.failed, problem.RequestID != "")
	}
	if t.tries++; !problem.Soon || t.tries%soonTries == 0 {
		t.attempts++
	}
	t.failed, t.cuts = !r.brought, problem.Cuts
	if q.o.MaxRetries > 0 && t.attempts > q.o.MaxRetries {
		q.failLocked(e, problem)
		return
	}
	wait := max(backoff(t.tries), min(problem.After, backoffMost))
	q.outageLocked(e, problem, t.tries, wait)
	q.wakeAtLocked(e, now.Add(wait))
}

// failLocked ends an entry with an error. Its data is kept, and its parts on the server are not.
func (q *Queue) failLocked(e *entry, problem *transfer.Error) {
	q.abandonLocked(e)
	q.dropKeyLocked(e)
	e.problem = problem
	q.setLocked(e, list.Failure)
	e.finished = q.now().UnixMilli()
	q.failed++
	q.failureLocked(problem.Code)
	q.stageLocked(commit.Change{Batch: journal.Batch{Put: []journal.Record{e.record()},
		DropParts: []uint64{uint64(e.ID)}}, Event: q.event("OnUploadFailed", e,
		attrString("code", problem.Code), attrString("message", problem.Message),
		attrString("request_id", problem.RequestID),
		attrBool("resumable", problem.Kind == transfer.Resumable))})
}
