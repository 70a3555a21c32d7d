package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// makeSpool makes the spool, or sees to it that one that is there is ours and nobody else's, and returns its inbox.
// Whoever could put something there could have us, who may be root, write or remove files anywhere.
func makeSpool(spool string) (inbox string, err error) {
	if err := os.MkdirAll(spool, 0o700); err != nil {
		return "", fmt.Errorf("making the spool: %w; choose a folder on a local disk with --spool DIR", err)
	}
	info, err := os.Stat(spool)
	if err != nil {
		return "", fmt.Errorf("looking at the spool: %w", err)
	}
	if !ours(info) {
		return "", fmt.Errorf("the spool %s belongs to another user; choose one of your own", spool)
	}
	if err := os.Chmod(spool, 0o700); err != nil {
		return "", fmt.Errorf("making the spool private: %w", err)
	}
	inbox = filepath.Join(spool, "inbox")
	if err := os.Mkdir(inbox, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("making the inbox in the spool: %w", err)
	}
	// What was put there while others could.
	for name, kind := range map[string]fs.FileMode{"inbox": fs.ModeDir, "lock": 0, "journal.db": 0, "opened": 0,
		"known": 0, "events.log": 0, "daemon.log": 0} {
		path := filepath.Join(spool, name)
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", fmt.Errorf("looking at the spool: %w", err)
		case info.Mode().Type() != kind:
			return "", fmt.Errorf("%s is not what inboxfs made there (mode %v); move it away", path, info.Mode())
		case !ours(info) && name != "inbox":
			return "", fmt.Errorf("%s belongs to another user; move it away", path)
		case kind == 0 && info.Mode().Perm()&0o077 != 0:
			if err := os.Chmod(path, 0o600); err != nil {
				return "", fmt.Errorf("making the spool private: %w", err)
			}
		}
	}
	return inbox, nil
}

// ours reports whether a file belongs to the user we are.
func ours(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}
