package daemon

import (
	"errors"
	"fmt"
	"io"
	"log/syslog"
	"os"
	"path/filepath"
	"sync"

	"inboxfs/control/config"
)

// Output is what the daemon's log is written to. One that is to go into the background also writes to standard error
// until it is there, and keeps what it wrote for the file.
type Output struct {
	mu    sync.Mutex
	to    io.Writer // nil: not open yet
	kept  []byte
	early bool // standard error is still somebody's terminal
}

// Foreground is where the log of a daemon goes that stays in the foreground.
func Foreground(c config.Config) (*Output, error) {
	if c.Log.To == "" {
		return &Output{to: os.Stderr}, nil
	}
	to, err := openLog(c.Log.To)
	return &Output{to: to}, err
}

// Background is where the log of a daemon goes that is to leave the foreground; Open and Leave follow.
func Background() *Output { return &Output{early: true} }

// Open opens what a daemon in the background writes to, and returns how it is called. The spool has to be there.
func (o *Output) Open(c config.Config) (name string, err error) {
	name = c.Log.To
	if name == "" {
		name = crashes(c)
	}
	to, err := openLog(name)
	if err != nil {
		return name, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	_, err = to.Write(o.kept)
	o.to, o.kept = to, nil
	return name, err
}

// Leave gives standard output and standard error back to who started us. What is written there by whoever does not know
// of the log, such as Go when it crashes, goes to the file in the spool.
func (o *Output) Leave(c config.Config) (err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.early = false
	f, err := openFile(crashes(c))
	if err != nil {
		return err
	}
	return errors.Join(redirect(1, int(f.Fd())), redirect(2, int(f.Fd())), f.Close())
}

// Left reports whether Leave was called.
func (o *Output) Left() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.early
}

// crashes is the file in the spool for what has no other place.
func crashes(c config.Config) string { return filepath.Join(c.Spool, "daemon.log") }

// Write implements io.Writer.
func (o *Output) Write(message []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.early {
		_, _ = os.Stderr.Write(message) // the file has it, too
	}
	if o.to == nil {
		o.kept = append(o.kept, message...)
		return len(message), nil
	}
	return o.to.Write(message)
}

// openLog opens a log by its name in the configuration.
func openLog(name string) (io.Writer, error) {
	if name == config.Syslog {
		w, err := syslog.New(syslog.LOG_DAEMON|syslog.LOG_NOTICE, "inboxfs")
		if err != nil {
			return nil, fmt.Errorf("log.to is %s: %w; write a file there", name, err)
		}
		return w, nil
	}
	f, err := openFile(name)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &file{path: name, open: f, size: info.Size(), most: longest}, nil
}

func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
}

// longest is the size in bytes at which a log begins anew.
const longest = 16 << 20

// file is a log that keeps one older one beside it, so that no disk gets full of it.
type file struct {
	path string
	open *os.File
	size int64
	most int64
}

// Write implements io.Writer: a call is a message.
func (f *file) Write(message []byte) (int, error) {
	if f.size > 0 && f.size+int64(len(message)) > f.most {
		if err := f.renew(); err != nil { // then it gets longer
			fmt.Fprintf(f.open, "the log cannot begin anew: %v\n", err)
		}
	}
	n, err := f.open.Write(message)
	f.size += int64(n)
	return n, err
}

func (f *file) renew() error {
	f.size = 0 // also where it fails: it is tried again after as much
	if err := os.Rename(f.path, f.path+".1"); err != nil {
		return err
	}
	next, err := openFile(f.path)
	if err != nil {
		return err
	}
	old := f.open
	f.open = next
	return old.Close()
}
