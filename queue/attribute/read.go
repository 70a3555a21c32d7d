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

// Read returns those attributes of a file that are ours. A file system that has none is one with an empty Set. The
// error wraps ErrUnreadable, or says which attribute is wrong and why.
func Read(x Xattrs) (Set, error) {
	s := Set{}
	if err := s.read(x, ""); err != nil {
		return nil, err
	}
	return s, s.Check()
}

// Accept says why a file may not have an extended attribute of that name and value, beside those that it has. Where
// one of these is wrong already, it is only looked at itself, so that the file can be mended one by one.
func Accept(x Xattrs, xattr string, value []byte) error {
	name, ok := Name(xattr)
	if !ok {
		return nil
	}
	s := Set{}
	if err := s.Put(name, string(value)); err != nil {
		return fmt.Errorf("user.%w", err)
	}
	others := Set{}
	if others.read(x, xattr) != nil {
		return nil
	}
	if err := others.add(name, string(value)); err != nil {
		return err
	}
	return others.Check()
}

// read adds what is stored, but for the attribute called except.
func (s Set) read(x Xattrs, except string) error {
	list, err := whole(x.List)
	if none(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	for raw := range bytes.SplitSeq(list, []byte{0}) {
		name, ok := Name(string(raw))
		if !ok || string(raw) == except {
			continue
		}
		value, err := whole(func(dest []byte) (int, error) { return x.Get(string(raw), dest) })
		if gone(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: user.%s: %w", ErrUnreadable, quoted(name), err)
		}
		if err := s.add(name, string(value)); err != nil {
			return err
		}
	}
	return nil
}

// add is Put for the extended attribute of that name, which must not be there yet.
func (s Set) add(name, value string) error {
	had := len(s)
	if err := s.Put(name, value); err != nil {
		return fmt.Errorf("user.%w", err)
	}
	if len(s) == had {
		return fmt.Errorf("user.%s: is there twice, for OSS does not tell upper from lower case: remove one",
			quoted(name))
	}
	return nil
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
