//go:build linux

package story

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// renameFile renames in one of three ways.
func (w *wildWriter) renameFile(from, to string) error {
	if from == to || w.files[from] == nil {
		return nil
	}
	flags := []uint{0, 0, unix.RENAME_NOREPLACE, unix.RENAME_EXCHANGE}[w.r.IntN(4)]
	w.did("rename %s %s %d", from, to, flags)
	if err := os.MkdirAll(filepath.Dir(w.path(to)), 0o755); err != nil {
		return err
	}
	err := unix.Renameat2(unix.AT_FDCWD, w.path(from), unix.AT_FDCWD, w.path(to), flags)
	f, old := w.files[from], w.files[to]
	switch {
	case errors.Is(err, unix.EEXIST) && flags == unix.RENAME_NOREPLACE && old != nil:
		return nil
	case errors.Is(err, unix.ENOENT):
		return w.look(from, to, flags == unix.RENAME_EXCHANGE)
	case err != nil:
		return fmt.Errorf("rename %s to %s: %w", from, to, err)
	case flags == unix.RENAME_NOREPLACE && old != nil && !w.gone(to):
		return fmt.Errorf("%s was renamed onto %s, which is there", from, to)
	case flags == unix.RENAME_EXCHANGE && old == nil:
		return fmt.Errorf("%s was exchanged with %s, which is not there", from, to)
	case f == old && flags == 0:
		return w.twins(from, to)
	case flags == unix.RENAME_EXCHANGE:
		w.put(to, f)
		w.put(from, old)
		w.rest(old)
	default:
		delete(w.files, from)
		w.put(to, f)
	}
	w.rest(f)
	return nil
}

// twins is after a rename of one name of a file onto another, which does nothing; but if the queue had taken one of
// them away it did.
func (w *wildWriter) twins(from, to string) error {
	err := unix.Stat(w.path(from), new(unix.Stat_t))
	switch {
	case err == nil:
		return nil
	case !w.removes, w.files[from].writers > 0, waits(from) && waits(to):
		return fmt.Errorf("%s went when it was renamed to %s, which is the same: %w", from, to, err)
	}
	delete(w.files, from)
	return nil
}

// look is after a rename that found no file.
func (w *wildWriter) look(from, to string, both bool) error {
	missed := false
	for _, name := range []string{from, to} {
		if name == to && !both {
			break
		}
		if w.files[name] == nil {
			missed = true
			continue
		}
		if err := unix.Stat(w.path(name), new(unix.Stat_t)); err != nil {
			missed = true
			if err := w.missing("rename", name, err); err != nil {
				return err
			}
		}
	}
	if !missed {
		return fmt.Errorf("rename %s %s: no such file, but it is there", from, to)
	}
	return nil
}

// renameFolder gives the folder d the name e, or the other way round, if that is empty.
func (w *wildWriter) renameFolder() error {
	from, to := "d", "e"
	if w.r.IntN(2) == 0 {
		from, to = to, from
	}
	w.did("rename folder %s %s", from, to)
	flags := uint(0)
	if w.r.IntN(2) == 0 {
		flags = unix.RENAME_EXCHANGE
	}
	switch err := unix.Renameat2(unix.AT_FDCWD, w.path(from), unix.AT_FDCWD, w.path(to), flags); {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTEMPTY):
		return nil
	case err != nil:
		return fmt.Errorf("rename folder %s: %w", from, err)
	}
	moved := make(map[string]*wildFile)
	for name, f := range w.files {
		if strings.HasPrefix(name, from+"/") {
			moved[to+name[1:]] = f
		} else if strings.HasPrefix(name, to+"/") {
			if flags == 0 && !w.gone(name) {
				return fmt.Errorf("folder %s was replaced, and %s in it", to, name)
			}
			moved[from+name[1:]] = f
		} else {
			continue
		}
		if w.files[name] == f {
			delete(w.files, name)
		}
	}
	for name, f := range moved {
		if flags == 0 && strings.HasPrefix(name, from+"/") {
			continue
		}
		if err := unix.Stat(w.path(name), new(unix.Stat_t)); errors.Is(err, unix.ENOENT) && w.removes &&
			f.writers == 0 {
			continue // uploaded, but under which of the names?
		} else if err != nil {
			return fmt.Errorf("%s, of a folder that was renamed: %w", name, err)
		}
		w.put(name, f)
		w.loose[name] = true
		w.rest(f)
	}
	return nil
}

func (w *wildWriter) removeFile(name string) error {
	if w.files[name] == nil {
		return nil
	}
	w.did("unlink %s", name)
	if err := unix.Unlink(w.path(name)); err != nil {
		return w.missing("unlink", name, err)
	}
	delete(w.files, name)
	return nil
}

// deleteFile is removeFile by a verb.
func (w *wildWriter) deleteFile(name string) error {
	if f := w.files[name]; f == nil || f.writers > 0 {
		return nil
	}
	w.did("delete %s", name)
	line := fmt.Appendf(nil, "delete %s/%s\n", filepath.Base(w.dir), name)
	fd, err := unix.Open(w.control, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	_, err = unix.Write(fd, line)
	if cerr := unix.Close(fd); cerr != nil {
		return cerr
	}
	if err != nil {
		return fmt.Errorf("delete %s: %w", name, err)
	}
	if !w.gone(name) { // it may have been uploaded before
		delete(w.files, name)
	}
	delete(w.uploaded, name)
	if err := unix.Stat(w.path(name), new(unix.Stat_t)); !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("%s was deleted and is there: %w", name, err)
	}
	return nil
}

func (w *wildWriter) linkFile(from, to string) error {
	if w.files[from] == nil || from == to {
		return nil
	}
	w.did("link %s %s", from, to)
	if err := os.MkdirAll(filepath.Dir(w.path(to)), 0o755); err != nil {
		return err
	}
	err := unix.Link(w.path(from), w.path(to))
	switch {
	case errors.Is(err, unix.EEXIST) && w.files[to] != nil:
		return nil
	case err != nil:
		return w.missing("link", from, err)
	case w.files[to] != nil && !w.gone(to):
		return fmt.Errorf("%s was linked as %s, which is there", from, to)
	}
	w.put(to, w.files[from])
	w.rest(w.files[from])
	return nil
}

// truncateFile sets a size by name.
func (w *wildWriter) truncateFile(name string) error {
	f := w.files[name]
	if f == nil || len(w.others(f, name)) > 0 && w.removes {
		return nil
	}
	size := w.size()
	w.did("truncate %s %d", name, size)
	if err := unix.Truncate(w.path(name), int64(size)); err != nil {
		return w.missing("truncate", name, err)
	}
	f.resize(size)
	w.rest(f)
	delete(w.loose, name)
	return nil
}

// touchFile changes all but the content.
func (w *wildWriter) touchFile(name string) error {
	if w.files[name] == nil {
		return nil
	}
	w.did("touch %s", name)
	when := time.Unix(w.r.Int64N(2_000_000_000), 0)
	if err := os.Chtimes(w.path(name), when, when); err != nil {
		return w.missing("utimes", name, err)
	}
	if err := os.Chmod(w.path(name), 0o600); err != nil {
		return w.missing("chmod", name, err)
	}
	return nil
}

// readFile compares a file with the model.
func (w *wildWriter) readFile(name string) error {
	f := w.files[name]
	w.did("read %s", name)
	data, err := os.ReadFile(w.path(name))
	switch {
	case f == nil && errors.Is(err, unix.ENOENT):
		return nil
	case f == nil:
		return fmt.Errorf("%s is there, and must not be: %w", name, err)
	case err != nil:
		return w.missing("read", name, err)
	case !bytes.Equal(data, f.data):
		return fmt.Errorf("%s has %d bytes, %s, and must have %d, %s", name, len(data), digest(data), len(f.data),
			digest(f.data))
	}
	return nil
}
