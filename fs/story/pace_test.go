package story

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// pace is how long each call of a kind took.
type pace map[string][]time.Duration

// time notes how long a call takes.
func (p pace) time(kind string, call func() error) error {
	began := time.Now()
	err := call()
	if p[kind] = append(p[kind], time.Since(began)); err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return nil
}

// String tells the 99th percentile and the worst of each kind.
func (p pace) String() (s string) {
	for _, kind := range []string{"create", "write", "close", "stat", "readdir", "read", "verb", "remove"} {
		all := slices.Clone(p[kind])
		slices.Sort(all)
		if n := len(all); n > 0 {
			s += fmt.Sprintf("  %s %v/%v", kind, all[n*99/100].Round(10*time.Microsecond),
				all[n-1].Round(10*time.Microsecond))
		}
	}
	return s
}

// worst is the longest of all calls.
func (p pace) worst() (kind string, took time.Duration) {
	for k, all := range p {
		if most := slices.Max(all); most > took {
			kind, took = k, most
		}
	}
	return kind, took
}

// runPace is a process that uses a mount and tells how long that took.
func runPace(mnt string) int {
	p := make(pace)
	const rounds = 200
	for i := range rounds {
		if err := p.round(mnt, i); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(p); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// round makes a file, looks around, and says something to the queue. Every fourth file is removed again.
func (p pace) round(mnt string, i int) error {
	path := filepath.Join(mnt, "inbox", fmt.Sprintf("pace%03d", i))
	content := make([]byte, 64<<10)
	var fd int
	calls := []struct {
		kind string
		call func() error
	}{
		{"create", func() (err error) {
			fd, err = syscall.Open(path, syscall.O_CREAT|syscall.O_WRONLY|syscall.O_EXCL, 0o600)
			return err
		}},
		{"write", func() error { _, err := syscall.Write(fd, content); return err }},
		{"close", func() error { return syscall.Close(fd) }},
		{"stat", func() error { _, err := os.Stat(filepath.Join(mnt, "status", filepath.Base(path))); return err }},
		{"readdir", func() error { _, err := os.ReadDir(filepath.Join(mnt, "inbox")); return err }},
		{"read", func() error { _, err := os.ReadFile(filepath.Join(mnt, "list")); return err }},
		{"verb", func() error { return os.WriteFile(filepath.Join(mnt, "control"), []byte("limit 50MiB/s\n"), 0) }},
	}
	for _, c := range calls {
		if err := p.time(c.kind, c.call); err != nil {
			return err
		}
	}
	if i%4 == 3 {
		return p.time("remove",
			func() error { return os.Remove(filepath.Join(mnt, "inbox", fmt.Sprintf("pace%03d", i-3))) })
	}
	return nil
}
