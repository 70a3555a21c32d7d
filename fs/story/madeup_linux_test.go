package story

import (
	"strings"
	"testing"
)

// TestMadeUpFiles adds what the kernel makes up when it is read, by links and by addFile: nothing of it is uploaded,
// and it is said why.
func TestMadeUpFiles(t *testing.T) {
	t.Parallel()
	s := begin(t)
	said := s.sh(
		`ln -s /proc/version $MNT/inbox/v; ln -s /proc/self/environ $MNT/inbox/e; echo flush > $MNT/control; echo wait > $MNT/control || true
cat $MNT/status/v $MNT/status/e; echo addFile /proc/cpuinfo > $MNT/control || echo refused; cat $MNT/control $MNT/list`)
	if strings.Count(said, "state held") != 2 || !strings.Contains(said, "refused") ||
		strings.Count(said, "the kernel makes up") < 3 || strings.Contains(said, "success") {
		t.Error(said)
	}
}
