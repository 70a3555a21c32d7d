package status

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"inboxfs/control/client"
	"inboxfs/queue"
)

// pause is the time between two looks, which cost the same for a list of any length.
const pause = time.Second

// Watch shows the queue until ctx ends, which is no error, or the mount goes away. On a terminal it has the screen to
// itself, and leaves there what it showed last; otherwise it writes a line whenever the sums have changed.
func Watch(ctx context.Context, dir string, out *os.File) error {
	s := terminal(out)
	if s == nil {
		return look(ctx, dir, nil, follow(dir, out))
	}
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	defer signal.Stop(resized)
	if _, err := out.WriteString(enter); err != nil {
		return err
	}
	var last []line
	err := look(ctx, dir, resized, func(o queue.Overview) error {
		s.measure()
		last = fit(o, dir, s.width, s.height, time.Now())
		return s.draw(last)
	})
	_, left := out.WriteString(leave)
	return errors.Join(s.print(last), left, err)
}

// look reads the queue again and again and shows it; once more when the terminal has another size.
func look(ctx context.Context, dir string, resized <-chan os.Signal, show func(queue.Overview) error) error {
	for {
		o, err := client.Read(ctx, dir, overview)
		if ctx.Err() != nil {
			return nil // who ends a watch has seen enough
		}
		if err == nil {
			err = show(o)
		}
		next := time.After(pause)
		for waiting := true; waiting && err == nil; {
			select {
			case <-ctx.Done():
				return nil
			case <-resized:
				err = show(o)
			case <-next:
				waiting = false
			}
		}
		if err != nil {
			return err
		}
	}
}

// follow writes the sums in a line when they are others than before.
func follow(dir string, out *os.File) func(queue.Overview) error {
	before := ""
	return func(o queue.Overview) error {
		p := &picture{now: time.Now(), detail: whole}
		p.head(o, dir)
		var all []string
		for _, l := range p.lines {
			all = append(all, l.text)
		}
		now := strings.Join(all, "; ") + "\n"
		if now == before {
			return nil
		}
		before = now
		_, err := out.WriteString(now)
		return err
	}
}
