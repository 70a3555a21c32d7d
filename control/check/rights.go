package check

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
	"inboxfs/queue/verdict"
)

// The rights of RAM that an upload needs.
const (
	rightPut       = "oss:PutObject"
	rightAbort     = "oss:AbortMultipartUpload"
	rightParts     = "oss:ListParts"
	rightListing   = "oss:ListMultipartUploads"
	rightGet       = "oss:GetObject"
	rightTags      = "oss:PutObjectTagging" // of files with tags
	needed         = rightPut + ", " + rightAbort + ", " + rightParts + ", " + rightListing + " and " + rightGet
	noSuchUploadID = "0004B9895DBBB6EC98E36C0000000000" // as OSS spells them
)

// rights makes each request of an upload but the one that would make an object of it, for which the right is that of
// the first. Where no multipart upload can be begun, the other rights show with one that is not there.
func (c *cloud) rights(ctx context.Context) []Finding {
	if !c.usable {
		return skip("the bucket cannot be used")
	}
	r := &trial{cloud: c, ctx: ctx, to: c.probe()}
	if c.refused != nil {
		r.missing, r.said = append(r.missing, rightListing), c.refused
	}
	attributes, err := attribute.Parse(c.Config.Upload.Attributes)
	if err != nil {
		return one(Fail, err.Error(), "correct upload.attributes")
	}
	r.to.Header = attributes.Headers()
	begun := r.begin()
	if r.broken == nil && begun {
		r.needs(rightPut, "UploadPart", func(ctx context.Context) error {
			_, err := c.remote.UploadPart(ctx, r.to, 1, strings.NewReader("x"), 1)
			return err
		})
	}
	r.needs(rightParts, "ListParts", func(ctx context.Context) error {
		_, _, err := c.remote.ListParts(ctx, r.to, 0)
		return err
	})
	r.needs(rightGet, "HeadObject", func(ctx context.Context) error {
		_, _, err := c.remote.Head(ctx, r.to)
		return err
	})
	stays := r.end(begun)
	return r.findings(stays)
}

// trial is an upload that is not meant to end.
type trial struct {
	*cloud
	ctx     context.Context
	to      upload.Target
	missing []string        // rights
	said    *transfer.Error // how the first of them was refused, in the service's words
	broken  *transfer.Error // what else went wrong: nothing more is tried
	during  string          // which request
	unsure  bool            // an upload may be there whose id nobody heard
}

// begin begins the multipart upload and reports whether there is one.
func (r *trial) begin() bool {
	if r.needs(rightPut, "InitiateMultipartUpload", r.initiate) || r.beginUntagged() {
		return true
	}
	if r.broken != nil && r.broken.Kind != transfer.Final {
		r.sweep()
	}
	r.to.UploadID = noSuchUploadID
	return false
}

func (r *trial) initiate(ctx context.Context) (err error) {
	r.to.UploadID, err = r.remote.Initiate(ctx, r.to)
	return err
}

// beginUntagged tries whether it is the tags of upload.attributes that may not be set, where something may not.
func (r *trial) beginUntagged() bool {
	const tags = "X-Oss-Tagging"
	put := slices.Index(r.missing, rightPut)
	if put < 0 || r.to.Header[tags] == "" {
		return false
	}
	r.to.Header = maps.Clone(r.to.Header)
	delete(r.to.Header, tags)
	e := r.ask(r.ctx, r.initiate)
	if e == nil {
		r.missing[put] = rightTags
		return true
	}
	r.missing = append(r.missing, rightTags) // nobody knows
	if e.Kind != transfer.Final {
		r.sweep()
	}
	return false
}

// lacks notes a right that is missing.
func (r *trial) lacks(right string, e *transfer.Error) {
	if r.said == nil || strings.HasPrefix(r.said.Message, "HTTP ") { // an answer to HEAD has no words
		r.said = e
	}
	if !slices.Contains(r.missing, right) {
		r.missing = append(r.missing, right)
	}
}

// needs makes a request that needs a right, and reports whether it was done.
func (r *trial) needs(right, request string, do func(context.Context) error) bool {
	if r.broken != nil {
		return false
	}
	e := r.ask(r.ctx, do)
	switch {
	case e == nil:
		return true
	case verdict.MissingRight(e):
		r.lacks(right, e)
	case e.Code == "NoSuchUpload": // which is told only to those who may ask
	default:
		r.broken, r.during = e, request
	}
	return false
}

// end aborts the upload, also when something went wrong or the user has had enough, and reports whether it
// stays.
func (r *trial) end(begun bool) (stays bool) {
	abort := func(ctx context.Context) error { return r.remote.Abort(ctx, r.to) }
	if !begun {
		r.needs(rightAbort, "AbortMultipartUpload", abort)
		return false
	}
	var e *transfer.Error
	for again := false; ; again = true {
		if e = r.ask(context.WithoutCancel(r.ctx), abort); e == nil || e.Code == "NoSuchUpload" {
			return false
		}
		if again || verdict.MissingRight(e) || r.ctx.Err() != nil {
			break
		} // else only its answer may be lost
	}
	switch {
	case verdict.MissingRight(e):
		r.lacks(rightAbort, e)
	case r.broken == nil:
		r.broken, r.during = e, "AbortMultipartUpload"
	}
	return true
}

// sweep aborts what an Initiate may have begun whose answer was lost, as far as it finds that.
func (r *trial) sweep() {
	r.unsure = true
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), min(r.Limit, 5*time.Second))
	defer cancel()
	under, _, err := r.remote.ListUploads(ctx, r.to)
	if err != nil {
		return // what broke is being told
	}
	for _, u := range under {
		to := r.to
		to.UploadID = u.UploadID
		if err := r.remote.Abort(ctx, to); err != nil {
			return
		}
	}
	r.unsure = false
}

func (r *trial) findings(stays bool) []Finding {
	var all []Finding
	switch {
	case len(r.missing) > 0:
		all = r.refusal()
	case r.broken == nil:
		all = ok("%s; tried with a multipart upload of one byte, aborted again", needed)
	}
	if r.broken != nil {
		all = append(all, failed(r.during, r.broken)...)
	}
	const do = "delete it in the OSS console (parts of the bucket), or with an access key that may: " +
		"it is of no use to anybody"
	switch {
	case stays:
		all = append(all,
			one(Warn, fmt.Sprintf("the multipart upload of one byte for this check stays in the bucket: %s, "+
				"upload id %s", r.to.Key, r.to.UploadID), do)...)
	case r.unsure:
		says := "a multipart upload that was begun for this check may be in the bucket: " + r.to.Key
		all = append(all, one(Warn, says, do)...)
	}
	return all
}

// refusal is the finding for rights that are missing. Where the service says which policy is the cause, that comes
// first.
func (r *trial) refusal() []Finding {
	says := "missing: " + strings.Join(r.missing, ", ") + said(r.said)
	do := "grant " + r.wanted() + " to the RAM user or role of this access key"
	if hint := r.said.Hint; !strings.Contains(hint, verdict.Rights) && !strings.HasPrefix(hint, "grant ") {
		do = hint + "; what is needed: " + r.wanted()
	}
	return one(Fail, says, do)
}

// said is how the service itself says that a right is missing, to go behind our words.
func said(e *transfer.Error) string {
	s := "; OSS says: " + e.Message
	if e.RequestID != "" {
		s += " (request " + e.RequestID + ")"
	}
	return s
}

// wanted is what is missing, with what it must be granted on.
func (r *trial) wanted() string {
	bucket := "acs:oss:*:*:" + r.to.Bucket
	var grants, objects []string
	for _, right := range r.missing {
		if right == rightListing {
			grants = append(grants, right+" on "+bucket)
		} else {
			objects = append(objects, right)
		}
	}
	if len(objects) > 0 {
		grants = append(grants, strings.Join(objects, ", ")+" on "+bucket+"/"+r.prefix()+"*")
	}
	return strings.Join(grants, ", and ")
}
