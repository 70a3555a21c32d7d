package ossdev

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kept are the request headers that an object keeps, beside x-oss-meta-*; hidden ones of them HEAD and GET do not show.
var (
	kept = []string{"Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language",
		"Expires",
		"X-Oss-Storage-Class", "X-Oss-Server-Side-Encryption", "X-Oss-Server-Side-Encryption-Key-Id",
		"X-Oss-Server-Side-Data-Encryption", "X-Oss-Tagging", objectACL}
	unshown = []string{objectACL}
)

// OSS's storage classes, ACLs of an object and encryptions.
var (
	classes     = []string{"Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"}
	acls        = []string{"default", "private", "public-read", "public-read-write"}
	encryptions = []string{"AES256", "KMS", "SM4"}
)

const (
	userMeta  = "X-Oss-Meta-"
	objectACL = "X-Oss-Object-Acl"
)

// metadata collects what an object is to keep from the request's headers.
func (x *exchange) metadata() (map[string]string, *Error) {
	header := map[string]string{}
	size := 0
	for name := range x.r.Header {
		value := x.r.Header.Get(name)
		own, user := strings.CutPrefix(name, userMeta)
		switch {
		case user:
			// Header names arrive in canonical form; what is left to check is what HTTP allows and OSS does not.
			if own == "" || strings.ContainsFunc(own, func(c rune) bool {
				return c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
			}) {
				return nil, invalid(strings.ToLower(name), value, "The user metadata's name is not valid.")
			}
			size += len(name) + len(value)
			header[name] = value
		case slices.Contains(kept, name):
			header[name] = value
		}
	}
	if size >= maxUserMeta {
		return nil, invalid(strings.ToLower(userMeta), strconv.Itoa(size), "The user metadata is larger than 8 KB.")
	}
	if x.action == "InitiateMultipartUpload" {
		delete(header, objectACL) // OSS takes it from Complete
	}
	if wrong := x.checkACL(header[objectACL]); wrong != nil {
		return nil, wrong
	}
	if wrong := checkSettings(header); wrong != nil {
		return nil, wrong
	}
	if header["Content-Type"] == "" {
		header["Content-Type"] = "application/octet-stream"
	}
	return header, nil
}

// completed is what an object of parts has: what its upload was begun with, and the ACL that comes with Complete.
func (x *exchange) completed(begun map[string]string) (map[string]string, *Error) {
	header := maps.Clone(begun)
	acl := x.r.Header.Get(objectACL)
	if acl != "" {
		header[objectACL] = acl
	}
	return header, x.checkACL(acl)
}

// encryption is what an answer says of how the object, or what will become one, is encrypted.
func encryption(header map[string]string) map[string]string {
	said := map[string]string{}
	for _, name := range kept {
		if strings.HasPrefix(name, "X-Oss-Server-Side-") && header[name] != "" {
			said[name] = header[name]
		}
	}
	return said
}

// checkSettings checks the headers that are settings of OSS.
func checkSettings(header map[string]string) *Error {
	if class, ok := header["X-Oss-Storage-Class"]; ok && !slices.Contains(classes, class) {
		return invalid("x-oss-storage-class", class, "The storage class is not valid.")
	}
	encryption, encrypted := header["X-Oss-Server-Side-Encryption"]
	if encrypted && !slices.Contains(encryptions, encryption) {
		return fail("InvalidEncryptionAlgorithmError").with("ArgumentName", "x-oss-server-side-encryption").with(
			"ArgumentValue", encryption)
	}
	for _, name := range []string{"X-Oss-Server-Side-Encryption-Key-Id", "X-Oss-Server-Side-Data-Encryption"} {
		if value, ok := header[name]; ok && encryption != "KMS" {
			return invalid(strings.ToLower(name), value, "It is allowed only with the server side encryption KMS.")
		}
	}
	if data, ok := header["X-Oss-Server-Side-Data-Encryption"]; ok && data != "SM4" {
		return invalid("x-oss-server-side-data-encryption", data, "The data encryption is not valid.")
	}
	if tagging, ok := header["X-Oss-Tagging"]; ok && !validTagging(tagging) {
		return fail("InvalidTag").with("ArgumentName", "x-oss-tagging").with("ArgumentValue", tagging)
	}
	return nil
}

// validTagging reports whether a header is KEY=VALUE&KEY=VALUE, escaped as in a URL, of at most 10 different keys.
func validTagging(header string) bool {
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(header, "&") {
		k, v, _ := strings.Cut(pair, "=")
		key, ok := validTag(k, 128)
		_, ok2 := validTag(v, 256)
		if !ok || !ok2 || key == "" || seen[key] || strings.Contains(v, "=") {
			return false
		}
		seen[key] = true
	}
	return len(seen) <= 10
}

func validTag(escaped string, most int) (string, bool) {
	s, err := url.QueryUnescape(escaped)
	return s, err == nil && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, func(c rune) bool {
		return !strings.ContainsRune(" +-=._:/", c) && (c < '0' || c > '9') && (c < 'A' || c > 'Z') &&
			(c < 'a' || c > 'z')
	})
}
