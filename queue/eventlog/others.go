package eventlog

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// followOthersLocked has the log go on in what others have made of its file since the last write: emptied it
// (copytruncate), moved it away (logrotate), removed it, edited it, added a remark.
func (l *Log) followOthersLocked(now time.Time) error {
	info, err := l.file.Stat()
	if err != nil {
		return err
	}
	named, err := os.Stat(l.path)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !os.SameFile(info, named):
		return l.goOnLocked(info, now)
	case err != nil: // then nobody knows, and the lines go where they went
		return nil
	case info.Size() == l.size, info.Size() > l.size && l.torn:
		return nil
	}
	return l.resizedLocked(info.Size(), now)
}

// resizedLocked goes on behind the whole lines that are in the file, which has size bytes.
func (l *Log) resizedLocked(size int64, now time.Time) error {
	whole, err := recoverCurrent(l.file, size)
	if err != nil {
		return err
	}
	if whole >= l.size { // a remark
		l.size = whole
		l.view.publish(whole, now)
		return nil
	}
	l.size, l.torn = whole, false
	return closeAll(l.view.replace(l.file, whole, now))
}

// goOnLocked goes on in the file that has the log's name by now, or makes it. Who reads on still finds the end of the
// one that it leaves, in a copy, too; who opens the log only what was moved, and not what was removed.
func (l *Log) goOnLocked(left os.FileInfo, now time.Time) error {
	next, info, err := openRegular(l.open, l.path, os.O_RDWR|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return err
	}
	whole, err := recoverCurrent(next, info.Size())
	if err == nil && left.Size() > l.size {
		err = l.cutLocked()
	}
	if err == nil {
		err = l.file.Sync() // Sync will only ask the new one
	}
	if err != nil {
		return errors.Join(err, next.Close())
	}
	l.dirDirty.Store(true)
	l.file, l.size, l.torn, l.rotateAt = next, whole, false, l.opt.MaxSize
	if whole > 0 {
		return closeAll(l.view.replace(next, whole, now))
	}
	st, ok := left.Sys().(*syscall.Stat_t)
	if old := l.view.rotate(next, ok && st.Nlink == 0, now); old != nil {
		return old.Close()
	}
	return nil
}

func closeAll(files []file) (err error) {
	for _, f := range files {
		err = errors.Join(err, f.Close())
	}
	return err
}
