package upload

import (
	"context"
	"time"

	"inboxfs/queue/transfer"
)

// history is what is known of a bucket's versions. Where it has or had some, OSS does not look at Target.Forbid: then
// it is asked for the object before anything is begun and before anything comes into being. What comes into being in
// between by others is replaced.
type history int

const (
	unasked history = iota
	never           // it had no versions
	some            // it has or had some
	untold          // we may not ask
)

// past is the history of a bucket, and when it was asked for. Versions can be switched on at any time, and never off.
type past struct {
	history history
	asked   time.Time
}

// trusted is for how long an answer counts that may be another by now: as long as files go, one question in that time.
const trusted = time.Minute

// free reports an object that must not be replaced, and that the server would replace.
func (r *run) free(ctx context.Context) error {
	if !r.to.Forbid {
		return nil
	}
	h, err := r.u.history(ctx, r.remote)
	if r.unasked = h == never; err != nil || h == never {
		return err
	}
	o, found, err := r.remote.Head(ctx, r.to)
	switch {
	case found:
		return &transfer.Error{Kind: transfer.Final, Code: "FileAlreadyExists", RequestID: o.RequestID,
			Message: "the object is there already",
			Hint:    "rename the file, remove the object, or set overwrite = \"replace\""}
	case err == nil || asError(err).Kind != transfer.Final:
		return err
	case h == untold:
		return nil // as it was before: the server looks itself, unless there are versions
	}
	e := *asError(err)
	e.Hint = "grant oss:GetObject: the bucket has versions, " +
		`so only who may ask for an object can keep overwrite = "forbid"`
	return &e
}

// history is what the server said last, or says now.
func (u *Uploader) history(ctx context.Context, remote Remote) (history, error) {
	bucket, now := remote.Bucket(), u.o.Now()
	u.mu.Lock()
	was := u.histories[bucket]
	if age := now.Sub(was.asked); was.history == some || was.history != unasked && age >= 0 && age < trusted {
		u.mu.Unlock()
		return was.history, nil
	}
	if was.history != unasked { // one asks, and the others go on with what was said before
		u.histories[bucket] = past{was.history, now}
	}
	u.mu.Unlock()
	versioned, err := remote.Versioned(ctx)
	h := never
	switch {
	case err != nil && (ctx.Err() != nil || asError(err).Kind != transfer.Final):
		u.noteHistory(bucket, was)
		return unasked, err
	case err != nil:
		h = untold
	case versioned:
		h = some
	}
	return u.noteHistory(bucket, past{h, now}), nil
}

// noteHistory returns what is known by now: that there are versions, once anybody has seen one.
func (u *Uploader) noteHistory(bucket string, p past) history {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.histories[bucket].history != some {
		u.histories[bucket] = p
	}
	return u.histories[bucket].history
}

// versioned notes that an object got a version. Where none was expected, nobody looked whether another was there: it is
// told what may have become of that.
func (r *run) versioned(ans Answer) *transfer.Error {
	if !r.to.Forbid || ans.Version == "" {
		return nil
	}
	r.u.noteHistory(r.to.Bucket, past{history: some})
	if !r.unasked {
		return nil
	}
	return &transfer.Error{Kind: transfer.Final, Code: "ForbidNotKept", RequestID: ans.RequestID,
		Message: "stored, perhaps in place of another object: the bucket has versions since a moment ago, " +
			"and OSS looks for no other there",
		Hint: "see the object's former versions in the OSS console; " +
			"from now on each object is asked for before it is made"}
}
