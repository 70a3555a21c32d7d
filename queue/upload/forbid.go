package upload

import (
	"context"

	"inboxfs/queue"
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

// free reports an object that must not be replaced, and that the server would replace.
func (r *run) free(ctx context.Context) error {
	if !r.to.Forbid {
		return nil
	}
	h, err := r.u.history(ctx, r.remote)
	if err != nil || h == never {
		return err
	}
	o, found, err := r.remote.Head(ctx, r.to)
	switch {
	case found:
		return &queue.Error{Kind: queue.Final, Code: "FileAlreadyExists", RequestID: o.RequestID,
			Message: "the object is there already", Hint: "rename the file, remove the object, or set overwrite = \"replace\""}
	case err == nil || asError(err).Kind != queue.Final:
		return err
	case h == untold:
		return nil // as it was before: the server looks itself, unless there are versions
	}
	e := *asError(err)
	e.Hint = `grant oss:GetObject: the bucket has versions, so only who may ask for an object can keep overwrite = "forbid"`
	return &e
}

// history asks the server once.
func (u *Uploader) history(ctx context.Context, remote Remote) (history, error) {
	u.mu.Lock()
	h := u.histories[remote.Bucket()]
	u.mu.Unlock()
	if h != unasked {
		return h, nil
	}
	versioned, err := remote.Versioned(ctx)
	switch {
	case err != nil && (ctx.Err() != nil || asError(err).Kind != queue.Final):
		return unasked, err
	case err != nil:
		h = untold
	case versioned:
		h = some
	default:
		h = never
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.histories[remote.Bucket()] = h
	return h, nil
}
