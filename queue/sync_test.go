package queue

import (
	"errors"
	"io"
	"os"
	"testing"

	"inboxfs/queue/list"
)

// TestFolderThatCannotBeSynced puts something else in the place of a folder once the drop in it is synced: the name of
// that is not on stable storage, so it is not ready.
func TestFolderThatCannotBeSynced(t *testing.T) {
	t.Parallel()
	for what, drop := range map[string]func(r *rig){
		"file": func(r *rig) { r.drop("clips/a", "content") },
		"link": func(r *rig) { r.link("clips/a", elsewhere(t, "content")) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			var r *rig
			r = openUnmounted(t, t.TempDir(), func(o *Options) {
				o.Check = func(io.ReaderAt, int64) (string, error) {
					err := os.Rename(r.path("clips"), r.path("moved"))
					return "", errors.Join(err, os.Symlink("clips", r.path("clips"))) // which leads to itself
				}
			})
			if err := os.Mkdir(r.path("clips"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := r.Mounted(""); err != nil {
				t.Fatal(err)
			}
			drop(r)
			if info := r.state("clips/a", list.Held); info.Error != codeSync {
				t.Errorf("it is held because %q: %q", info.Error, info.Message)
			}
		})
	}
}
