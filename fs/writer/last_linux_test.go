package writer

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestStartedByTheWriter: a program that has started the daemon writes itself. That the daemon has the file open, which
// is the same in the spool, does not make the program's close another than the last.
func TestStartedByTheWriter(t *testing.T) {
	path := os.Getenv("STARTED_BY_THE_WRITER")
	if path == "" {
		path = filepath.Join(t.TempDir(), "file")
		c := exec.Command("sh", "-c", `"$0" -test.run='^TestStartedByTheWriter$' -test.v; exit $?`, os.Args[0])
		c.Env = append(os.Environ(), "STARTED_BY_THE_WRITER="+path)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var st syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	shell := uint32(os.Getppid())
	numbers, ok := Descriptors(shell)
	if !ok || !LastToClose(shell, numbers, st.Ino) {
		t.Errorf("the shell is not the last with descriptors %v (%v)", numbers, ok)
	}
	other := exec.Command("sleep", "60")
	other.ExtraFiles = []*os.File{f}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = other.Process.Kill() // it may have ended
		_ = other.Wait()         // it was killed
	}()
	if LastToClose(self, nil, st.Ino) {
		t.Error("another child has the file open, and is not seen")
	}
}
