package writer

import (
	"context"
	"os"
	"strconv"
	"strings"

	"github.com/hanwen/go-fuse/v2/fuse"

	"inboxfs/queue"
)

// Who is the user who asks for something: the one that we run as, or another whom allow_other lets in.
func Who(ctx context.Context) queue.Who {
	caller, ok := fuse.FromContext(ctx)
	switch {
	case !ok:
		return queue.Unknown
	case int(caller.Uid) == os.Geteuid():
		return queue.Owner
	}
	return queue.Stranger
}

// Family is the process of a thread and that one's parent, as /proc has them; 0 where it cannot be told.
func Family(tid uint32) (pid, parent uint32) {
	var buf [4096]byte
	status, _ := ReadProc(tid, "status", buf[:]) // "" if it cannot be told
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 32)
		switch {
		case err != nil:
		case key == "Tgid":
			pid = uint32(n)
		case key == "PPid":
			parent = uint32(n)
		}
	}
	return pid, parent
}
