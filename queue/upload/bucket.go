package upload

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
)

const maxKey = 1023 // bytes

// bucket is Places where all files go to one bucket, under keys made of their names.
type bucket struct {
	remote   Remote
	o        Options
	hostname string
}

func newBucket(remote Remote, o Options) *bucket {
	host, err := o.Hostname()
	if err != nil || host == "" {
		o.Log.Warn("host name unknown, {hostname} in object keys is \"localhost\"", "err", err)
		host = "localhost"
	}
	return &bucket{remote, o, host}
}

// Place implements Places: where an earlier run has a multipart upload, or under the key that the file's name gets now.
func (b *bucket) Place(_ context.Context, job transfer.Job, _ attribute.Set, _ transfer.Watch) (Place, error) {
	if m := job.Resume; m != nil && m.UploadID != "" && m.Bucket == b.remote.Bucket() && m.VideoID == "" {
		return Place{Remote: b.remote, Key: m.Key}, nil
	}
	key, err := b.Key(job.Name, job.ID)
	if err != nil {
		return Place{}, &transfer.Error{Kind: transfer.Final, Code: "InvalidObjectName", Message: err.Error(), Err: err}
	}
	return Place{Remote: b.remote, Key: key}, nil
}

// Abort implements Places. What was begun for VOD waits until inboxfs asks VOD again.
func (b *bucket) Abort(ctx context.Context, m transfer.Multipart) error {
	if m.VideoID != "" {
		return transfer.ErrElsewhere
	}
	return b.remote.Abort(ctx, Target{Bucket: m.Bucket, Key: m.Key, UploadID: m.UploadID})
}

// Clear implements Places: a bucket has no places of one file alone.
func (b *bucket) Clear(context.Context, transfer.Multipart) error { return transfer.ErrElsewhere }

// Reach implements Places.
func (b *bucket) Reach(_ context.Context, m transfer.Multipart) (Remote, error) {
	if m.VideoID != "" {
		return nil, transfer.ErrElsewhere
	}
	return b.remote, nil
}

// Key implements Places: the prefix, with {date} (UTC, 2006-01-02), {hostname} and {id} filled in, and the
// name. The date is that of the call: who must find the object again keeps the key, as the queue does while there is a
// multipart upload, or a single put of which nothing was heard (Job.Resume).
func (b *bucket) Key(name string, id transfer.ID) (string, error) {
	prefix := b.o.Prefix
	if strings.Contains(prefix, "{") {
		prefix = strings.NewReplacer(
			"{date}", b.o.Now().UTC().Format("2006-01-02"),
			"{hostname}", b.hostname,
			"{id}", strconv.FormatUint(uint64(id), 10),
		).Replace(prefix)
	}
	key := prefix + name
	switch {
	case name == "":
		return "", fmt.Errorf("%w: an object needs a name, but the name is empty", transfer.ErrInvalid)
	case !utf8.ValidString(key):
		return "", fmt.Errorf("%w: %q is not UTF-8, which OSS requires of object keys: rename it", transfer.ErrInvalid,
			key)
	case len(key) > maxKey:
		return "",
			fmt.Errorf("%w: the object key %.40q... has %d bytes, OSS takes at most %d: use a shorter name, "+
				"folder or prefix",
				transfer.ErrInvalid, key, len(key), maxKey)
	case key[0] == '/' || key[0] == '\\':
		return "", fmt.Errorf("%w: the object key %q begins with %q, which OSS refuses: change the prefix or the name",
			transfer.ErrInvalid, key, key[:1])
	}
	return key, nil
}
