package inbox

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	fusefs "github.com/hanwen/go-fuse/v2/fs"

	"inboxfs/fs/errno"
	"inboxfs/fs/writer"
)

// TestErrorsAreNoted: whatever was answered with an error to who writes, the file cannot be trusted, and close says so
// once more.
func TestErrorsAreNoted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	handle := func(f *os.File, err error) *inboxFile {
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return &inboxFile{LoopbackFile: fusefs.NewLoopbackFileFromOS(f), file: f,
			node: &inboxNode{in: &inbox{programs: writer.NewPrograms(nil, nil)}}, writable: true}
	}
	readOnly := func() *inboxFile { return handle(os.Open(path)) }
	for call, c := range map[string]struct {
		h  *inboxFile
		do func(ctx context.Context, h *inboxFile) syscall.Errno
	}{
		"write": {readOnly(), func(ctx context.Context, h *inboxFile) syscall.Errno {
			_, no := h.Write(ctx, []byte("x"), 0)
			return no
		}},
		"allocate": {readOnly(), func(ctx context.Context, h *inboxFile) syscall.Errno {
			return h.Allocate(ctx, 0, 10, 0)
		}},
		"truncate": {readOnly(), func(_ context.Context, h *inboxFile) syscall.Errno {
			err, _ := h.truncate(1, true)
			return errno.Of(err)
		}},
		"copy": {readOnly(), func(ctx context.Context, h *inboxFile) syscall.Errno {
			_, no := h.node.CopyFileRange(ctx, readOnly(), 0, nil, h, 0, 5, 0)
			return no
		}},
		"fsync": {handle(pipe()), func(ctx context.Context, h *inboxFile) syscall.Errno { return h.Fsync(ctx, 0) }},
	} {
		no := c.do(t.Context(), c.h)
		fault, _ := c.h.verdict(true, &inode{}, nil, 0)
		if no == 0 || !strings.HasPrefix(fault, call+" answered ") {
			t.Errorf("%s: %v, and it is held because %q", call, no, fault)
		}
		if closed := c.h.Flush(t.Context()); closed != no {
			t.Errorf("%s: %v, and close says %v", call, no, closed)
		}
	}
}

// pipe is a file that cannot be synced.
func pipe() (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return w, r.Close()
}
