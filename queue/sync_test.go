package queue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"maps"

	"github.com/google/go-cmp/cmp"
)

func TestFoldersAreSyncedUpToTheSpool(t *testing.T) {
	t.Parallel()
	spool := t.TempDir()
	deep := filepath.Join(spool, "inbox", "new", "newer")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	done := folderSync{filepath.Join(spool, "inbox"): nil} // by another file of the batch
	if err := done.to(deep, spool); err != nil {
		t.Fatal(err)
	}
	want := []string{spool, filepath.Join(spool, "inbox"), filepath.Join(spool, "inbox", "new"), deep}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(done))); diff != "" {
		t.Error(diff)
	}
	for range 2 { // a folder that could not be synced has not been for the next file either
		if err := done.to(filepath.Join(deep, "gone"), spool); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a missing folder is synced: %v", err)
		}
	}
}
