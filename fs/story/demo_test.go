package story

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// demo starts `inboxfs demo` in a folder and returns when it has said what to do. end sends it Ctrl-C, or kills it.
func demo(t *testing.T, dir string) (said *syncBuffer, end func(syscall.Signal)) {
	t.Helper()
	if err := lookAtSources(); err != nil {
		t.Fatal(err)
	}
	said = &syncBuffer{}
	c := exec.Command(program, "demo")
	c.Dir, c.Stdout, c.Stderr = dir, said, said
	c.Env = append(os.Environ(), "INBOXFS_INBOX_SETTLE=100ms")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- c.Wait() }()
	ended := false
	end = func(sig syscall.Signal) {
		t.Helper()
		if ended {
			return
		}
		ended = true
		if err := c.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if err := <-exited; err != nil && sig != syscall.SIGKILL {
			t.Errorf("the demo ended with %v: %s", err, said)
		}
	}
	t.Cleanup(func() { end(syscall.SIGINT) })
	for deadline := time.Now().Add(time.Minute); !strings.Contains(said.String(), "Ctrl-C"); time.Sleep(
		5 * time.Millisecond) {
		select {
		case err := <-exited:
			ended = true
			t.Fatalf("the demo ended: %v\n%s", err, said)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("the demo says nothing: %s", said)
		}
	}
	return said, end
}

// TestDemo is the README's first session, a kill, and a second demo in the same folder.
func TestDemo(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	dir := t.TempDir()
	sh := func(script string) string {
		t.Helper()
		c := exec.Command("bash", "-e", "-c", script)
		c.Dir = dir
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s\n%v\n%s", script, err, out)
		}
		return string(out)
	}
	_, end := demo(t, dir)
	sh("head -c 30M /dev/urandom > a.mp4; head -c 5K /dev/urandom > b.mp4; cp *.mp4 inboxfs-demo/mnt/inbox/; " +
		"echo wait > inboxfs-demo/mnt/control")
	sh("for f in a b; do cmp $f.mp4 inboxfs-demo/objects/demo/$f.mp4; done")
	if list := sh(
		"cut -f 2,3,6 inboxfs-demo/mnt/list"); list != "state\tpercent\tname\nsuccess\t100\ta.mp4\nsuccess\t100\tb.mp4\n" {
		t.Errorf("list says\n%s", list)
	}
	sh("echo stop > inboxfs-demo/mnt/control; head -c 9M /dev/urandom > c.mp4; cp c.mp4 inboxfs-demo/mnt/inbox/; " +
		"echo flush > inboxfs-demo/mnt/control; " +
		"until grep -q 'state ready' inboxfs-demo/mnt/status/c.mp4; do :; done")
	end(syscall.SIGKILL)

	said, end := demo(t, dir)
	sh("echo wait > inboxfs-demo/mnt/control; cmp c.mp4 inboxfs-demo/objects/demo/c.mp4")
	if n := strings.TrimSpace(sh("wc -l < inboxfs-demo/mnt/list")); n != "4" {
		t.Errorf("the list has %s lines after the restart", n)
	}
	if last := sh("tail -1 inboxfs-demo/mnt/events"); !strings.Contains(last, "OnUploadEnd") {
		t.Errorf("the last event is %s", last)
	}
	end(syscall.SIGINT)
	for _, want := range []string{"unmounted", filepath.Join("inboxfs-demo", "objects", "demo")} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("at the end it does not say %q: %s", want, said)
		}
	}
	if out, err := exec.Command("touch", filepath.Join(dir, "inboxfs-demo/mnt/inbox/x")).CombinedOutput(); err == nil {
		t.Errorf("a file landed where nothing is mounted: %s", out)
	}
}

// TestMemoryStaysSmall uploads a file in five parts of 64 MiB at once.
func TestMemoryStaysSmall(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=64MiB")
	s.sh("truncate -s 1G sparse.mov; cp --sparse=always sparse.mov $MNT/inbox/; echo wait > $MNT/control")
	s.arrived("sparse.mov", filepath.Join(s.dir, "sparse.mov"))
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.daemon.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if kib, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.Atoi(strings.Fields(kib)[0])
			if err != nil || n > 64<<10 {
				t.Errorf("it took %s of memory (%v)", strings.TrimSpace(kib), err)
			}
			return
		}
	}
	t.Fatal("the kernel does not say how much memory it took")
}
