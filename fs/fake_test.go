package fs

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"inboxfs/queue"
	"inboxfs/queue/list"
	"inboxfs/queue/opened"
	"inboxfs/queue/sameness"
	"inboxfs/queue/transfer"
)

// fakeQueue shows what a test put into it.
type fakeQueue struct {
	noDrops
	mu      sync.Mutex // guards the rest
	version uint64
	infos   []list.Info
	summary list.Summary
}

// set replaces all entries.
func (q *fakeQueue) set(infos ...list.Info) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.version++
	q.infos = infos
}

func (q *fakeQueue) Version() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.version
}

func (q *fakeQueue) Infos() []list.Info {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.infos)
}

func (q *fakeQueue) List() []list.Row {
	var rows []list.Row
	for _, i := range q.Infos() {
		rows = append(rows, i.Row)
	}
	return rows
}

func (q *fakeQueue) Summary() list.Summary {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.summary
}

func (q *fakeQueue) Overview(most int) queue.Overview {
	o := queue.Overview{Summary: q.Summary(), Entries: make(map[list.State][]list.Info)}
	for _, i := range q.Infos() {
		if len(o.Entries[i.State]) < most {
			o.Entries[i.State] = append(o.Entries[i.State], i)
		}
	}
	return o
}

func (q *fakeQueue) Totals() queue.Totals { return queue.Totals{Summary: q.Summary()} }

func (q *fakeQueue) Status(name string) (list.Info, bool) {
	for _, i := range slices.Backward(q.Infos()) {
		if i.Name == name {
			return i, true
		}
	}
	return list.Info{}, false
}

func (q *fakeQueue) Info(id transfer.ID) (list.Info, error) {
	for _, i := range q.Infos() {
		if i.ID == id {
			return i, nil
		}
	}
	return list.Info{}, transfer.ErrNoEntry
}

func (q *fakeQueue) Aside() ([]queue.Aside, bool, error) {
	return []queue.Aside{{Why: "ignored", Size: 6, Modified: time.Unix(0, 0), Name: ".DS_Store"}}, false, nil
}

func (q *fakeQueue) HasStatusDir(dir string) bool {
	_, ok := q.StatusDir(dir)
	return ok
}

func (q *fakeQueue) StatusDir(dir string) ([]list.Name, bool) {
	var names []list.Name
	for _, i := range q.Infos() {
		below := i.Name
		if dir != "" {
			var ok bool
			if below, ok = strings.CutPrefix(i.Name, dir+"/"); !ok {
				continue
			}
		}
		first, _, isDir := strings.Cut(below, "/")
		if n := (list.Name{Name: first, Dir: isDir}); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names, dir == "" || len(names) > 0
}

// noDrops takes no notice of what happens in inbox.
type noDrops struct{}

func (noDrops) CheckName(string) error                             { return nil }
func (noDrops) Open(string, bool) transfer.ID                      { return 0 }
func (noDrops) Taken(transfer.ID) bool                             { return false }
func (noDrops) Close(_ transfer.ID, c queue.Closed)                { c.Mark.Close() }
func (noDrops) Failed(transfer.ID, queue.Ending, opened.Mark)      {}
func (noDrops) Changed(string, int64, time.Time)                   {}
func (noDrops) Touched(_ string, _, _ sameness.Print)              {}
func (noDrops) Writing(queue.FileID)                               {}
func (noDrops) Written(queue.FileID)                               {}
func (noDrops) Renamed(string, string, int, queue.Who) transfer.ID { return 0 }
func (noDrops) Exchanged(string, string, queue.Who)                {}
func (noDrops) Linked(string, string, int64, time.Time)            {}
func (noDrops) Symlinked(string, string, string, queue.Who)        {}
func (noDrops) Removed(string)                                     {}
func (noDrops) Vacated(string)                                     {}
func (noDrops) Uploads(string) bool                                { return true }
func (noDrops) Shown(queue.Folders)                                {}
func (noDrops) Guard(...string) func()                             { return func() {} }
func (noDrops) GuardAll() func()                                   { return func() {} }

// fakeControl knows a few verbs: those that are an error, wait, which blocks, and all others, which succeed.
type fakeControl struct {
	mu      sync.Mutex // guards the rest
	lines   []string
	reason  string
	waiting chan struct{} // closed when a wait has begun
	release chan struct{} // a wait ends when it is closed
}

func newFakeControl() *fakeControl {
	return &fakeControl{reason: "ok: mounted", waiting: make(chan struct{}), release: make(chan struct{})}
}

func (c *fakeControl) Exec(ctx context.Context, line string) error {
	refused := map[string]error{"nonsense": transfer.ErrInvalid, "pause 17": transfer.ErrNoEntry,
		"busy":  transfer.ErrBusy,
		"nokey": transfer.ErrNoKey, "oldkey": transfer.ErrKeyExpired}
	c.mu.Lock()
	c.lines = append(c.lines, line)
	c.mu.Unlock()
	err := refused[line]
	if line == "wait" {
		c.mu.Lock()
		select {
		case <-c.waiting:
		default:
			close(c.waiting)
		}
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-c.release:
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reason = "ok: " + line
	if err != nil {
		err = fmt.Errorf("%s: %w", line, err)
		c.reason = "error: " + err.Error()
	}
	return err
}

func (c *fakeControl) Reason() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reason
}

func (c *fakeControl) Help() string { return "start\nstop\nwait [NAME]\n" }

func (c *fakeControl) Say(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reason = "error: " + err.Error()
}

// ran returns the lines since the last call.
func (c *fakeControl) ran() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := c.lines
	c.lines = nil
	return lines
}

// fakeEvents is a log in memory.
type fakeEvents struct {
	mu      sync.Mutex // guards the rest
	log     []byte
	changed time.Time
}

func (e *fakeEvents) add(lines string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.log = append(e.log, lines...)
	e.changed = time.Now()
}

func (e *fakeEvents) ReadFrom(p []byte, at int64) (n int, from int64, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n, err = bytes.NewReader(e.log).ReadAt(p, at); n > 0 {
		err = nil
	}
	return n, at, err
}

func (e *fakeEvents) Window() (epoch uint64, from int64) { return 0, 0 }

func (e *fakeEvents) LastSeq() uint64 { return 1 }

func (e *fakeEvents) End() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return int64(len(e.log))
}

func (e *fakeEvents) ModTime() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.changed
}
