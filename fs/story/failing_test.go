package story

import (
	"strings"
	"testing"
)

// TestFailedBeforeTheKill kills the daemon when a program that closed its file in good order has ended with a failure,
// long before the queue asks for that: the next daemon knows. Of one that still ran, it is not known.
func TestFailedBeforeTheKill(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_INBOX_SETTLE=1m")
	script := func(end string) string {
		return `python3 -c 'import os, sys, time
f = open(os.environ["MNT"] + "/inbox/" + sys.argv[1], "wb"); f.write(b"half"); f.close(); ` + end + `' `
	}
	s.fails(script("raise SystemExit(3)") + "failed")
	s.sh(script("") + "well")
	s.sh(script("open(\"closed\", \"w\"); time.sleep(3); raise SystemExit(3)") +
		"runs > out 2>&1 & until [ -e closed ]; do :; done")
	s.sh("sleep 0.2") // nothing shows that the daemon has heard of the first
	s.kill()
	for i := range s.env {
		s.env[i] = strings.Replace(s.env[i], "SETTLE=1m", "SETTLE=100ms", 1)
	}
	s.mount()
	s.sh("! echo wait > $MNT/control; echo wait well > $MNT/control; echo wait runs > $MNT/control")
	if state := s.state("failed"); state != "held" {
		t.Errorf("it is %s", state)
	}
}
