package upload

import (
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"

	"golang.org/x/sys/unix"

	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
)

// attributes is what is said of a file: by its extended attributes, else by the configuration.
func (u *Uploader) attributes(src *source) (attribute.Set, error) {
	own, err := src.attributes()
	all := own.Over(u.o.Attributes)
	if err == nil {
		err = all.Check() // the file's and the configuration's can be too much together
	}
	switch {
	case errors.Is(err, attribute.ErrUnreadable):
		return nil, localError(err)
	case err != nil:
		return nil, &transfer.Error{Kind: transfer.Final, Code: "InvalidAttribute", Message: err.Error(), Err: err,
			Hint: "correct or remove it with setfattr, then retry"}
	}
	return all, nil
}

// header is what the object of a file is to have. Without an attribute for it the content type follows from the name.
func header(all attribute.Set, name string) map[string]string {
	h := all.Headers()
	if h["Content-Type"] == "" {
		h["Content-Type"] = attribute.ContentType(name)
	}
	return h
}

// digest is what a multipart upload is known by that was begun with a header. It is never 0.
func digest(header map[string]string) uint64 {
	sum := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if !attribute.AtComplete(name) {
			fmt.Fprintf(sum, "%q%q", name, header[name])
		}
	}
	return max(sum.Sum64(), 1)
}

// fits reports whether m was begun with what the object is to have. Of one that an older inboxfs began nobody knows:
// then the file had been complete before, unless it was sent ahead.
func fits(m transfer.Multipart, header map[string]string) bool {
	return m.Header == digest(header) || m.Header == 0 && !m.Ahead
}

// attributes reads those of the file that is open, whatever it is called now.
func (s *source) attributes() (attribute.Set, error) {
	conn, err := s.f.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", attribute.ErrUnreadable, err)
	}
	var set attribute.Set
	var reading error
	err = conn.Control(func(fd uintptr) {
		set, reading = attribute.Read(attribute.Xattrs{
			List: func(dest []byte) (int, error) { return unix.Flistxattr(int(fd), dest) },
			Get:  func(name string, dest []byte) (int, error) { return unix.Fgetxattr(int(fd), name, dest) },
		})
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", attribute.ErrUnreadable, err)
	}
	return set, reading
}
