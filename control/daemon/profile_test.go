package daemon

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"inboxfs/control/config"
)

// A signal brings a profile that only its user can read, that has what is looked for in it, and no secret.
func TestProfileOnSignal(t *testing.T) {
	t.Parallel()
	const secret = "a-secret-that-is-in-memory"
	held := strings.Repeat(secret, 1000)
	said := make(chan string, 10)
	c := config.Default()
	c.Spool = t.TempDir()
	d := &Daemon{config: c, log: slog.New(slog.NewTextHandler(lines(said), nil))}
	end := d.serveProfiles(50 * time.Millisecond)
	defer end()
	if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	select {
	case line := <-said:
		if !strings.Contains(line, c.Spool) {
			t.Fatal(line)
		}
	case <-time.After(time.Minute):
		t.Fatal("nothing was said of a profile")
	}
	for name, has := range map[string]string{"cpu": "nanoseconds", "heap": "inuse_space",
		"goroutine": "serveProfiles"} {
		files, err := filepath.Glob(filepath.Join(c.Spool, "profile-*", name+".pprof"))
		if err != nil || len(files) != 1 {
			t.Fatalf("%s: %q, %v", name, files, err)
		}
		for path, mode := range map[string]os.FileMode{files[0]: 0o600, filepath.Dir(files[0]): 0o700} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
		f, err := os.Open(files[0])
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close() // it was only read
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(text, []byte(has)) || bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s.pprof: %d bytes, %v", name, len(text), err)
		}
	}
	if len(held) == 0 {
		t.Error("nothing was held")
	}
}

// lines gives each line of a log to whoever waits for it.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}
