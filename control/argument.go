package control

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"inboxfs/control/config"
	"inboxfs/control/credential"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// find is the entry that a NAME argument means.
func (c *Control) find(arg string) (transfer.ID, error) {
	name, quoted, err := unquote(arg)
	if err != nil {
		return 0, err
	}
	if quoted { // it is exactly that
		id, err := c.queue.Named(name)
		return id, discreet(err, name)
	}
	id, err := c.queue.Find(name)
	if err == nil {
		return id, nil
	}
	for _, meant := range c.spellings(name) {
		if id, again := c.queue.Find(meant); again == nil {
			return id, nil
		}
	}
	if strings.Contains("/"+name, "/inbox/") && errors.Is(err, transfer.ErrNoEntry) {
		err = fmt.Errorf("%w; names begin below inbox/", err)
	}
	return 0, discreet(err, name)
}

// spellings is what a name may mean that no file has: echo "delete a.mp4 " is meant as it looks, and a shell completes
// ./a.mp4 and the whole path. inbox/a.mp4 is not among them: in inbox there may have been a folder of that name.
func (c *Control) spellings(name string) (meant []string) {
	for _, s := range []string{name, strings.TrimRight(name, " \t")} {
		clean := path.Clean(s)
		if mount := c.mount.Load(); mount != nil {
			clean = strings.TrimPrefix(clean, path.Join(*mount, "inbox")+"/")
		}
		meant = append(meant, s, clean)
	}
	return meant
}

// unquote takes an argument as it stands, or, when it begins with a double quote, as a Go string.
func unquote(arg string) (name string, quoted bool, err error) {
	if !strings.HasPrefix(arg, `"`) {
		return arg, false, nil
	}
	s, err := strconv.Unquote(strings.TrimRight(arg, " \t"))
	if err != nil {
		return "", true, fmt.Errorf("%w: a name that begins with a quote must be a whole quoted string",
			transfer.ErrInvalid)
	}
	return s, true, nil
}

// limit sets the bandwidth.
func limit(_ context.Context, c *Control, arg string) (string, error) {
	if n := strings.TrimSpace(arg); n != "" && strings.Trim(n, "0123456789") == "" && strings.Trim(n, "0") != "" {
		return "", fmt.Errorf("%w: %s of what? write %[2]sMiB/s, %[2]sKiB/s or %[2]sB/s", transfer.ErrInvalid, n)
	}
	var rate config.Rate
	if err := rate.Set(arg); err != nil {
		return "", discreet(fmt.Errorf("%w: %w", transfer.ErrInvalid, err), arg)
	}
	c.queue.SetLimit(int64(rate))
	return rate.String(), nil
}

// askPatience is how long a line waits for a source of credentials.
const askPatience = 5 * time.Second

// haveKeys refuses to begin without any credentials: nothing could be uploaded. When they have expired it asks for
// others at once, rather than when the next time for that has come.
func (c *Control) haveKeys(ctx context.Context) error {
	if c.mode == config.ModeVODAuth {
		return nil // each file has its own
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	if c.queue.State() == list.Expired && c.keys.Retry(ctx) {
		c.queue.Renewed()
	}
	if err := c.keys.Check(ctx); errors.Is(err, transfer.ErrNoKey) {
		return err
	}
	return nil
}

// parseToken reads a token with the server's clock. A token that has expired by a clock of ours which nobody has
// compared yet is reason to do so.
func (c *Control) parseToken(ctx context.Context, line string) (credential.Credentials, error) {
	now, known := c.keys.Now()
	k, err := credential.ParseToken(line, now)
	if known || !errors.Is(err, transfer.ErrKeyExpired) {
		return k, err
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	if now, known = c.keys.AskTime(ctx); !known {
		return k, fmt.Errorf("%w; if it is not, set this machine's clock, which says %s", err,
			now.UTC().Format(time.RFC3339))
	}
	return credential.ParseToken(line, now)
}
