package inbox

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoNotificationThatWaits: the kernel carries out some notifications under the lock of a folder, for which it waits
// however the daemon is killed meanwhile. Where a program holds that lock and waits for the daemon, the mount then
// hangs for good, and `umount -f` is all that helps.
func TestNoNotificationThatWaits(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		code, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range []string{".NotifyDelete(", ".NotifyEntry("} {
			if strings.Contains(string(code), call) {
				t.Errorf("%s has %s", name, call)
			}
		}
	}
}
