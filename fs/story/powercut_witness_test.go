package story

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// promise is something that must hold after each power cut between from, when it was made, and until, when somebody
// began to change what it is about. Both are places on the tape.
type promise struct {
	kind        string
	names       []string // of the file, below inbox; it stands under one of them
	content     string   // a file that has what must be in it
	line        string   // of the event log, without its number
	from, until int64
}

// The kinds of promises.
const (
	promisedReady    = "ready"    // it is uploaded after the cut, or was before
	promisedFsync    = "fsync"    // its content is in the spool, or it was uploaded before
	promisedKept     = "kept"     // likewise; it is just being renamed
	promisedSuccess  = "success"  // it counts as uploaded, and is not uploaded again
	promisedCanceled = "canceled" // it is not uploaded
	promisedEvent    = "event"    // it stands in the log, once
)

// witness writes down what is promised, on another disk than the one whose power is cut.
type witness struct {
	s        *story
	tapePath string
	versions map[string][]string // all contents that a file ever had, by its name

	mu       sync.Mutex // guards promises
	promises []*promise

	ending, ended chan struct{}
}

func watch(s *story, dir string) *witness {
	w := &witness{s: s, tapePath: filepath.Join(dir, "tape"), versions: make(map[string][]string),
		ending: make(chan struct{}), ended: make(chan struct{})}
	go w.follow()
	return w
}

func (w *witness) stop() {
	close(w.ending)
	<-w.ended
}

// now is how far the tape is. Whatever was seen before was made durable before.
func (w *witness) now() int64 {
	info, err := os.Stat(w.tapePath)
	if err != nil {
		panic(err) // the test's own folder
	}
	return info.Size()
}

// add notes a promise about what has its newest content by now.
func (w *witness) add(p promise) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(p.names) > 0 {
		if all := w.versions[p.names[0]]; len(all) > 0 {
			p.content = all[len(all)-1]
		}
	}
	p.until = math.MaxInt64
	w.promises = append(w.promises, &p)
}

// revoke ends what was promised of a file, now that somebody is about to change it.
func (w *witness) revoke(names ...string) {
	now := w.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.promises {
		if p.until == math.MaxInt64 && p.kind != promisedEvent {
			for _, name := range names {
				if p.names[0] == name {
					p.until = now
				}
			}
		}
	}
}

// revokeAll ends what was promised of all files.
func (w *witness) revokeAll() {
	var all []string
	for name := range w.versions {
		all = append(all, name)
	}
	w.revoke(all...)
}

// promised reports whether something is promised of a file.
func (w *witness) promised(kind, name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.promises {
		if p.kind == kind && p.until == math.MaxInt64 && p.names[0] == name {
			return true
		}
	}
	return false
}

// follow reads the event log on the disk as it grows: it is there that a file is said to be ready.
func (w *witness) follow() {
	defer close(w.ended)
	path := filepath.Join(w.s.dir, "spool", "events.log")
	var read int64
	for last := false; ; {
		text, err := os.ReadFile(path)
		if err == nil && int64(len(text)) < read { // rotated
			if old, err := os.ReadFile(path + ".1"); err == nil && int64(len(old)) >= read {
				w.told(old[read:])
			}
			read = 0
		}
		if err == nil {
			whole := int64(bytes.LastIndexByte(text, '\n') + 1)
			w.told(text[read:whole])
			read = whole
		}
		if last {
			return
		}
		select {
		case <-w.ending:
			last = true
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// told notes what new lines of the event log promise.
func (w *witness) told(text []byte) {
	if len(text) == 0 {
		return
	}
	now := w.now()
	for line := range strings.Lines(string(text)) {
		f := fields(line)
		switch f["event"] {
		case "OnFileAdded":
			w.add(promise{kind: promisedReady, names: []string{f["file"]}, from: now})
		case "OnUploadSucceed":
			w.add(promise{kind: promisedSuccess, names: []string{f["file"]}, from: now})
		case "OnUploadCanceled", "OnFileDeleted", "OnUploadFailed":
		default:
			continue // what it tells is forgotten by a power cut, or happens again
		}
		w.add(promise{kind: promisedEvent, line: unnumbered(line), from: now})
	}
}

// unnumbered is a line of the event log without its number: told again after a crash, it gets another one.
func unnumbered(line string) string {
	before, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " seq=")
	_, after, _ := strings.Cut(rest, " ")
	return before + " " + after
}

// source makes a file of n bytes that name is to have as its content, and returns its path.
func (w *witness) source(name string, n int) string {
	w.s.t.Helper()
	path := filepath.Join(filepath.Dir(w.tapePath), "src", strconv.Itoa(len(w.versions[name])), name)
	w.s.sh(fmt.Sprintf("mkdir -p %s && head -c %d /dev/urandom > %s", filepath.Dir(path), n, path))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.versions[name] = append(w.versions[name], path)
	return path
}

// sh runs a script, and notes which fsync it says returned.
func (w *witness) sh(script string) {
	w.s.t.Helper()
	for line := range strings.Lines(w.s.sh(script)) {
		var name string
		var at int64
		if n, _ := fmt.Sscanf(line, "fsync %s %d", &name, &at); n == 2 {
			w.add(promise{kind: promisedFsync, names: []string{name}, from: at})
		}
	}
}

// await waits until a file is ready for the first time.
func (w *witness) await(names ...string) {
	w.s.t.Helper()
	for _, name := range names {
		w.s.until(name+" is ready", func() bool { return w.promised(promisedReady, name) })
	}
}

// ready waits until a file that had another name, or another content, is ready again.
func (w *witness) ready(names ...string) {
	w.s.t.Helper()
	for _, name := range names {
		w.s.until(name+" is ready", func() bool { return w.s.state(name) == "ready" })
		if now := w.now(); !w.promised(promisedReady, name) {
			w.add(promise{kind: promisedReady, names: []string{name}, from: now})
		}
	}
}

// rename moves from to to in the inbox; both may be folders, in which the files are.
func (w *witness) rename(from, to string, files ...string) {
	w.s.t.Helper()
	now := w.now()
	for _, file := range files {
		w.revoke(from + file)
		w.mu.Lock()
		w.versions[to+file] = append(w.versions[to+file], w.versions[from+file]...)
		w.mu.Unlock()
		w.add(promise{kind: promisedKept, names: []string{to + file, from + file}, from: now})
	}
	w.sh("mv $MNT/inbox/" + from + " $MNT/inbox/" + to)
	for _, file := range files {
		w.ready(to + file)
	}
}
