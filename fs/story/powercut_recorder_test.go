package story

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// recordEnv tells the test binary to be the recorder of a folder instead:
//
//	DIR/image   the disk, as a file
//	DIR/tape    every write and every flush of it, in their order
//	DIR/raw     mount of the recorder, with image in it
//	DIR/disk    where raw/image is mounted, by way of a loop device, and later what cuts leave of it; the spool is there
//
// It is a process of its own, because a process that waits for a file system that it serves itself may wait for ever;
// and so it can take away what a test leaves that is killed.
const recordEnv = "POWERCUT_RECORD"

// recorded is the one file of the recorder. It has no cache, and neither has the loop device over it, so what comes is
// what the block layer sends: writes, and the flushes that tell a disk to empty its cache.
type recorded struct {
	fusefs.Inode
	image *os.File
	mu    sync.Mutex // the tape has the order in which the image is written
	tape  *os.File
}

func (r *recorded) put(head [tapeHead]byte, data []byte) error {
	// one write: whoever looks at the length sees whole records
	if _, err := r.tape.Write(append(head[:], data...)); err != nil {
		return err
	}
	return nil
}

func (r *recorded) Write(_ context.Context, _ fusefs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	var head [tapeHead]byte
	binary.LittleEndian.PutUint64(head[:], uint64(off))
	binary.LittleEndian.PutUint32(head[8:], uint32(len(data)))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.put(head, data) != nil {
		return 0, syscall.EIO
	}
	n, err := r.image.WriteAt(data, off)
	return uint32(n), fusefs.ToErrno(err)
}

func (r *recorded) Fsync(context.Context, fusefs.FileHandle, uint32) syscall.Errno {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.put(tapeFlush, nil) != nil {
		return syscall.EIO
	}
	return 0
}

func (r *recorded) Open(context.Context, uint32) (fusefs.FileHandle, uint32, syscall.Errno) {
	return nil, 0, 0
}

func (r *recorded) Read(_ context.Context, _ fusefs.FileHandle, dest []byte, off int64) (fuse.ReadResult,
	syscall.Errno) {
	return fuse.ReadResultFd(r.image.Fd(), off, len(dest)), 0
}

func (r *recorded) Getattr(_ context.Context, _ fusefs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	info, err := r.image.Stat()
	if err != nil {
		return fusefs.ToErrno(err)
	}
	out.Mode, out.Size = syscall.S_IFREG|0o600, uint64(info.Size())
	return 0
}

// runRecorder serves until its standard input ends, which it does with the test, however that ends.
func runRecorder(dir string) int {
	if err := record(dir); err != nil {
		fmt.Fprintln(os.Stderr, "recording the writes:", err)
		return 1
	}
	return 0
}

func record(dir string) error {
	r := &recorded{}
	var err error
	if r.image, err = os.OpenFile(filepath.Join(dir, "image"), os.O_RDWR, 0); err != nil {
		return err
	}
	if r.tape, err = os.OpenFile(filepath.Join(dir, "tape"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600); err != nil {
		return err
	}
	root := &fusefs.Inode{}
	server, err := fusefs.Mount(filepath.Join(dir, "raw"), root, &fusefs.Options{
		OnAdd: func(ctx context.Context) {
			root.AddChild("image", root.NewPersistentInode(ctx, r, fusefs.StableAttr{Mode: syscall.S_IFREG}), false)
		},
		MountOptions: fuse.MountOptions{FsName: "powercut", Name: "powercut", DirectMount: true, MaxWrite: 1 << 20},
	})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin)
	// In a test that ended by itself nothing of this is there any more.
	sweep := exec.Command("sh", "-c", `cd "$0" || exit
		if mountpoint -q disk; then
			test ! -s disk/spool/lock || kill $(head -n 1 disk/spool/lock)
			for i in 1 2 3 4 5 6 7 8 9; do umount disk 2>/dev/null && break; sleep 1; done
			mountpoint -q disk && umount -l disk
		fi
		for i in 1 2 3; do umount raw && exit; sleep 1; done
		umount -l raw`, dir)
	sweep.Stderr = os.Stderr
	err = errors.Join(err, sweep.Run())
	server.Wait()
	return err
}

// startRecorder starts the recorder of dir, whose image must be there. It ends with the test.
func startRecorder(t *testing.T, dir string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "raw"), 0o700); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), recordEnv+"="+dir)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(in.Close(), c.Wait()); err != nil {
			t.Errorf("the recorder: %v", err)
		}
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the recorder says %q: %v", line, err)
	}
}
