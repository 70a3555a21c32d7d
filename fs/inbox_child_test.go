package fs

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain runs the tests, or plays a program that no system has. Tests start those as child processes, because the
// process that serves a mount must not touch it.
func TestMain(m *testing.M) {
	if os.Getenv("INBOXFS_TEST_CHILD") == "" {
		os.Exit(m.Run())
	}
	if err := child(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(verb string, args []string) error {
	switch path := args[0]; verb {
	case "truncate": // truncate(2); the command opens the file first
		var size int64
		if _, err := fmt.Sscan(args[1], &size); err != nil {
			return err
		}
		return syscall.Truncate(path, size)
	case "age": // waits until a file changed long enough ago that a further change must show
		for {
			var st unix.Stat_t
			err := unix.Stat(path, &st)
			// of clocks that tick every 10 ms
			if err != nil || time.Since(time.Unix(st.Ctim.Unix())) > 40*time.Millisecond {
				return err
			}
			time.Sleep(5 * time.Millisecond)
		}
	case "setxattr":
		return unix.Setxattr(path, args[1], []byte(args[2]), 0)
	case "rename":
		return os.Rename(path, args[1])
	case "exchange":
		return exchange(path, args[1])
	case "noreplace":
		return noReplace(path, args[1])
	case "reopen": // again and again for a while
		for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
			fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK, 0)
			if err == nil {
				err = unix.Close(fd)
			}
			if err != nil && !errors.Is(err, unix.ESTALE) {
				return err
			}
		}
		return nil
	case "mknod":
		return unix.Mknod(path, syscall.S_IFREG|0o644, 0)
	case "create-readonly":
		f, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o644)
		if err != nil {
			return err
		}
		return f.Close()
	case "mmap":
		return mapped(path, os.O_RDWR|os.O_CREATE)
	case "remap":
		return mapped(path, os.O_RDWR)
	case "half":
		return half(path)
	case "write-and-fail":
		if err := writeLater(args); err != nil {
			return err
		}
		os.Exit(18)
	case "write-name-and-fail":
		if err := writeLater(args[:1]); err != nil {
			return err
		}
		if err := os.Rename(path, args[1]); err != nil {
			return err
		}
		os.Exit(18)
	case "thread": // writes in a thread that has a name of its own
		return inOtherThread(func() error {
			if err := nameThread("worker"); err != nil {
				return err
			}
			return os.WriteFile(path, []byte("abc"), 0o644)
		})
	case "write-and-die":
		if err := writeLater(args); err != nil {
			return err
		}
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "carry":
		return carry(path)
	case "disguise":
		return disguise(path)
	}
	return fmt.Errorf("no such program: %s", verb)
}

// carry drops a folder with one file after another, each when it is told to.
func carry(inbox string) error {
	dir := filepath.Join(inbox, "d", "a")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	in := bufio.NewReader(os.Stdin)
	for i := range 3 {
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)), []byte("picture"), 0o644); err != nil {
			return err
		}
		fmt.Println(".")
		if _, err := in.ReadString('\n'); err != nil {
			return err
		}
	}
	return nil
}

// mapped writes through a mapping, whose file is closed before.
func mapped(path string, flags int) error {
	f, err := os.OpenFile(path, flags, 0o644)
	if err != nil {
		return err
	}
	if flags&os.O_CREATE != 0 {
		if err := f.Truncate(8192); err != nil {
			return err
		}
	}
	mem, err := unix.Mmap(int(f.Fd()), 0, 8192, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	copy(mem[5000:], "mapped")
	return unix.Munmap(mem)
}

// disguise changes a file without changing its size and puts the old time of modification back.
func disguise(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	before, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := f.WriteAt([]byte("X"), 1); err != nil {
		return err
	}
	tv := unix.NsecToTimeval(before.ModTime().UnixNano())
	if err := unix.Futimes(int(f.Fd()), []unix.Timeval{tv, tv}); err != nil {
		return err
	}
	return f.Close()
}

// half writes half of a file whose size it has set, and is killed.
func half(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	if err := f.Truncate(3 << 20); err != nil {
		return err
	}
	for range 3 {
		if _, err := f.Write(make([]byte, 1<<19)); err != nil {
			return err
		}
	}
	return syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

// writeLater writes files one after another, each in a thread that is not the first one.
func writeLater(paths []string) error {
	for _, path := range paths {
		if err := inOtherThread(func() error { return os.WriteFile(path, []byte("half"), 0o644) }); err != nil {
			return err
		}
	}
	return nil
}

func inOtherThread(do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for ever, so that the thread ends with the goroutine
		where, err := os.Readlink("/proc/thread-self")
		if pid, _, _ := strings.Cut(where, "/"); err == nil && strings.HasSuffix(where, "/"+pid) {
			err = inOtherThread(do)
		} else if err == nil {
			err = do()
		}
		done <- err
	}()
	return <-done
}
