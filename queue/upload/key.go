package upload

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"inboxfs/queue"
)

const maxKey = 1023 // bytes

// Key implements queue.Uploader: the prefix, with {date} (UTC, 2006-01-02), {hostname} and {id} filled in, and the
// name. The date is that of the call: who must find the object again keeps the key, as the queue does once a run
// began (Job.Resume).
func (u *Uploader) Key(name string, id queue.ID) (string, error) {
	prefix := u.o.Prefix
	if strings.Contains(prefix, "{") {
		prefix = strings.NewReplacer(
			"{date}", u.o.Now().UTC().Format("2006-01-02"),
			"{hostname}", u.hostname,
			"{id}", strconv.FormatUint(uint64(id), 10),
		).Replace(prefix)
	}
	key := prefix + name
	switch {
	case name == "":
		return "", fmt.Errorf("%w: an object needs a name, but the name is empty", queue.ErrInvalid)
	case !utf8.ValidString(key):
		return "", fmt.Errorf("%w: %q is not UTF-8, which OSS requires of object keys: rename it", queue.ErrInvalid, key)
	case len(key) > maxKey:
		return "", fmt.Errorf("%w: the object key %.40q... has %d bytes, OSS takes at most %d: use a shorter name, folder or prefix",
			queue.ErrInvalid, key, len(key), maxKey)
	case key[0] == '/' || key[0] == '\\':
		return "", fmt.Errorf("%w: the object key %q begins with %q, which OSS refuses: change the prefix or the name",
			queue.ErrInvalid, key, key[:1])
	}
	return key, nil
}
