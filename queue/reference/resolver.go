package reference

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Resolver knows where it must not go. It does not change.
type Resolver struct {
	mount string // absolute, without symbolic links; "" when nothing is mounted
	own   uint64 // the device of the mount
	path  string // of the spool; as mount
	spool node
}

// New makes a resolver for a spool that is shown at mount, which is an absolute path without symbolic links, or "".
func New(spool, mount string) (*Resolver, error) {
	r := &Resolver{mount: mount}
	real, err := filepath.EvalSymlinks(spool)
	if err == nil {
		r.path = real
		r.spool, err = look(unix.AT_FDCWD, real)
	}
	if err != nil {
		return nil, fmt.Errorf("looking at the spool: %w", err)
	}
	if mount == "" {
		return r, nil
	}
	n, err := look(unix.AT_FDCWD, mount)
	if err != nil {
		return nil, fmt.Errorf("looking at the mount: %s: %w", mount, err)
	}
	r.own = n.dev
	return r, nil
}

// Find follows an absolute path to a regular file, opens it for reading, and says its path without symbolic links, by
// which Open finds it again. An error is a *Refused.
func (r *Resolver) Find(path string) (f *os.File, real string, err error) { return r.walk(path, true) }

// Open opens what Find found, following no symbolic link anywhere. An error is a *Refused, of Kind Moved if there is
// one.
func (r *Resolver) Open(real string) (*os.File, error) {
	f, _, err := r.walk(real, false)
	return f, err
}

// Link is the absolute path to which a symbolic link with this text leads that is called name below inbox. A relative
// one must leave the mount at once: one that turns to another name first stays inside, and is Refused.
func (r *Resolver) Link(name, text string) (string, error) {
	if filepath.IsAbs(text) {
		return text, nil
	}
	up := strings.Count(name, "/") + 2 // out of its folders, out of inbox, out of the mount
	rest := text
	for up > 0 {
		first, after, _ := strings.Cut(rest, "/")
		switch first {
		case "", ".":
			if after == "" {
				return "", &Refused{Path: text, Is: InMount}
			}
		case "..":
			up--
		default:
			return "", &Refused{Path: text, Is: InMount}
		}
		rest = after
	}
	if r.mount == "" {
		return "", &Refused{Path: text, Is: InMount}
	}
	return strings.TrimSuffix(filepath.Dir(r.mount), "/") + "/" + rest, nil
}
