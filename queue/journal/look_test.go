package journal

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"testing"
)

// TestLook says what Open would, and changes no byte.
func TestLook(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	if err := Look(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of no journal: %v", err)
	}
	j := openJournal(t, path)
	commit(t, j, entryOf(1))
	if err := Look(path); !errors.Is(err, ErrLocked) {
		t.Errorf("of one in use: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	good := bytesOf(t, path)
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"good": {good, nil}, "empty": {nil, nil}, "text": {[]byte("this is not a journal\n"), ErrDamaged},
		"zeros": {make([]byte, 1<<20), ErrDamaged}, "meta pages only": {good[:2*os.Getpagesize()], ErrDamaged},
	} {
		file := newPath(t)
		if err := os.WriteFile(file, c.content, 0o400); err != nil {
			t.Fatal(err)
		}
		if err := Look(file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", name, err, c.want)
		}
		if !bytes.Equal(bytesOf(t, file), c.content) {
			t.Errorf("%s was changed", name)
		}
	}
}
