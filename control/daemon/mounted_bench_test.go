package daemon

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// built is the program.
func built(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "inboxfs")
	if out, err := exec.Command("go", "build", "-o", program, "inboxfs").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return program
}

// mount is a running program.
type mount struct {
	program, spool, mnt string
	flags               []string
	command             *exec.Cmd
	log                 bytes.Buffer
}

// newMounted is a mount of the program with these flags beside the usual ones.
func newMounted(b *testing.B, program string, flags ...string) *mount {
	b.Helper()
	m := &mount{program: program, flags: flags, spool: filepath.Join(b.TempDir(), "spool"),
		mnt: filepath.Join(b.TempDir(), "mnt")}
	b.Cleanup(func() {
		if m.command != nil {
			m.stop(b)
		}
	})
	return m
}

// start returns when the mount answers, and says how long that took.
func (m *mount) start(b *testing.B) time.Duration {
	b.Helper()
	began := time.Now()
	m.command = exec.Command(m.program, slices.Concat([]string{"mount", "--spool", m.spool, "--oss-region",
		"cn-hangzhou", "--oss-bucket", "bucket"},
		m.flags, []string{m.mnt})...)
	m.command.Env = append(os.Environ(), "OSS_ACCESS_KEY_ID=id", "OSS_ACCESS_KEY_SECRET=secret")
	m.log.Reset()
	m.command.Stdout, m.command.Stderr = &m.log, &m.log
	if err := m.command.Start(); err != nil {
		b.Fatal(err)
	}
	for {
		if _, err := os.Stat(m.mnt + "/queue"); err == nil {
			return time.Since(began)
		}
		if time.Since(began) > time.Minute {
			b.Fatalf("no mount: %s", &m.log)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (m *mount) stop(b *testing.B) {
	b.Helper()
	if err := m.command.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := m.command.Wait(); err != nil {
		b.Fatalf("%v: %s", err, &m.log)
	}
	m.command = nil
}

// each is the median of the seconds that something takes.
func (m *mount) each(b *testing.B, times int, once func(i int)) float64 {
	b.Helper()
	var all []float64
	for i := range times {
		began := time.Now()
		once(i)
		all = append(all, time.Since(began).Seconds())
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func (m *mount) read(b *testing.B, name string) []byte {
	b.Helper()
	data, err := os.ReadFile(filepath.Join(m.mnt, name))
	if err != nil {
		b.Fatal(err)
	}
	return data
}

func (m *mount) write(b *testing.B, name, text string) {
	b.Helper()
	path := filepath.Join(m.mnt, name)
	if err := os.WriteFile(path, []byte(text), 0o644); os.IsNotExist(err) {
		if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			b.Fatal(err)
		}
	} else if err != nil {
		b.Fatalf("%s: %v", text, err)
	}
}

func (m *mount) names(b *testing.B, name string, least int) {
	b.Helper()
	if all, err := os.ReadDir(filepath.Join(m.mnt, name)); err != nil || len(all) < least {
		b.Fatalf("%s: %d names, %v", name, len(all), err)
	}
}

// count is a number in queue.
func (m *mount) count(b *testing.B, key string) int {
	b.Helper()
	for line := range strings.Lines(string(m.read(b, "queue"))) {
		if n, found := strings.CutPrefix(line, key+" "); found {
			if n, err := strconv.Atoi(strings.TrimSpace(n)); err == nil {
				return n
			}
		}
	}
	return -1
}

// memory is a line of /proc/PID/status, in bytes.
func (m *mount) memory(b *testing.B, key string) int64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.command.Process.Pid))
	if err != nil {
		b.Skipf("SKIPPED, NOTHING MEASURED: %v", err)
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == key {
			if kib, err := strconv.ParseInt(f[1], 10, 64); err == nil {
				return kib << 10
			}
		}
	}
	b.Fatalf("no %s", key)
	return 0
}
