package control

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"inboxfs/control/credential"
	"inboxfs/queue"
	"inboxfs/queue/transfer"
	"inboxfs/queue/vod"
)

// MaxLine is the longest line in bytes that control takes.
const MaxLine = 64 << 10

// Control runs lines. Its methods may be called from anywhere at once.
type Control struct {
	queue *queue.Queue
	keys  *credential.Ring
	desk  *vod.Desk              // takes the answers for VOD files; nil where nobody asks for any
	mode  string                 // credential mode
	mount atomic.Pointer[string] // the mountpoint, once there is one

	mu     sync.Mutex // guards reason
	reason string
}

// New makes a Control for a queue whose uploads are signed with keys, or with what is laid on desk, which may be nil.
func New(q *queue.Queue, keys *credential.Ring, mode string, desk *vod.Desk) *Control {
	return &Control{queue: q, keys: keys, mode: mode, desk: desk, reason: "ok: nothing was asked yet"}
}

// Mounted says where the files are seen, by an absolute path: names may begin with it.
func (c *Control) Mounted(dir string) { c.mount.Store(&dir) }

// Exec runs one line and returns when what it asks for holds and is remembered, or, for wait, has come true. The error
// wraps one of queue's sentinels, or is ctx's own.
func (c *Control) Exec(ctx context.Context, line string) error {
	line = strings.TrimRight(line, "\r\n")
	word, arg, _ := strings.Cut(strings.TrimLeft(line, " \t"), " ")
	if tab := strings.IndexByte(word, '\t'); tab >= 0 {
		word, arg, _ = strings.Cut(strings.TrimLeft(line, " \t"), "\t")
	}
	if word == "" || word[0] == '#' {
		return nil
	}
	arg = strings.TrimLeft(arg, " \t")
	v := lookup(word)
	var said string
	var err error
	switch {
	case len(line) > MaxLine:
		err = fmt.Errorf("%w: %d bytes, but a line may have %d", transfer.ErrTooLong, len(line), MaxLine)
		word = "line"
	case v == nil:
		err = unknown(word)
		word = "line"
	case v.Argument == "" && strings.TrimSpace(arg) != "":
		err = fmt.Errorf("%w: %s takes no argument", transfer.ErrInvalid, v.Name)
	case v.Argument != "" && v.Argument[0] != '[' && strings.TrimSpace(arg) == "":
		err = fmt.Errorf("%w: write %s %s", transfer.ErrInvalid, v.Name, v.Argument)
	default:
		said, err = v.run(ctx, c, arg)
	}
	if v != nil {
		word = v.Name
	}
	if err != nil {
		c.refused(word, err)
		return err
	}
	if said == "" {
		said = "done"
	}
	c.say("ok: " + word + ": " + said)
	return nil
}

// Say makes a refusal that came from elsewhere, such as a name the inbox refused, the last result.
func (c *Control) Say(err error) {
	if errors.Is(err, transfer.ErrTooLong) {
		c.refused("line", err)
		return
	}
	c.refused("inbox", err)
}

// refused records why something was not done. Somebody who stopped waiting was not refused anything.
func (c *Control) refused(verb string, err error) {
	if errors.Is(err, context.Canceled) {
		c.say("error: " + verb + ": interrupted before it was done")
		return
	}
	c.say("error: " + verb + ": " + oneLine(err.Error()))
	c.queue.Refused(verb, err)
}

func (c *Control) say(reason string) {
	c.mu.Lock()
	c.reason = reason
	c.mu.Unlock()
}

// Reason is the result of the last line, in words: one line that begins with "ok:" or "error:".
func (c *Control) Reason() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reason
}

// oneLine keeps a text that may quote names from making lines of its own.
func oneLine(s string) string { return strings.NewReplacer("\n", " ", "\r", " ").Replace(s) }

func unknown(word string) error {
	if !repeatable(word) {
		return fmt.Errorf("%w: the line does not begin with a verb: read control for the verbs", transfer.ErrInvalid)
	}
	return fmt.Errorf("%w: unknown verb %q: read control for the verbs", transfer.ErrInvalid, word)
}

// repeatable reports whether an unknown verb may be repeated to its writer: a secret given in the wrong place may not.
func repeatable(word string) bool {
	return len(word) <= 24 && strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
}
