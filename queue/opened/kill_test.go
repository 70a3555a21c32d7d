package opened

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var kills = flag.Int("opened.kills", 20, "how often TestKills kills")

const writerEnv = "OPENED_WRITER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerEnv); dir != "" {
		fmt.Fprintln(os.Stderr, writeForever(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const content = "what a file has when it is complete"

// writeForever makes files in dir, several at once, and says which are closed.
func writeForever(dir string) error {
	t, _, err := Open(filepath.Join(dir, "opened"), boot, func(error) {})
	if err != nil {
		return err
	}
	t.Forget() // what there was before
	failed := make(chan error)
	for w := range 4 {
		go func() {
			for n := 0; ; n++ {
				if err := writeOne(t, filepath.Join(dir, fmt.Sprintf("file%d-%d", w, n))); err != nil {
					failed <- err
				}
			}
		}()
	}
	return <-failed
}

func writeOne(t *Table, path string) error {
	m := t.Making(path)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	st := info.Sys().(*syscall.Stat_t)
	m.Made(uint64(st.Dev), st.Ino)
	for i := range content {
		if _, err := f.WriteString(content[i : i+1]); err != nil {
			return err
		}
		if i == len(content)/2 { // a program closed one of its descriptors, and goes on with another
			m.Flushed(int64(i+1), info.ModTime())
			m.Opened()
		}
	}
	if info, err = f.Stat(); err != nil {
		return err
	}
	m.Flushed(info.Size(), info.ModTime())
	if _, err := fmt.Println(path); err != nil {
		return err
	}
	m.Close()
	return f.Close()
}

// TestKills kills a process that writes files: those that are not complete were open, and those that it had closed were
// not.
func TestKills(t *testing.T) {
	t.Parallel()
	files, writing := 0, 0
	for range *kills {
		dir := t.TempDir()
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), writerEnv+"="+dir)
		c.Stderr = os.Stderr
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		closed := make(map[string]bool)
		for n := rand.IntN(20); n >= 0 && lines.Scan(); n-- {
			closed[lines.Text()] = true
		}
		time.Sleep(rand.N(time.Millisecond))
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			closed[lines.Text()] = true
		}
		_ = c.Wait() // it was killed
		_, past, err := Open(filepath.Join(dir, "opened"), boot, func(error) {})
		if err != nil || past == nil {
			t.Fatalf("nothing is known: %v", err)
		}
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			if !strings.HasPrefix(d.Name(), "file") {
				continue
			}
			path := filepath.Join(dir, d.Name())
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			info, err := d.Info()
			if err != nil {
				t.Fatal(err)
			}
			st := info.Sys().(*syscall.Stat_t)
			state := past.Of(path, uint64(st.Dev), st.Ino, info.Size(), info.ModTime())
			files++
			switch {
			case state == Writing:
				writing++
				if closed[path] {
					t.Errorf("%s was closed, and counts as open", d.Name())
				}
			case string(text) != content:
				t.Errorf("%s has %d bytes of %d, and counts as closed", d.Name(), len(text), len(content))
			}
		}
	}
	t.Logf("%d kills: %d files, %d of them open", *kills, files, writing)
}
