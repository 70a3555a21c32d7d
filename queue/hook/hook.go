package hook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"slices"
	"time"

	"inboxfs/queue/child"
	"inboxfs/queue/eventlog"
)

// Events is where events are read; eventlog.Log is one.
type Events interface {
	Follow(after uint64) *eventlog.Follower
	LastSeq() uint64
}

// Options say who is told what.
type Options struct {
	Events  Events
	Names   []string      // the events that are told; empty: all
	Command []string      // a program and its arguments, or
	URL     string        // a web address; it may hold a secret, and is not shown
	Limit   time.Duration // how long either may take
	Tries   int           // after so many in a row an event is given up; 0: never
	Path    string        // the file that remembers how far it came
	Log     *slog.Logger

	// Shown is a file's name in a program's environment, from where it goes into terminals, mail headers and messages.
	Shown func(name string) string

	firstWait time.Duration // before the second try; each further wait is twice as long, up to longestWait; 0: a second
}

// longestWait is the longest wait between two tries.
const longestWait = time.Minute

// Hook is what tells. It works between New and Close.
type Hook struct {
	o    Options
	tell func(context.Context, eventlog.Told) error
	seq  uint64 // of the last event that was told, or passed over
	stop context.CancelFunc
	done chan struct{}
}

// New begins to tell what happened since the last time, or from now on.
func New(o Options) (*Hook, error) {
	h := &Hook{o: o, done: make(chan struct{})}
	if h.tell = o.command; o.URL != "" {
		h.tell = o.post
	} else if _, err := exec.LookPath(o.Command[0]); err != nil {
		return nil, fmt.Errorf("hooks.command: %w", child.Hidden(o.Command, err))
	}
	var err error
	if h.seq, err = load(o.Path); errors.Is(err, errNew) {
		h.seq = o.Events.LastSeq()
		err = save(o.Path, h.seq)
	}
	if err != nil {
		return nil, fmt.Errorf("hooks: %w", err)
	}
	if last := o.Events.LastSeq(); h.seq > last { // another log than it was
		o.Log.Warn("hooks begin anew: the event log is shorter than what they were told", "told", h.seq, "seq", last)
		h.seq = last
	}
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	go h.run(ctx)
	return h, nil
}

// Close ends the telling; an event that is being told is told again the next time.
func (h *Hook) Close() {
	h.stop()
	<-h.done
}

func (h *Hook) run(ctx context.Context) {
	defer close(h.done)
	f := h.o.Events.Follow(h.seq)
	defer closeQuietly(f, h.o.Log)
	for {
		line, seq, err := f.Next(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			h.o.Log.Error("hooks cannot read the event log; trying again", "error", err)
			if !sleep(ctx, 10*time.Second) {
				return
			}
			continue
		}
		if missed := seq - h.seq - 1; missed > 0 {
			h.o.Log.Error("hooks were too far behind the event log: events are gone from it that they were not told; "+
				"raise events.keep", "events", missed)
		}
		if !h.handle(ctx, line) {
			return
		}
		h.seq = seq
		if err := save(h.o.Path, seq); err != nil {
			h.o.Log.Error("hooks cannot remember how far they came; some events will be told twice", "error", err)
		}
	}
}

// handle tells one line if it is to be told; false when ctx ended before.
func (h *Hook) handle(ctx context.Context, line []byte) bool {
	told, err := eventlog.ParseLine(line)
	if err != nil {
		h.o.Log.Error("a line of the event log is not told to hooks", "error", err)
		return true
	}
	if len(h.o.Names) > 0 && !slices.Contains(h.o.Names, told.Event) {
		return true
	}
	wait := h.o.firstWait
	if wait == 0 {
		wait = time.Second
	}
	for try := 1; ; try++ {
		err := h.tell(ctx, told)
		if err == nil || ctx.Err() != nil {
			return ctx.Err() == nil
		}
		if h.o.Tries > 0 && try >= h.o.Tries {
			h.o.Log.Error("a hook was given up", "event", told.Event, "id", told.ID, "file", told.File, "tries", try,
				"error", err)
			return true
		}
		h.o.Log.Warn("a hook failed; trying again", "event", told.Event, "id", told.ID, "file", told.File, "next", wait,
			"error", err)
		if !sleep(ctx, wait) {
			return false
		}
		wait = min(2*wait, longestWait)
	}
}

// sleep waits; false when ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func closeQuietly(c io.Closer, log *slog.Logger) {
	if err := c.Close(); err != nil {
		log.Warn("closing the event log that hooks read", "error", err)
	}
}
