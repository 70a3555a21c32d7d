package ossdev

import (
	"strings"
	"unicode/utf8"
)

// What OSS allows. Sizes are in bytes.
const (
	maxKey        = 1023
	maxObject     = 5 << 30            // of a single put, and of one part
	maxMultipart  = 48_800_000_000_000 // 48.8 TB, of an object made of parts
	minPart       = 100 << 10          // of every part but the last, checked at Complete
	maxParts      = 10_000             // part numbers, from 1
	maxUserMeta   = 8 << 10            // what all x-oss-meta-* headers, names and values, must stay below
	maxCompleteIn = 10_000*256 + 1<<10 // of a Complete's XML: far more than 10,000 parts need
	maxDocument   = 2 << 20            // of the XML of other requests
	maxSkew       = 900                // seconds between the client's clock and ours
	maxPresign    = 7 * 24 * 60 * 60   // seconds that a V4 URL may be valid
)

// checkBucketName is OSS's rule: 3 to 63 bytes of lower-case letters, digits and hyphens, no hyphen at either end.
func checkBucketName(name string) *Error {
	ok := len(name) >= 3 && len(name) <= 63 && name[0] != '-' && name[len(name)-1] != '-'
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-'
	}
	if !ok {
		return fail("InvalidBucketName").with("BucketName", name)
	}
	return nil
}

// checkKey is OSS's rule: 1 to 1023 bytes of UTF-8 that do not start with a slash or a backslash.
func checkKey(key string) *Error {
	switch {
	case len(key) > maxKey:
		return fail("InvalidObjectName").say("The Length of Object name must be less than 1024.").with("ObjectName",
			key)
	case !utf8.ValidString(key), strings.HasPrefix(key, "/"), strings.HasPrefix(key, `\`):
		return fail("InvalidObjectName").with("ObjectName", key)
	}
	return nil
}
