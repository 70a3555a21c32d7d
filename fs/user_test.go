package fs

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// nobody is the ordinary user as whom root runs the tests once more.
const nobody = 65534

// TestAsOrdinaryUser runs the tests of the virtual files and the mount as somebody who needs fusermount3.
func TestAsOrdinaryUser(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if os.Geteuid() != 0 {
		t.Skip("the other tests run as an ordinary user already")
	}
	if _, err := exec.LookPath("fusermount3"); err != nil {
		t.Skip("SKIPPED, NOTHING TESTED: fusermount3 (package fuse3) is not installed")
	}
	if info, err := os.Stat("/dev/fuse"); err != nil || info.Mode().Perm()&0o006 != 0o006 {
		t.Skipf("SKIPPED, NOTHING TESTED: /dev/fuse is not open to ordinary users (%v)", err)
	}
	home := t.TempDir()
	if err := os.Chmod(filepath.Dir(home), 0o755); err != nil { // the testing package makes it private
		t.Fatal(err)
	}
	if err := os.Chown(home, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	// The go command keeps the test binary where only root can get at it.
	program := filepath.Join(home, "fs.test")
	if err := copyProgram(program); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "-test.v",
		"-test.run=^Test(Root|Source|Text|Status|Control|Events|Mount|Unmount|Stale|Folder)")
	c.Dir = home
	c.Env = append(os.Environ(), "TMPDIR="+home, "HOME="+home)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func copyProgram(to string) error {
	in, err := os.Open(os.Args[0])
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
