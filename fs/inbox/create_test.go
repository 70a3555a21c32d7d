package inbox

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"inboxfs/fs/writer"
)

// TestCreateTakesNothingThatIsThere: what somebody has put below us, since the kernel looked, is neither opened nor
// followed.
func TestCreateTakesNothingThatIsThere(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "outside")
	for _, path := range []string{outside, filepath.Join(dir, "file")} {
		if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"link": outside, "to nothing": outside + " that is not there"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	d, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	n := &inboxNode{in: &inbox{programs: writer.NewPrograms(nil, nil)}}
	for _, name := range []string{"file", "link", "to nothing"} {
		if _, _, err := n.create(t.Context(), int(d.Fd()), name, os.O_WRONLY, 0o644); err != syscall.EEXIST {
			t.Errorf("%s: %v", name, err)
		}
	}
}
