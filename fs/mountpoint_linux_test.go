package fs

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"inboxfs/fs/mountpoint"
)

func TestMountRefuses(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	o, _ := testOptions(t)
	base := t.TempDir()
	write := func(path string) string {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := filepath.Join(base, "link")
	if err := os.Symlink(o.Inbox, link); err != nil {
		t.Fatal(err)
	}
	loop := filepath.Join(base, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, dir, want string }{
		{"a file", write(filepath.Join(base, "file")), "not a directory"},
		{"not empty", filepath.Dir(write(filepath.Join(base, "full", "film.mp4"))),
			`would hide what is in it, such as "film.mp4"`},
		{"no parent", filepath.Join(base, "no", "such"), "create it first"},
		{"the inbox", o.Inbox, "inside the mount point"},
		{"below the inbox", filepath.Join(o.Inbox, "mnt"), "inside the spool"},
		{"below the spool", filepath.Join(o.Spool, "mnt"), "inside the spool"},
		{"above the spool", filepath.Dir(o.Spool), "inside the mount point"},
		{"a link into the spool", link, "inside the mount point"},
		{"below a link into the spool", filepath.Join(link, "mnt"), "inside the spool"},
		{"a link to itself", loop, "symbolic links"},
	} {
		s, err := Mount(context.Background(), c.dir, o)
		if err == nil {
			t.Errorf("%s: mounted", c.name)
			if err := s.Unmount(context.Background()); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if c.name != "not empty" && c.name != "the inbox" && !strings.HasPrefix(c.name, "a") {
			if _, err := os.Lstat(c.dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: left behind (%v)", c.name, err)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Mount(ctx, filepath.Join(base, "late"), o); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

// TestMountPoint: a relative name and a link lead to the mount, and a mount point we made takes no files afterwards.
func TestMountPoint(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	again, _ := testOptions(t)
	if _, err := Mount(context.Background(), m.dir, again); err == nil || !strings.Contains(err.Error(),
		"mounted on it already") {
		t.Errorf("a second mount: %v", err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(m.dir, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Mount(context.Background(), link, again); err == nil ||
		!strings.Contains(err.Error(), "mounted on it already") {
		t.Errorf("a second mount through a link: %v", err)
	}
	if err := m.server.Unmount(context.Background()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(m.dir)
	if err != nil || info.Mode().Perm() != 0o555 {
		t.Errorf("the mount point has mode %v (%v)", info.Mode(), err)
	}
	if out, code := m.sh(t, `echo x > "$T/x"; cp "$T/x" "$M/inbox/"`); code == 0 {
		t.Errorf("a file was dropped where nothing is mounted\n%s", out)
	}
	m.dir = link
	m.mount(t, again)
	if out := m.ok(t, `ls "$M/inbox/"; head -1 "$M/queue"`); out != "state running\n" {
		t.Errorf("mounted again through a link: %s", out)
	}
}

func TestUnmount(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	m.ok(t, `cat "$M/list"`)
	if err := m.server.Unmount(context.Background()); err != nil {
		t.Error(err)
	}
	m.server.Wait()
	if err := m.server.Unmount(context.Background()); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if names, err := os.ReadDir(m.dir); err != nil || len(names) > 0 {
		t.Errorf("left in the mount point: %v, %v", names, err)
	}
}

// TestUnmountBusy: a program in the mount holds it until the context ends; then it goes, and all handlers with it.
func TestUnmountBusy(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	d := m.dialog(t, `exec 3< "$M/list"; cd "$M/inbox"; echo .; read go; cat <&3; echo .; read go`)
	d.read()
	waiting, _ := m.start(t, `echo wait > "$M/control"`)
	<-m.control.waiting
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	err := m.server.Unmount(ctx)
	if !errors.Is(err, ErrDetached) {
		t.Errorf("of a busy mount: %v", err)
	}
	if connections, _ := os.ReadDir("/sys/fs/fuse/connections"); os.Geteuid() != 0 && len(connections) == 0 {
		// No way to end a connection: it is served on, which Unmount must say, until nobody uses it.
		if err == nil || !strings.Contains(err.Error(), "still served until they are closed") {
			t.Errorf("of a busy mount without fusectl: %v", err)
		}
		if err := syscall.Kill(-waiting.Process.Pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		d.next()
		d.read()
		d.next()
		m.server.Wait()
		return
	}
	m.server.Wait()
	if m, err := mountpoint.At(m.dir); err != nil || m.Kind != "" {
		t.Errorf("still there: %v, %v", m, err)
	}
	if err := waiting.Wait(); err == nil {
		t.Error("a wait ended well though the mount went")
	}
	d.next()
	if out := d.read(); !strings.Contains(out, "not connected") && !strings.Contains(out, "abort") {
		t.Errorf("an open file reads %q", out)
	}
}

// TestUnmountBusyAtFirst: a mount that is let go before the context ends is unmounted cleanly.
func TestUnmountBusyAtFirst(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	d := m.dialog(t, `cd "$M/inbox"; echo .; read go; cd /; echo .; read go`)
	d.read()
	result := make(chan error)
	go func() { result <- m.server.Unmount(context.Background()) }()
	select {
	case err := <-result:
		t.Errorf("unmounted under a program's feet: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	d.next()
	d.read()
	if err := <-result; err != nil {
		t.Error(err)
	}
}

func TestUnmountFromOutside(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	if os.Geteuid() == 0 {
		m.ok(t, `umount "$M"`)
	} else {
		m.ok(t, `fusermount3 -u "$M"`)
	}
	m.server.Wait()
	if err := m.server.Unmount(context.Background()); err != nil {
		t.Error(err)
	}
}

// serveUntilKilled names the mount point for the process that TestStaleMount kills.
const serveUntilKilled = "INBOXFS_TEST_SERVE"

// TestServe is not a test but the process that TestStaleMount kills.
func TestServe(t *testing.T) {
	dir := os.Getenv(serveUntilKilled)
	if dir == "" {
		t.Skip("only for TestStaleMount")
	}
	o, _ := testOptions(t)
	s, err := Mount(context.Background(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stdout.WriteString("\nmounted\n"); err != nil {
		t.Fatal(err)
	}
	s.Wait()
}

// TestStaleMount kills a server; the next mount clears what it left, and a mount that is not ours is left alone.
func TestStaleMount(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	o, m := testOptions(t)
	m.dir = filepath.Join(t.TempDir(), "mnt")
	child := exec.Command(os.Args[0], "-test.run=^TestServe$")
	child.Env = append(os.Environ(), serveUntilKilled+"="+m.dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, out, "mounted\n")
	m.ok(t, `cat "$M/queue"`)
	holder := m.dialog(t, `exec 3< "$M/list"; echo .; read go`) // keeps the dead mount busy
	holder.read()
	if err := child.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed
	if out, code := m.sh(t, `ls "$M"`); code == 0 || !strings.Contains(out, "not connected") {
		t.Fatalf("the mount is not stale: exit %d\n%s", code, out)
	}
	m.mount(t, o)
	if out := m.ok(t, `head -1 "$M/queue"`); out != "state running\n" {
		t.Errorf("mounted again: %s", out)
	}
}

func TestForeignMount(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	o, m := testOptions(t)
	m.dir = t.TempDir()
	if out, code := m.sh(t, `mount -t tmpfs inboxfs-test "$M"`); code != 0 {
		t.Skipf("SKIPPED, NOTHING TESTED: no tmpfs can be mounted here: %s", out)
	}
	t.Cleanup(func() { m.ok(t, `umount "$M"`) })
	if _, err := Mount(context.Background(), m.dir, o); err == nil ||
		!strings.Contains(err.Error(), "type tmpfs is mounted on it already") {
		t.Errorf("over a tmpfs: %v", err)
	}
	if now, err := mountpoint.At(m.dir); err != nil || now.Kind != "tmpfs" {
		t.Errorf("the tmpfs is gone: %v, %v", now, err)
	}
}

// TestMountPointName mounts where the name needs escapes in the kernel's list.
func TestMountPointName(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	o, m := testOptions(t)
	m.dir = filepath.Join(t.TempDir(), "my 'mount' \\ point, é")
	m.mount(t, o)
	m.ok(t, `cat "$M/queue"`)
	if now, err := mountpoint.At(m.dir); err != nil || now.Kind != "fuse.inboxfs" || now != m.server.mount {
		t.Errorf("listed as %v, %v", now, err)
	}
}
