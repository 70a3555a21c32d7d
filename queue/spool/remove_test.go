package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// place makes an inbox with the files (name: content), links (name: "-> text") and folders (name: "/") that are named.
func place(t *testing.T, what map[string]string) string {
	t.Helper()
	top := t.TempDir()
	for name, content := range what {
		path := filepath.Join(top, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		switch {
		case err != nil:
		case content == "/":
			err = os.MkdirAll(path, 0o755)
		case len(content) > 3 && content[:3] == "-> ":
			err = os.Symlink(filepath.Join(top, content[3:]), path)
		default:
			err = os.WriteFile(path, []byte(content), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(top, "inbox")
}

func isThere(t *testing.T, inbox, name string) bool {
	t.Helper()
	_, err := os.Lstat(filepath.Join(inbox, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

func TestRemoveFile(t *testing.T) {
	t.Parallel()
	inbox := place(t, map[string]string{"inbox/d/a": "1", "inbox/b": "2", "inbox/to": "-> outside/f",
		"inbox/empty": "/", "inbox/d/e/f": "3",
		"outside/f": "4", "inbox/out": "-> outside", "inbox/in": "-> inbox/d", "inbox/in2": "-> inbox/d/e"})
	for name, fails := range map[string]bool{"d/a": false, "b": false, "to": false, "no": false, "no/no": false,
		"d/e/f/no": false,
		"out/f":    false, "in/e/f": false, "in2/f": false, "empty": true, "d/e": true} {
		free, err := RemoveFile(inbox, name)
		free()
		if (err != nil) != fails {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"d/a", "b", "to"} {
		if isThere(t, inbox, name) {
			t.Errorf("%s is there still", name)
		}
	}
	for _, name := range []string{"../outside/f", "d/e/f", "empty", "out", "in", "in2"} {
		if !isThere(t, inbox, name) {
			t.Errorf("%s is gone", name)
		}
	}
}

func TestRemoveFolder(t *testing.T) {
	t.Parallel()
	inbox := place(t, map[string]string{"inbox/file": "1", "inbox/d/empty": "/", "inbox/full/f": "2",
		"inbox/link":    "-> inbox/d/empty",
		"outside/empty": "/", "inbox/out": "-> outside", "inbox/in": "-> inbox/d", "inbox/top": "/"})
	for _, name := range []string{"file", "full", "link", "out/empty", "in/empty", "no", "no/no", "file/no"} {
		if err := RemoveFolder(inbox, name); err == nil {
			t.Errorf("%s is removed", name)
		}
	}
	for _, name := range []string{"file", "full/f", "link", "../outside/empty", "in", "d/empty"} {
		if !isThere(t, inbox, name) {
			t.Errorf("%s is gone", name)
		}
	}
	for _, name := range []string{"d/empty", "d", "top"} {
		if err := RemoveFolder(inbox, name); err != nil || isThere(t, inbox, name) {
			t.Errorf("%s is not removed: %v", name, err)
		}
	}
	if err := RemoveFolder(inbox, "d/empty"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
