package attribute

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Set is the attributes of one file, or a configuration's defaults: names without "user.", and their values in the form
// in which they are sent. The nil Set is empty and can be read.
type Set map[string]string

// maxMeta is how large all x-oss-meta-* headers of an object may be together, names and values, in bytes.
const maxMeta = 8<<10 - 1

// Name is what an extended attribute is called here, "oss.acl" for user.oss.acl; ok is false for one that is none of
// ours.
func Name(xattr string) (name string, ok bool) {
	name, ok = strings.CutPrefix(xattr, "user.")
	return name, ok && ours(name)
}

// Put adds one attribute, in place of one of that name, or says what is wrong with it.
func (s Set) Put(name, value string) error {
	if !ours(name) {
		return fmt.Errorf("%s: an attribute's name begins with %s or %s", quoted(name), ofObject, ofVideo)
	}
	e, name2, err := find(name)
	if err != nil {
		return fmt.Errorf("%s: %w", quoted(name), err)
	}
	sent, err := e.check(value)
	if err != nil {
		return fmt.Errorf("%s: %w", quoted(name), err)
	}
	s[name2] = sent
	return nil
}

// Parse reads a list of NAME=VALUE. The error names every entry that is wrong, one to a line.
func Parse(list []string) (Set, error) {
	s := make(Set, len(list))
	var errs []error
	for _, item := range list {
		name, value, ok := strings.Cut(item, "=")
		name = strings.TrimSpace(name)
		had := len(s)
		switch err := error(nil); {
		case !ok:
			errs = append(errs, fmt.Errorf("%s: is not NAME=VALUE, such as oss.storage-class=IA", quoted(item)))
		default:
			if err = s.Put(name, strings.TrimSpace(value)); err != nil {
				errs = append(errs, err)
			} else if len(s) == had {
				errs = append(errs, fmt.Errorf("%s: stands there twice", quoted(name)))
			}
		}
	}
	if len(errs) == 0 {
		errs = append(errs, s.Check())
	}
	return s, errors.Join(errs...)
}

// Check says what is wrong with the attributes together.
func (s Set) Check() error {
	size := 0
	for name, value := range s {
		if key, ok := strings.CutPrefix(name, meta); ok {
			size += len("x-oss-meta-") + len(key) + len(value)
		}
	}
	if size > maxMeta {
		return fmt.Errorf("%s*: the metadata has %d bytes, names and values together, but OSS takes less than 8 KiB: "+
			"shorten or remove some", meta, size)
	}
	encryption := s["oss.server-side-encryption"]
	for _, name := range []string{"oss.server-side-encryption-key-id", "oss.server-side-data-encryption"} {
		if s[name] != "" && encryption != "" && encryption != "KMS" {
			return fmt.Errorf("%s: goes only with oss.server-side-encryption KMS, which is %s", name, encryption)
		}
	}
	return nil
}

// Over is s with what it lacks taken from defaults. An encryption comes with its key from one of the two.
func (s Set) Over(defaults Set) Set {
	all := maps.Clone(defaults)
	if all == nil {
		all = Set{}
	}
	const encryption = "oss.server-side-encryption"
	if s[encryption] != "" {
		maps.DeleteFunc(all, func(name, _ string) bool { return strings.HasPrefix(name, "oss.server-side-") })
	}
	maps.Copy(all, s)
	return all
}

// Headers is what the object is to have. A key for the encryption alone means KMS.
func (s Set) Headers() map[string]string {
	h := s.sent(ofObject)
	if s["oss.server-side-encryption"] == "" &&
		(s["oss.server-side-encryption-key-id"] != "" || s["oss.server-side-data-encryption"] != "") {
		h["X-Oss-Server-Side-Encryption"] = "KMS"
	}
	if !CalledBack(h) {
		delete(h, callbackVarsHeader) // for a callback that nobody set up
	}
	return h
}

// Video is the parameters that the VOD API is to have for the media of the file: Title, CateId, ...
func (s Set) Video() map[string]string { return s.sent(ofVideo) }

func (s Set) sent(prefix string) map[string]string {
	all := make(map[string]string, len(s))
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if e, _, err := find(name); err == nil { // Put let no other in
			all[e.sent] = s[name]
		}
	}
	return all
}

// quoted is a name as it goes into an error: as it is, unless it is long or has what could not be read.
func quoted(name string) string {
	if len(name) > 80 {
		return fmt.Sprintf("%.80q...", name)
	}
	if strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' }) {
		return fmt.Sprintf("%q", name)
	}
	return name
}
