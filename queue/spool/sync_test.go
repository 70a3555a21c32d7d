package spool

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFoldersAreSyncedUpToTheSpool(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	deep := filepath.Join(top, "inbox", "new", "newer")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	done := FolderSync{filepath.Join(top, "inbox"): nil} // by another file of the batch
	if err := done.To(deep, top); err != nil {
		t.Fatal(err)
	}
	want := []string{top, filepath.Join(top, "inbox"), filepath.Join(top, "inbox", "new"), deep}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(done))); diff != "" {
		t.Error(diff)
	}
	for range 2 { // a folder that could not be synced has not been for the next file either
		if err := done.To(filepath.Join(deep, "gone"), top); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a missing folder is synced: %v", err)
		}
	}
}
