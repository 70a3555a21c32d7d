package daemon

import (
	"os"
	"path/filepath"
	"testing"
)

// TestLogBeginsAnew: a log that got long is put aside once, and no more is kept.
func TestLogBeginsAnew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "daemon.log")
	to, err := openLog(path)
	if err != nil {
		t.Fatal(err)
	}
	log, ok := to.(*file)
	if !ok {
		t.Fatalf("a path is opened as %T", to)
	}
	log.most = 8
	for _, line := range []string{"first\n", "second\n", "third\n", "4\n"} {
		if _, err := log.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.open.Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{path: "third\n4\n", path + ".1": "second\n"} {
		if text, err := os.ReadFile(name); err != nil || string(text) != want {
			t.Errorf("%s holds %q, %v", filepath.Base(name), text, err)
		}
	}
}
