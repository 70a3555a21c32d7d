package eventlog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Log is the open events file. Its methods may be called from several goroutines. Readers (Window, End, ModTime,
// ReadFrom, LastSeq, Tail) never wait for a writer's disk.
type Log struct {
	path string
	opt  Options
	open openFunc
	seq  atomic.Uint64 // of the last line that is in the file, or was
	made bool          // Open found no file
	view view
	news chan struct{} // holds a token when lines came that a Follower has not looked for

	// write is held by Append for its whole length, including the write, and taken before view.mu. It guards what
	// follows.
	write    sync.Mutex
	closed   bool
	render   *renderer
	file     file      // current
	size     int64     // of what is complete in it
	torn     bool      // behind size stands the rest of a failed write, which could not be cut off
	rotateAt int64     // size that asks for the next rotation
	restTill time.Time // no rotation before: whoever looks once per Grace has seen the end of the file that this drops

	// syncing serializes Sync and Close. Taken before write.
	syncing  sync.Mutex
	dirDirty atomic.Bool // a name in the directory is newer than its last sync
}

// Open opens the events file, or creates it with mode 0600. It cuts off half a line that a crash has left and goes on
// counting behind the last line, whichever format that has. It reads only the end of the file.
func Open(path string, o Options) (*Log, error) { return openWith(path, o, openFile) }

func openWith(path string, o Options, open openFunc) (*Log, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	l := &Log{path: path, opt: o, open: open, render: newRenderer(o.Format), rotateAt: o.MaxSize,
		news: make(chan struct{}, 1)}
	if err := l.load(); err != nil {
		return nil, fmt.Errorf("open events file: %w", err)
	}
	return l, nil
}

// load brings the files into order and sets every field that depends on them.
func (l *Log) load() (err error) {
	if err := os.Remove(l.path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, err = os.Lstat(l.path)
	l.made = errors.Is(err, fs.ErrNotExist)
	f, info, err := openRegular(l.open, l.path, os.O_RDWR|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	size, err := recoverCurrent(f, info.Size())
	if err != nil {
		return err
	}
	seq, err := lastSeq(f, size)
	if err == nil && seq == 0 {
		seq, err = rotatedSeq(l.open, l.path)
	}
	if err != nil {
		return err
	}
	if l.made { // or a loss of power would look as if somebody had removed it
		if err := syncDir(l.path); err != nil {
			return err
		}
	}
	previous, err := l.openPrevious()
	if err != nil {
		return err
	}
	l.file, l.size = f, size
	l.view.current = segment{file: f, start: previous.end(), size: size, mod: info.ModTime()}
	l.view.previous, l.view.from = previous, previous.start
	l.seq.Store(seq)
	l.dirDirty.Store(true)
	return nil
}

// openPrevious opens the newest rotated file.
func (l *Log) openPrevious() (segment, error) {
	f, info, err := openRegular(l.open, rotated(l.path, 1), os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return segment{}, nil
	}
	if err != nil {
		return segment{}, err
	}
	whole, err := lastNewline(f, info.Size(), make([]byte, backChunk))
	if err != nil {
		return segment{}, errors.Join(err, f.Close())
	}
	return segment{file: f, size: whole, mod: info.ModTime()}, nil
}

// Append gives each event the next number and writes all of them with one write. When it returns an error, none of
// them is in the file and the numbers are free again.
func (l *Log) Append(events ...Event) error {
	if len(events) == 0 {
		return nil
	}
	rotation, err := l.append(events)
	if rotation != nil {
		l.opt.OnError(rotation)
	}
	if err != nil {
		return fmt.Errorf("events file: %w", err)
	}
	return nil
}

// append does Append's work. A rotation that failed does not fail the events.
func (l *Log) append(events []Event) (rotation, err error) {
	l.write.Lock()
	defer l.write.Unlock()
	if l.closed {
		return nil, os.ErrClosed
	}
	now, seq := l.opt.Now(), l.seq.Load()
	l.render.reset()
	for i := range events {
		seq++
		if err := l.render.add(&events[i], seq, now); err != nil {
			return nil, fmt.Errorf("render event %s: %w", events[i].Name, err)
		}
	}
	batch := l.render.buf.Bytes()
	if err := l.followOthersLocked(now); err != nil {
		return nil, err
	}
	if l.size > 0 && l.size+int64(len(batch)) > l.rotateAt && !now.Before(l.restTill) {
		rotation = l.rotateLocked(now)
	}
	if err := l.writeLocked(batch); err != nil {
		return rotation, err
	}
	l.size += int64(len(batch))
	l.view.publish(l.size, now)
	l.seq.Store(seq)
	select {
	case l.news <- struct{}{}:
	default:
	}
	return rotation, nil
}

// writeLocked puts batch at the end of the file, or leaves the file as it was.
func (l *Log) writeLocked(batch []byte) error {
	if err := l.cutLocked(); err != nil {
		return err
	}
	_, err := l.file.Write(batch)
	if err == nil {
		return nil
	}
	if cut := l.file.Truncate(l.size); cut != nil {
		// Readers do not see it, their size ends before; but the next write must not leave half of it behind itself.
		l.torn = true
		return errors.Join(err, cut)
	}
	return err
}

// cutLocked removes what an earlier failed write has left behind.
func (l *Log) cutLocked() error {
	if !l.torn {
		return nil
	}
	if err := l.file.Truncate(l.size); err != nil {
		return fmt.Errorf("cut off the rest of a failed write: %w", err)
	}
	l.torn = false
	return nil
}

// Sync returns when every line whose Append returned before is on stable storage.
func (l *Log) Sync() error {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	return l.syncLocked()
}

func (l *Log) syncLocked() error {
	// Not under write: Append may go on meanwhile. A rotation syncs the file that it leaves.
	l.write.Lock()
	f, closed := l.file, l.closed
	l.write.Unlock()
	if closed {
		return fmt.Errorf("sync events file: %w", os.ErrClosed)
	}
	if err := f.Sync(); err != nil && !errors.Is(err, os.ErrClosed) { // closed: two rotations ago, so it was synced
		return fmt.Errorf("sync events file: %w", err)
	}
	if l.dirDirty.Swap(false) {
		if err := syncDir(l.path); err != nil {
			l.dirDirty.Store(true)
			return fmt.Errorf("sync events folder: %w", err)
		}
	}
	return nil
}

// Close syncs and closes the log. Later calls of Append and ReadFrom get os.ErrClosed; a second Close does nothing.
func (l *Log) Close() error {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	err := l.syncLocked()
	l.write.Lock()
	defer l.write.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	l.view.mu.Lock()
	l.view.closed = true
	previous := l.view.previous.file
	l.view.mu.Unlock()
	if previous != nil {
		err = errors.Join(err, previous.Close())
	}
	return errors.Join(err, l.file.Close())
}

// GoOn has the next line come behind number last, the greatest that was given, if there are lines that are gone:
// somebody removed or emptied the files while nobody had them open. missing is how many are to be told that never came
// into them, and have numbers up to last. It is called before the first Append.
func (l *Log) GoOn(last uint64, missing int) {
	if seq := l.seq.Load(); seq < last && (seq == 0 && l.made || seq+uint64(missing) < last) {
		l.seq.Store(last)
	}
}

// LastSeq is the number of the newest line, 0 if there never was one.
func (l *Log) LastSeq() uint64 { return l.seq.Load() }
