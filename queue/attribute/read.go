package attribute

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
)

// ErrUnreadable is wrapped by Read's error when the file's attributes could not be read at all.
var ErrUnreadable = errors.New("the attributes cannot be read")

// Xattrs are the system calls for the extended attributes of one file. Both return the length of what there is; with an
// empty dest nothing else, and with one that is too small ERANGE.
type Xattrs struct {
	List func(dest []byte) (int, error)
	Get  func(xattr string, dest []byte) (int, error)
}

// Read returns those attributes of a file that are ours. A file system that has none is one with an empty Set. The error
// wraps ErrUnreadable, or says which attribute is wrong and why.
func Read(x Xattrs) (Set, error) {
	list, err := whole(x.List)
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	var s Set
	for raw := range bytes.SplitSeq(list, []byte{0}) {
		name, ok := Name(string(raw))
		if !ok {
			continue
		}
		value, err := whole(func(dest []byte) (int, error) { return x.Get(string(raw), dest) })
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrUnreadable, quoted(name), err)
		}
		if s == nil {
			s = Set{}
		}
		had := len(s)
		if err := s.Put(name, string(value)); err != nil {
			return nil, fmt.Errorf("user.%w", err)
		}
		if len(s) == had {
			return nil, fmt.Errorf("user.%s: is there twice, for OSS does not tell upper from lower case: remove one", quoted(name))
		}
	}
	return s, s.Check()
}

// whole asks how long the answer is, and for the answer, until both are of the same moment.
func whole(ask func(dest []byte) (int, error)) ([]byte, error) {
	for range 16 {
		size, err := ask(nil)
		if err != nil || size == 0 {
			return nil, err
		}
		dest := make([]byte, size)
		n, err := ask(dest)
		if errors.Is(err, syscall.ERANGE) {
			continue // it grew in between
		}
		if err != nil {
			return nil, err
		}
		return dest[:min(n, size)], nil
	}
	return nil, fmt.Errorf("they change all the time: %w", syscall.EAGAIN)
}

// none says that a file system has no extended attributes.
func none(err error) bool {
	return errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOSYS)
}
