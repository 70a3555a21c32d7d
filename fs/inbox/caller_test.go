package inbox

import (
	"os"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// TestMayLink is for kernels that let everybody give files of others a name.
func TestMayLink(t *testing.T) {
	t.Parallel()
	const me, mine, foreign = 1000, 100, 2000
	file := func(uid, gid, mode uint32) *inode {
		return &inode{Attr: fuse.Attr{Mode: mode, Owner: fuse.Owner{Uid: uid, Gid: gid}}}
	}
	for _, c := range []struct {
		st   *inode
		uid  uint32
		want bool
	}{
		{file(me, mine, syscall.S_IFREG|0o600), me, true},
		{file(foreign, foreign, syscall.S_IFREG|0o644), me, false},
		{file(foreign, foreign, syscall.S_IFREG|0o644), 0, true},
		{file(foreign, foreign, syscall.S_IFREG|0o644), uint32(os.Geteuid()), true},
		{file(foreign, foreign, syscall.S_IFREG|0o666), me, true},
		{file(foreign, mine, syscall.S_IFREG|0o660), me, true},
		{file(foreign, mine, syscall.S_IFREG|0o606), me, false},
		{file(foreign, mine, syscall.S_IFREG|0o640), me, false},
		{file(foreign, foreign, syscall.S_IFREG|0o4777), me, false},
		{file(foreign, foreign, syscall.S_IFREG|0o2777), me, false},
		{file(foreign, foreign, syscall.S_IFLNK|0o777), me, true},
	} {
		ctx := fuse.NewContext(t.Context(), &fuse.Caller{Owner: fuse.Owner{Uid: c.uid, Gid: mine}})
		if got := mayLink(ctx, c.st); got != c.want {
			t.Errorf("user %d and mode %o of %d:%d: %v", c.uid, c.st.Mode, c.st.Uid, c.st.Gid, got)
		}
	}
}
