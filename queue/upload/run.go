package upload

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"inboxfs/queue/attribute"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
)

// run is one Upload of one file.
type run struct {
	u       *Uploader
	job     transfer.Job
	watch   transfer.Watch
	src     *source
	remote  Remote
	to      Target       // UploadID is empty
	videoID string       // of VOD; "" on plain OSS
	acked   atomic.Int64 // requests that brought the file further; what resets the count of failures
	failing atomic.Int64 // requests that failed and have not succeeded since
	cuts    atomic.Int64 // requests in a row under whose body the line ended
	started bool         // watch.Started was called
	rests   *rests
	from    sender

	initiating time.Time // when the last Initiate was first made; zero: none was
	lost       bool      // watch.Lost was called since
	open       bool      // a request was sent that may have made the object, and Head has not told since
	lostWord   bool      // the answer to such a request was lost, in this run or, as far as anybody knows, before
	sentFirst  time.Time // when this run first sent one; zero: it has not
	unasked    bool      // with Forbid, nobody has asked for the object, as the server looks for itself
}

func (r *run) do(ctx context.Context) (transfer.Result, error) {
	m := r.job.Resume
	if m != nil && m.UploadID == "" {
		m = nil
	}
	if r.job.Ahead {
		return transfer.Result{}, r.ahead(ctx, m)
	}
	// The file goes elsewhere now, or has other attributes, or the record fits another file: what is there is of no
	// use.
	useless := m != nil && (m.Bucket != r.to.Bucket || m.Key != r.to.Key || !usable(*m, r.job.Size) ||
		!fits(*m, r.to.Header))
	var res transfer.Result
	found := false
	if (m == nil || useless) && r.job.Doubt {
		var err error
		if res, found, err = r.before(ctx); err != nil {
			return transfer.Result{}, err
		}
	}
	if useless {
		r.discard(ctx, *m)
		r.watch.Reset()
		m = nil
	}
	if found {
		return res, nil
	}
	return r.transfer(ctx, m)
}

// transfer sends the file in requests as long as the line carries.
func (r *run) transfer(ctx context.Context, m *transfer.Multipart) (transfer.Result, error) {
	for {
		if m == nil && r.job.Size <= r.u.threshold() {
			res, err := r.put(ctx)
			if !r.stuck(ctx, err) {
				return res, err
			}
			if res, again, err := r.shortenPut(ctx, err); !again {
				return res, err
			}
			continue
		}
		p, res, err := r.multipart(ctx, m)
		if !r.stuck(ctx, err) || !r.shortenParts(ctx, p, err) {
			return res, err
		}
		m = nil
	}
}

// usable reports whether a file of size bytes can be sent in the parts of m.
func usable(m transfer.Multipart, size int64) bool {
	return size > 0 && m.PartSize >= minPart && m.PartSize <= maxPart && (size+m.PartSize-1)/m.PartSize <= maxParts
}

// begin tells watch where the file goes, once.
func (r *run) begin(uploadID string) {
	if !r.started {
		r.started = true
		r.watch.Started(r.to.Bucket, r.to.Key, uploadID)
	}
}

// carry makes one request whose body is size bytes of the file from off, and compares the CRC64 of what left with that
// of what arrived. last is asked between reading the last byte and sending it. After a success the bytes count as sent
// until they are acknowledged, or said to be lost.
func (r *run) carry(ctx context.Context, off, size int64, last func(crc uint64) error,
	request func(ctx context.Context, b *body) (Answer, error)) (Answer, uint64, error) {

	r.u.flying.Add(1)
	defer r.u.flying.Add(-1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b := r.src.body(ctx, off, size, last)
	ans, err := request(ctx, b)
	cancel() // ends a wait for bandwidth, should the client still be reading for an answer that came early
	crc, whole, reading := b.close()
	sent := size - b.left
	if err != nil || !whole || ans.HasCRC && ans.CRC64 != crc {
		r.job.Progress.Lost(sent)
	}
	switch {
	case err == nil && !whole:
		return Answer{}, 0, &transfer.Error{Kind: transfer.Resumable, Code: "IncompleteBody", RequestID: ans.RequestID,
			Message: "the server answered before it had all bytes"}
	case err == nil && ans.HasCRC && ans.CRC64 != crc:
		return Answer{}, 0, mismatch(crc, ans)
	case err == nil:
		return ans, crc, nil
	case reading != nil && code(reading) != "":
		return Answer{}, 0, reading // the file is the cause, whatever the client made of it
	case !cut(err):
		r.cuts.Store(0)
	case sent > 0:
		r.cuts.Add(1)
	}
	return Answer{}, 0, err
}

func mismatch(ours uint64, ans Answer) error {
	return &transfer.Error{Kind: transfer.Resumable, Code: "CRCMismatch", RequestID: ans.RequestID,
		Message: fmt.Sprintf("the bytes sent have CRC64 %d, the server stored %d", ours, ans.CRC64)}
}

func (r *run) result(to Target, ans Answer, crc uint64) transfer.Result {
	warning := ans.Callback
	if warning == nil {
		warning = r.versioned(ans)
	}
	return transfer.Result{Bucket: to.Bucket, Key: to.Key, ETag: ans.ETag, RequestID: ans.RequestID, CRC64: crc,
		VideoID: r.videoID,
		Warning: warning}
}

// head asks the server what object there is, for who did not hear the answer to the request that made it.
func (r *run) head(ctx context.Context, to Target) (Object, bool, error) {
	o, found, err := r.remote.Head(ctx, to)
	killpoint.At("head: answered")
	if attribute.CalledBack(r.to.Header) {
		o.Callback = &transfer.Error{Kind: transfer.Final, Code: "CallbackUnknown",
			Message: "stored, but the answer was lost that says whether the callback was told",
			Hint:    "ask whoever the callback is for; OSS does not repeat it"}
	}
	return o, found, err
}

// arrived asks whether the object is on the server and is this file: the only way to know when an answer was lost. sum
// tells the file's CRC64; it is not asked when no object is there that could be it.
func (r *run) arrived(ctx context.Context, sum func() (uint64, error)) (Answer, bool, error) {
	o, found, err := r.head(ctx, r.to)
	if err != nil || !found {
		return Answer{}, false, err
	}
	same, err := r.isFile(o, sum)
	return o.Answer, same, err
}

// isFile reports whether an object is this file.
func (r *run) isFile(o Object, sum func() (uint64, error)) (bool, error) {
	if !o.HasCRC || o.Size != r.job.Size || r.outdated(o) || !r.job.Doubt && r.u.older(o, r.sentFirst) {
		return false, nil
	}
	crc, err := sum()
	return err == nil && o.CRC64 == crc, err
}

// changed is when the file was changed last, but for the labels that the queue gave it.
func (r *run) changed() time.Time {
	l := r.src.looks
	if r.job.Changed != 0 && l.like(l.first) == transfer.Same {
		return time.Unix(0, r.job.Changed)
	}
	return l.print.Changed()
}

// outdated reports whether an object was there before the file was what it is, content and attributes: the same bytes
// perhaps, but not what was asked for now.
func (r *run) outdated(o Object) bool {
	now, since := r.u.o.Now(), r.job.Added
	if changed := r.changed(); changed.After(since) && !changed.After(now) { // else the clock was set back
		since = changed
	}
	return r.u.older(o, since)
}

// older reports whether an object was surely there before that time, which is zero where nobody knows it.
func (u *Uploader) older(o Object, since time.Time) bool {
	const seconds = 2 * time.Second // the server's times are whole ones
	return o.Age >= 0 && !since.IsZero() && o.Age > u.o.Now().Sub(since)+seconds
}

// settle is arrived for a request that is about to be made again. An account that may not read objects gets no answer
// from Head; then the request is simply made again.
func (r *run) settle(ctx context.Context, sum func() (uint64, error)) (Answer, bool, error) {
	ans, ok, err := r.arrived(ctx, sum)
	if err != nil && asError(err).Kind == transfer.Final {
		return Answer{}, false, nil
	}
	r.open = r.open && err != nil
	return ans, ok, err
}

// before asks whether an earlier run sent this content and did not live to hear it. That may have been to another key,
// if the configuration or the day is another by now. Who gets no answer sends it to that key again.
func (r *run) before(ctx context.Context) (res transfer.Result, ok bool, err error) {
	to := r.to
	if m := r.job.Resume; m != nil && m.Key != "" && m.VideoID == r.videoID {
		to.Bucket, to.Key = m.Bucket, m.Key
	}
	refused := false
	err = r.try(ctx, r.job.Drain, func(ctx context.Context) error {
		o, found, err := r.head(ctx, to)
		if refused = err != nil && asError(err).Kind == transfer.Final; refused {
			return nil
		}
		if err != nil || !found {
			return err
		}
		ok, err = r.isFile(o, r.sum(ctx))
		res = r.result(to, o.Answer, o.CRC64)
		return err
	})
	if ok && err == nil {
		err = r.src.unchanged(res.CRC64)
	}
	switch {
	case err != nil:
		return transfer.Result{}, false, err
	case ok:
		r.to = to
		r.begin("")
	case !refused:
		r.watch.NotMade()
	case to.Bucket == r.to.Bucket:
		r.to = to
	}
	return res, ok, nil
}

// sending has it written down that the object may be there from now on.
func (r *run) sending(ctx context.Context) error {
	if r.sentFirst.IsZero() {
		r.sentFirst = r.u.o.Now()
	}
	err := r.watch.Sending(ctx, r.to.Bucket, r.to.Key)
	killpoint.At("object: place journaled")
	return r.noted(ctx, err)
}

// unheard reports whether a request that makes the object may have done so although it failed. whole: all of it left,
// which has that CRC64.
func (r *run) unheard(err error, whole bool, crc uint64) bool {
	if errors.Is(err, errOutlived) {
		r.open, r.lostWord = true, true
		return true
	}
	if whole && asError(err).Kind == transfer.Resumable && !forgotten(err) {
		if silent(err) {
			r.watch.Unheard(crc)
		}
		r.open, r.lostWord = true, true
		return true
	}
	if !r.open && !(r.lostWord && code(err) == "FileAlreadyExists") { // what is there may be what that one made
		r.watch.NotMade()
	}
	return false
}

// sum computes the CRC64 of the file as it is.
func (r *run) sum(ctx context.Context) func() (uint64, error) {
	return func() (uint64, error) { return r.src.checksum(ctx, 0, r.job.Size, nil) }
}

// known is a CRC64 that need not be computed.
func known(crc uint64) func() (uint64, error) {
	return func() (uint64, error) { return crc, nil }
}

// verify checks a finished object. The CRC64 covers the length; without one in the answer Head must tell both.
func (r *run) verify(ctx context.Context, ans Answer, crc uint64) (Answer, error) {
	if ans.HasCRC {
		if ans.CRC64 != crc {
			return Answer{}, mismatch(crc, ans)
		}
		return ans, nil
	}
	o, found, err := r.remote.Head(ctx, r.to)
	switch {
	case err != nil:
		return Answer{}, err
	case !found:
		return Answer{}, &transfer.Error{Kind: transfer.Resumable, Code: "NoSuchKey", RequestID: o.RequestID,
			Message: "the server took the object, but does not have it"}
	case !o.HasCRC:
		return Answer{}, &transfer.Error{Kind: transfer.Final, Code: "CRCMissing", RequestID: o.RequestID,
			Message: "the server does not tell the object's CRC64, so nobody knows whether it arrived well",
			Hint:    "use an endpoint that answers x-oss-hash-crc64ecma"}
	case o.Size != r.job.Size || o.CRC64 != crc:
		return Answer{}, mismatch(crc, o.Answer)
	}
	if o.RequestID, o.Callback = ans.RequestID, ans.Callback; ans.ETag != "" {
		o.ETag = ans.ETag
	}
	return o.Answer, nil
}

// already turns FileAlreadyExists into a success where the object may be our own, and is this very file: stored by a
// request whose answer was lost, or before a crash. Another's object may have the same bytes, but not the attributes
// that were asked for.
func (r *run) already(ctx context.Context, exists error) (transfer.Result, error) {
	if !r.lostWord {
		return transfer.Result{}, exists
	}
	o, found, err := r.head(ctx, r.to)
	switch {
	case err != nil && asError(err).Kind == transfer.Resumable:
		return transfer.Result{}, err
	case err != nil || !found:
		return transfer.Result{}, exists
	}
	same, err := r.isFile(o, r.sum(ctx))
	if err == nil && same {
		err = r.src.unchanged(o.CRC64)
	}
	switch {
	case err != nil:
		return transfer.Result{}, err
	case !same:
		return transfer.Result{}, exists
	}
	return r.result(r.to, o.Answer, o.CRC64), nil
}
