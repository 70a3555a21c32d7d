package queue

import (
	"context"
	"errors"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
)

// abandonLocked lets go of the entry's multipart upload: it is aborted on the server, now or whenever that works. A
// run that still winds down may have parts in flight, so the abort waits for its end.
func (q *Queue) abandonLocked(e *entry) {
	m := e.multipart()
	if m == nil {
		return
	}
	q.retargetLocked(e, func(t *target) { t.uploadID, t.parts, t.partSize, t.header, t.ahead = "", nil, 0, 0, false })
	q.list.SetUploaded(e, 0)
	ch := commit.Change{Batch: journal.Batch{DropParts: []uint64{uint64(e.ID)}}}
	if !e.gone { // nor may the record lead the next start to it
		ch.Put = []journal.Record{e.record()}
	}
	q.abandonUploadLocked(e.run, *m, ch)
}

// abandonUploadLocked stages ch with the order to abort a multipart upload, for which r, unless it is nil, may still
// send.
func (q *Queue) abandonUploadLocked(r *run, m transfer.Multipart, ch commit.Change) {
	q.nextAbort++
	a := journal.Abort{N: q.nextAbort, Bucket: m.Bucket, Key: m.Key, UploadID: m.UploadID, VideoID: m.VideoID}
	ch.Abort = []journal.Abort{a}
	q.stageLocked(ch)
	killpoint.At("abort: staged")
	if r != nil {
		r.left = append(r.left, a)
		return
	}
	q.abortLocked(a)
}

// abortLocked hands a multipart upload, remembered in the journal, to the aborter.
func (q *Queue) abortLocked(all ...journal.Abort) {
	q.aborts = append(q.aborts, all...)
	q.abortWake.Ring()
}

// leaveLocked hands over what the run left to be aborted when it has ended. A video does not go before all that was
// sent to it has come.
func (r *run) leaveLocked() {
	if !r.ended {
		return
	}
	if r.video != "" && !r.outlived {
		r.pieceSentLocked()
	}
	var wait []journal.Abort
	for _, a := range r.left {
		if r.outlived && isMedia(a) {
			wait = append(wait, a)
		} else {
			r.q.abortLocked(a)
		}
	}
	r.left = wait
}

// abortAtOnce bounds how many aborts are under way: a long list of them must not hinder the uploads.
const abortAtOnce = 4

// runAborter aborts what is to be aborted, until ctx ends. What fails is tried again, the rest meanwhile.
func (q *Queue) runAborter(ctx context.Context) {
	for failed := 0; ctx.Err() == nil; {
		q.mu.Lock()
		todo := q.aborts
		q.aborts = nil
		q.mu.Unlock()
		if len(todo) == 0 {
			select {
			case <-q.abortWake:
			case <-ctx.Done():
			}
			continue
		}
		left := q.abortAll(ctx, todo)
		if len(left) == 0 {
			failed = 0
			continue
		}
		q.mu.Lock()
		q.aborts = append(left, q.aborts...)
		q.mu.Unlock()
		failed++
		select {
		case <-time.After(backoff(failed)):
		case <-ctx.Done():
		}
	}
}

// refusedForGood reports whether waiting does not mend an error.
func refusedForGood(err error) bool {
	var e *transfer.Error
	return errors.As(err, &e) && e.Kind == transfer.Final
}

// abortAll tries each once and returns those that are still there.
func (q *Queue) abortAll(ctx context.Context, todo []journal.Abort) (left []journal.Abort) {
	type outcome struct {
		a   journal.Abort
		err error
	}
	slots, results := make(chan struct{}, abortAtOnce), make(chan outcome)
	go func() {
		for _, a := range todo {
			slots <- struct{}{}
			go func() {
				if err := q.due(a); err != nil {
					<-slots
					results <- outcome{a, err}
					return
				}
				// VOD aborts all that there is of a video.
				used := !isMedia(a) && a.VideoID != "" && q.hasVideo(a.VideoID)
				killpoint.At("abort: to be sent")
				err := q.o.Uploader.Abort(ctx, transfer.Multipart{Bucket: a.Bucket, Key: a.Key, UploadID: a.UploadID,
					VideoID: a.VideoID, Given: a.Given || used})
				if used && refusedForGood(err) {
					err = nil // VOD itself removes such a rest, after a week
				}
				killpoint.At("abort: answered")
				<-slots
				results <- outcome{a, err}
			}()
		}
	}()
	for range todo {
		r := <-results
		if errors.Is(r.err, errStays) {
			continue
		}
		if errors.Is(r.err, errNeeded) {
			r.err = nil
		}
		if errors.Is(r.err, transfer.ErrElsewhere) { // the journal has it
			q.o.Log.Warn("a multipart upload is left until inboxfs runs as it did then", "bucket", r.a.Bucket, "key",
				r.a.Key, "upload_id", r.a.UploadID)
			continue
		}
		if q.stays(r.a, r.err) {
			continue
		}
		if r.err != nil {
			if ctx.Err() == nil {
				what := "a multipart upload could not be aborted yet"
				if isMedia(r.a) {
					what = "what VOD made could not be removed yet"
				}
				q.o.Log.Warn(what, "key", r.a.Key, "upload_id", r.a.UploadID, "video_id", r.a.VideoID, "error", r.err)
			}
			left = append(left, r.a)
			continue
		}
		q.mu.Lock()
		q.stageLocked(commit.Change{Batch: journal.Batch{Aborted: []uint64{r.a.N}}})
		q.mu.Unlock()
	}
	return left
}
