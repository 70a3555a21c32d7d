package hook

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// errNew is a spool whose hooks have been told nothing yet.
var errNew = errors.New("nothing was told yet")

// load reads how far the telling came.
func load(path string) (uint64, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, errNew
	}
	if err != nil {
		return 0, err
	}
	seq, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil { // a power cut can leave an empty file
		return 0, errNew
	}
	return seq, nil
}

// save remembers how far the telling came. It is not synced: after a power cut some events are told again.
func save(path string, seq uint64) error {
	fresh := path + ".new"
	if err := os.WriteFile(fresh, fmt.Appendln(nil, seq), 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}
