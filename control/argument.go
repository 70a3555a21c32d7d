package control

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"inboxfs/control/config"
	"inboxfs/queue"
)

// find is the entry that a NAME argument means.
func (c *Control) find(arg string) (queue.ID, error) {
	name, err := unquote(arg)
	if err != nil {
		return 0, err
	}
	id, err := c.queue.Find(name)
	if err == nil {
		return id, nil
	}
	// echo "delete a.mp4 " is meant as it looks; a name that really ends in a blank was found above.
	if trimmed := strings.TrimRight(name, " \t"); trimmed != name {
		if id, again := c.queue.Find(trimmed); again == nil {
			return id, nil
		}
	}
	if strings.HasPrefix(name, "inbox/") && errors.Is(err, queue.ErrNoEntry) {
		return 0, fmt.Errorf("%w; names begin below inbox/", err)
	}
	return 0, err
}

// unquote takes an argument as it stands, or, when it begins with a quote, as a Go string.
func unquote(arg string) (string, error) {
	if arg == "" || arg[0] != '"' && arg[0] != '`' {
		return arg, nil
	}
	s, err := strconv.Unquote(strings.TrimRight(arg, " \t"))
	if err != nil {
		return "", fmt.Errorf("%w: a name that begins with a quote must be a whole quoted string", queue.ErrInvalid)
	}
	return s, nil
}

// limit sets the bandwidth.
func limit(_ context.Context, c *Control, arg string) (string, error) {
	var rate config.Rate
	if err := rate.Set(arg); err != nil {
		return "", fmt.Errorf("%w: %w", queue.ErrInvalid, err)
	}
	c.queue.SetLimit(int64(rate))
	return rate.String(), nil
}

// haveKeys refuses to begin without any credentials: nothing could be uploaded.
func (c *Control) haveKeys() error {
	if _, err := c.keys.Get(); errors.Is(err, queue.ErrNoKey) {
		return err
	}
	return nil
}
