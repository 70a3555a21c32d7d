package ossdev

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"
)

// The hidden folder below Dir. A bucket cannot have its name, which starts with a dot.
const hidden = ".ossdev"

const (
	maxName  = 255 // bytes of one file name, on every filesystem that we care for
	oddStart = 120 // bytes of an odd name that still show the key
)

// plainPath is the file below Dir that shows an object under its own name. ok is false for keys that no file can be
// called: empty, dot and over-long segments, and NUL.
func plainPath(bucket, key string) (name string, ok bool) {
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "" || segment == "." || segment == ".." || len(segment) > maxName {
			return "", false
		}
	}
	if strings.IndexByte(key, 0) >= 0 {
		return "", false
	}
	return bucket + "/" + key, true
}

// oddPath is the file of an object that cannot have a plain one: the start of its key, escaped, and its digest.
func oddPath(bucket, key string) string {
	start := escape(key, false)
	return path.Join(hidden, "odd", bucket, start[:min(len(start), oddStart)]+"~"+digest(key))
}

// recordPath is the file that holds an object's Meta.
func recordPath(bucket, key string) string {
	sum := digest(key)
	return path.Join(hidden, "meta", bucket, sum[:2], sum)
}

// digest names a key in a fixed length; half a SHA-256 is enough to never meet twice.
func digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}
