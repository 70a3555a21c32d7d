package check

import (
	"context"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"inboxfs/queue/sameness"
)

// passthrough reports whether the kernel can write to the spool without us. Where it cannot, all works as well, more
// slowly.
func (m *machine) passthrough(context.Context) []Finding {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return one(Warn, "the kernel's version is not known: "+err.Error(), "")
	}
	release := unix.ByteSliceToString(u.Release[:])
	switch {
	case !m.config.Inbox.Passthrough:
		return ok("off (inbox.passthrough); large files are copied in a little more slowly")
	case os.Geteuid() != 0:
		return ok("not for ordinary users; large files are copied in a little more slowly")
	case !since(release, 6, 9):
		return ok("not before Linux 6.9, and this is %s; large files are copied in a little more slowly", release)
	}
	if _, err := os.Stat(m.config.Spool); err == nil && !sameness.KnowsWriters(m.config.Spool) {
		return ok("not on a spool whose file system does not say who has a file mapped (leases); " +
			"large files are copied in a little more slowly")
	}
	return ok("large files are copied in at the disk's own speed")
}

// since reports whether a kernel's release, 6.18.1-foo, is major.minor or later.
func since(release string, major, minor int) bool {
	first, rest, _ := strings.Cut(release, ".")
	second, _, _ := strings.Cut(rest, ".")
	second = strings.TrimRight(strings.SplitN(second, "-", 2)[0], "+")
	a, err1 := strconv.Atoi(first)
	b, err2 := strconv.Atoi(second)
	return err1 == nil && err2 == nil && (a > major || a == major && b >= minor)
}
