package story

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// open is how many descriptors the daemon has, and how many threads.
func (s *story) open() (descriptors, threads int) {
	s.t.Helper()
	for dir, n := range map[string]*int{"fd": &descriptors, "task": &threads} {
		list, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(s.daemon.Process.Pid), dir))
		if err != nil {
			s.t.Fatal(err)
		}
		*n = len(list)
	}
	return descriptors, threads
}

// memory is the resident size of the daemon, in MiB.
func (s *story) memory() int {
	s.t.Helper()
	kib, err := strconv.Atoi(s.sh(fmt.Sprintf("awk '/^VmRSS/ { print $2 }' /proc/%d/status", s.daemon.Process.Pid)))
	if err != nil {
		s.t.Fatal(err)
	}
	return kib >> 10
}

// TestFewDescriptors lets the daemon have 256 descriptors, and 300 files be open at once while others are uploaded. Who
// asks for one too many is told; what was taken is uploaded.
func TestFewDescriptors(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_START=false")
	s.stop()
	s.setup = "ulimit -n 256;"
	s.mount()
	before, _ := s.open()
	s.sh("mkdir drops; for i in $(seq 20); do head -c 2500000 /dev/urandom > drops/$i.mov; done; " +
		"cp -r drops $MNT/inbox/; echo target > target.mov; ln -s $PWD/target.mov $MNT/inbox/link.mov")
	s.sh(`cat > many.py <<'END'
import os, sys, errno
mnt, taken, refused = os.environ["MNT"], [], 0
os.mkdir(mnt + "/inbox/many")
for i in range(300):
    try:
        fd = os.open("%s/inbox/many/%d.mov" % (mnt, i), os.O_CREAT | os.O_WRONLY)
    except OSError as e:
        assert e.errno in (errno.EMFILE, errno.ENFILE), e
        refused += 1
        continue
    taken.append((i, fd))
try:
    os.open(mnt + "/inbox/drops/1.mov", os.O_RDONLY)
    sys.exit("one more can be opened to be read")
except OSError as e:
    assert e.errno in (errno.EMFILE, errno.ENFILE), e
print(len(taken), refused, flush=True)
sys.stdin.readline()
for i, fd in taken:
    os.write(fd, b"content of %d" % i)
    os.close(fd)
print(" ".join(str(i) for i, _ in taken), flush=True)
END
ulimit -n 1024; mkfifo go; python3 many.py < go > many.txt 2>&1 & exec 3> go; until test -s many.txt; do sleep 0.02; done
echo flush > $MNT/control; echo start > $MNT/control; sleep 1; cat $MNT/list $MNT/queue > /dev/null; echo >&3; wait; test $(wc -l < many.txt) = 2 || { cat many.txt; false; }`)
	var taken, refused int
	said := s.sh("head -1 many.txt")
	if _, err := fmt.Sscan(said, &taken, &refused); err != nil || taken+refused != 300 || taken < 50 || refused == 0 {
		t.Fatalf("of 300 files: %s (%v)", said, err)
	}
	s.sh("echo flush > $MNT/control; echo wait > $MNT/control || true")
	for i := range 20 {
		name := fmt.Sprint("drops/", i+1, ".mov")
		s.arrived(name, filepath.Join(s.dir, name))
	}
	s.arrived("link.mov", filepath.Join(s.dir, "target.mov"))
	for i := range strings.FieldsSeq(s.sh("sed -n 2p many.txt")) {
		object, _, ok := s.server.Object(bucket, "many/"+i+".mov")
		if !ok {
			t.Errorf("many/%s.mov did not arrive: it is %s: %s", i, s.state("many/"+i+".mov"),
				s.field("many/"+i+".mov", "message"))
			break
		}
		if text, err := os.ReadFile(object); err != nil || string(text) != "content of "+i {
			t.Errorf("many/%s.mov is %q (%v)", i, text, err)
		}
	}
	s.seen()
	// idle connections
	s.until("the descriptors are free again", func() bool { after, _ := s.open(); return after <= before+12 })
}

// TestManyPending mounts over a backlog. It takes no longer than it must, in time and memory.
func TestManyPending(t *testing.T) {
	t.Parallel()
	files := 4000
	if *long > 0 {
		files = 100_000
	}
	s := begin(t, "INBOXFS_START=false", "INBOXFS_INBOX_SETTLE=10ms")
	s.stop()
	for d := range files / 1000 {
		dir := filepath.Join(s.dir, "spool", "inbox", fmt.Sprint("folder ", d))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for f := range 1000 {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("file", f, ".mov")), []byte("x"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	began := time.Now()
	s.mount()
	mounted := time.Since(began)
	count := func() int {
		n, err := strconv.Atoi(s.sh("sed -n 's/^ready //p' $MNT/queue"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	s.until("all are ready", func() bool { return count() == files })
	ready := time.Since(began)
	s.stop()
	began = time.Now()
	s.mount()
	again := time.Since(began)
	began = time.Now()
	if lines := s.sh("tail -n +2 $MNT/list | wc -l"); lines != strconv.Itoa(files) {
		t.Errorf("the list has %s lines", lines)
	}
	listed := time.Since(began)
	if n := count(); n != files {
		t.Errorf("%d of %d are ready", n, files)
	}
	mem := s.memory()
	descriptors, threads := s.open()
	t.Logf("%d files: found in %v, ready after %v, mounted again in %v, listed in %v; %d MiB, %d descriptors, "+
		"%d threads",
		files, mounted, ready, again, listed, mem, descriptors, threads)
	if most := 80 + files/1000; mem > most || descriptors > 40 {
		t.Errorf("%d MiB, not %d; %d descriptors", mem, most, descriptors)
	}
	if *long == 0 {
		return
	}
	began = time.Now()
	s.sh("echo clear > $MNT/control")
	t.Logf("cleared in %v", time.Since(began))
	if left := s.sh("find $MNT/inbox -type f | wc -l"); left != "0" {
		t.Errorf("after clear the inbox has %s files", left)
	}
}

// TestLazyUnmount takes the mount away under a program that writes. It may finish, and the daemon ends in good order.
// With the last file the kernel ends the connection, and may throw away that it was closed: then it is held, whole.
func TestLazyUnmount(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_START=false")
	umount := "umount -l"
	if os.Geteuid() != 0 {
		umount = "fusermount3 -u -z"
	}
	s.sh("head -c 1000000 /dev/urandom > a.mov; cp a.mov $MNT/inbox/before.mov; " +
		"exec 3> $MNT/inbox/a.mov; head -c 500000 a.mov >&3; " + umount +
		" $MNT; sleep 0.3; tail -c +500001 a.mov >&3; exec 3>&-")
	select {
	case err := <-s.exited:
		if err != nil {
			t.Errorf("the daemon ended with %v\n%s", err, s.log.String())
		}
	case <-time.After(time.Minute):
		t.Fatal("the daemon does not end")
	}
	s.mount()
	s.sh("echo flush > $MNT/control; echo start > $MNT/control; echo wait > $MNT/control; " +
		"! grep -q held $MNT/list || echo release a.mov > $MNT/control; echo wait > $MNT/control")
	s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
	s.arrived("before.mov", filepath.Join(s.dir, "a.mov"))
	s.seen()
}

// TestHangUp closes the terminal from which inboxfs was started: it ends in good order. With nohup it stays, and so it
// does when nobody reads what it says any more.
func TestHangUp(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_START=false")
	s.sh("echo pending > $MNT/inbox/a.mov; until grep -q ready $MNT/list; do sleep 0.02; done")
	hangUp := func() {
		t.Helper()
		if err := s.daemon.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	hangUp()
	select {
	case err := <-s.exited:
		if err != nil {
			t.Errorf("the daemon ended with %v\n%s", err, s.log.String())
		}
	case <-time.After(time.Minute):
		t.Fatal("the daemon does not end")
	}
	s.daemon = nil
	s.sh(`! grep -q " $MNT fuse" /proc/mounts; test -f spool/inbox/a.mov`)
	if !strings.Contains(s.log.String(), "pending files are kept") {
		t.Errorf("the log says %s", s.log.String())
	}

	// as nohup does
	s.setup = `trap "" HUP; cd $HOME; mkfifo said; cat < said > heard & echo $! > reader; exec > said 2>&1;`
	s.mount()
	hangUp()
	s.sh("until grep -q 'nothing is uploaded' heard; do sleep 0.02; done; echo start > $MNT/control; " +
		"echo wait > $MNT/control; grep -q success $MNT/list; " +
		"kill $(cat reader); while grep -q . /proc/$(cat reader)/cmdline; do sleep 0.02; done")
	s.stop()
	s.sh(`! grep -q " $MNT fuse" /proc/mounts`)
}

// TestExecWithAnOpenFile has a program start another while it writes: the kernel closes the file in the middle of that,
// and neither may wait for the other.
func TestExecWithAnOpenFile(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh(`cat > start.py <<'END'
import os, subprocess
fd = os.open(os.environ["MNT"] + "/inbox/a.mov", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC)
for i in range(20):
    os.write(fd, b"line\n")
    subprocess.run(["true"], close_fds=False, check=True)
os.close(fd)
END
(python3 start.py > said.txt 2>&1; echo $? > ended) > /dev/null 2>&1 &`)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(s.dir, "ended")); err == nil {
			break
		}
		if time.Now().After(deadline) { // ps hangs, too, until the daemon is gone
			s.kill()
			t.Fatal("a program that starts another hangs")
		}
	}
	if said := s.sh("cat said.txt ended; echo wait a.mov > $MNT/control"); said != "0" {
		t.Errorf("the program says %s", said)
	}
	s.sh("for i in $(seq 20); do echo line; done > want")
	s.arrived("a.mov", filepath.Join(s.dir, "want"))
}

// TestSuspend stops the daemon as the lid of a laptop does, while files are sent, written and waited for.
func TestSuspend(t *testing.T) {
	t.Parallel()
	nap := 3 * time.Second
	if *long > 0 {
		nap = 3 * time.Minute
	}
	s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_UPLOAD_LIMIT=4MiB/s", "INBOXFS_OSS_IDLE_TIMEOUT=2s")
	s.sh("head -c 6M /dev/urandom > a.mov; head -c 3M /dev/urandom > b.mov; cp a.mov $MNT/inbox/; " +
		"until grep -q uploading $MNT/list; do sleep 0.02; done; " +
		"(echo wait a.mov > $MNT/control; echo $? > waited) > /dev/null 2>&1 & " +
		"(dd if=b.mov of=$MNT/inbox/b.mov bs=4k; echo $? > copied) > /dev/null 2>&1 & sleep 0.1")
	if err := s.daemon.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(nap)
	if err := s.daemon.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.sh("until test -s waited -a -s copied; do sleep 0.05; done; cat waited copied; echo limit off > $MNT/control; " +
		"echo wait > $MNT/control")
	s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
	s.arrived("b.mov", filepath.Join(s.dir, "b.mov"))
	if out := s.sh("cat waited copied"); out != "0\n0" {
		t.Errorf("the programs ended with %s", out)
	}
	if n := s.count("OnUploadFailed"); n != 0 {
		t.Errorf("%d files failed", n)
	}
	s.seen()
}

// TestKeyRevoked takes the key away in the middle of an upload. The file fails and stays; with the key back it goes on.
func TestKeyRevoked(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_UPLOAD_LIMIT=4MiB/s")
	s.sh("head -c 6M /dev/urandom > a.mov; cp a.mov $MNT/inbox/; until test $(grep -c OnUploadProgress $MNT/events) " +
		"-ge 2; do sleep 0.02; done")
	s.server.RemoveKey(keyID)
	s.is("a.mov", "failure")
	if code := s.field("a.mov", "error"); code != "InvalidAccessKeyId" {
		t.Errorf("the error is %s", code)
	}
	s.sh("cmp a.mov $MNT/inbox/a.mov")
	s.server.AddKey(keyID, secret, "", time.Time{})
	s.sh("echo limit off > $MNT/control; echo retry a.mov > $MNT/control; echo wait a.mov > $MNT/control")
	s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
	s.until("no multipart upload is left", func() bool { return len(s.server.Uploads()) == 0 })
	s.seen()
}

// TestClockJumps sets the endpoint's clock a day ahead and back while files are sent: by it ours is a day off.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	s := beginAt(t, ossdev.Options{Now: now}, "INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_UPLOAD_LIMIT=6MiB/s")
	s.sh("for i in 1 2 3 4; do head -c 3M /dev/urandom > $i.mov; done; cp *.mov $MNT/inbox/")
	for _, hours := range []int{24, -24, 0} {
		ahead.Store(int64(hours) * int64(time.Hour))
		parts := s.count("OnUploadProgress")
		s.until("uploads go on", func() bool {
			return s.count("OnUploadProgress") > parts+1 ||
				s.count("OnUploadSucceed") == 4
		})
	}
	s.sh("echo wait > $MNT/control")
	for _, name := range []string{"1.mov", "2.mov", "3.mov", "4.mov"} {
		s.arrived(name, filepath.Join(s.dir, name))
	}
	if n := s.count("OnUploadFailed"); n != 0 {
		t.Errorf("%d files failed", n)
	}
	s.seen()
}
