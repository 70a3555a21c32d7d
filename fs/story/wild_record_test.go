//go:build linux

package story

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// recordFile writes a new file, in pieces, for long enough for it to be sent ahead, and sets an attribute meanwhile or
// at the end.
func (w *wildWriter) recordFile(name string) error {
	if err := w.removeFile(name); err != nil {
		return err
	}
	w.did("record %s", name)
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o755); err != nil {
		return err
	}
	out, err := os.OpenFile(w.path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	f := &wildFile{writers: 1}
	w.put(name, f)
	for range 2 + w.r.IntN(2) {
		data := w.bytes(450_000 + w.r.IntN(300_000))
		if _, err := out.Write(data); err != nil {
			return fmt.Errorf("record %s: %w", name, err)
		}
		f.data = append(f.data, data...)
		time.Sleep(time.Duration(w.r.IntN(900)) * time.Millisecond)
		if w.r.IntN(2) == 0 {
			if err := w.setTake(int(out.Fd()), f, name); err != nil {
				return err
			}
		}
	}
	w.did("close %s, which was recorded", name)
	if err := out.Close(); err != nil {
		return fmt.Errorf("record %s: %w", name, err)
	}
	f.writers--
	w.rest(f)
	return nil
}

// setTake sets the attribute. What counts is the one of when the file is complete, so the caller writes behind it, or
// has it new.
func (w *wildWriter) setTake(fd int, f *wildFile, name string) error {
	f.take = strconv.Itoa(w.r.IntN(5) + 1)
	w.did("fsetxattr %s %s", name, f.take)
	if err := unix.Fsetxattr(fd, "user.oss.meta.take", []byte(f.take), 0); err != nil {
		return fmt.Errorf("fsetxattr %s: %w", name, err)
	}
	return nil
}

// takeOf is the attribute that a file has, "" for none.
func takeOf(fd int) string {
	value := make([]byte, 8)
	n, err := unix.Fgetxattr(fd, "user.oss.meta.take", value)
	if err != nil {
		return ""
	}
	return string(value[:n])
}
