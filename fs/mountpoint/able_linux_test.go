package mountpoint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAble(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	none, file, conf := filepath.Join(dir, "none"), filepath.Join(dir, "fuse"), filepath.Join(dir, "fuse.conf")
	for path, text := range map[string]string{file: "", conf: "# user_allow_other\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := ableWith(none, conf, false); err == nil || !strings.Contains(err.Error(), "modprobe fuse") ||
		!strings.Contains(err.Error(), none) {
		t.Errorf("without the device: %v", err)
	}
	if os.Geteuid() == 0 {
		if err := ableWith(file, conf, true); err != nil {
			t.Errorf("root needs no user_allow_other: %v", err)
		}
		t.Log("AS ROOT, WHAT ORDINARY USERS NEED IS NOT TRIED: fusermount3 and user_allow_other")
		return
	}
	if _, err := fusermountPath(); err != nil {
		if err := ableWith(file, conf, false); err == nil || !strings.Contains(err.Error(),
			"install the package fuse3") {
			t.Errorf("without fusermount3: %v", err)
		}
		return
	}
	if err := ableWith(file, conf, true); err == nil || !strings.Contains(err.Error(), "user_allow_other") {
		t.Errorf("with a line that is a comment: %v", err)
	}
	if err := os.WriteFile(conf, []byte("mount_max = 10\nuser_allow_other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ableWith(file, conf, true); err != nil {
		t.Errorf("with all that is needed: %v", err)
	}
}
