package story

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// lastEvent is the newest line of the log in the spool.
func (s *story) lastEvent() string {
	text := strings.TrimSuffix(s.events(), "\n")
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// TestEventsWhateverBecomesOfTheLog has the log rotated again and again while others empty it, move it away and remove
// it, as logrotate and people do. Whoever waited for a file finds it in events; tail -f and tail -F show each event
// once; the log has no hole in it.
func TestEventsWhateverBecomesOfTheLog(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_EVENTS_MAX_SIZE=64KiB", "INBOXFS_INBOX_SETTLE=1ms")
	tails := map[string]string{"tail -f": "-s 0.2 -f", "tail -F": "-s 0.1 -F"}
	for name, flags := range tails {
		s.sh(fmt.Sprintf("tail -n +1 %s $MNT/events > %q 2> %q & echo $! >> pids", flags, name, name+".err"))
	}
	defer s.sh("kill $(cat pids)")
	waited := func(name string) {
		t.Helper()
		s.sh(
			fmt.Sprintf("echo x > $MNT/inbox/%s; echo wait %s > $MNT/control && grep -a %s $MNT/events | "+
				"grep -q OnUploadSucceed", name, name, name))
	}
	log := filepath.Join(s.dir, "spool", "events.log")
	rotated := func() bool {
		_, err := os.Stat(log + ".2")
		return err == nil
	}
	n := 0
	for ; !rotated() || n < 60; n++ {
		waited(fmt.Sprintf("plain-%d-%s.mp4", n, strings.Repeat("long", 45)))
	}
	others := []string{"cp events.log copy; truncate -s 0 events.log", "mv events.log events.log.moved",
		"rm events.log", "> events.log",
		"mv events.log away; install -m 600 /dev/null events.log", "rm events.log*", "sed -i 1d events.log",
		"echo '# the disk was changed' >> events.log"}
	shown := func(name string) string {
		text, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for i := range others {
		for name := range tails { // what is emptied before it was read is gone
			s.until(name+" has shown all", func() bool { return strings.Contains(shown(name), s.lastEvent()) })
		}
		s.sh("cd spool && " + others[i])
		for range 5 {
			waited(fmt.Sprintf("other-%d.mp4", n))
			n++
		}
		text, err := os.ReadFile(log)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			t.Fatalf("after %s: %v, %q", others[i], err, text)
		}
	}
	for name := range tails {
		s.until(name+" has shown all",
			func() bool { return strings.Contains(shown(name), fmt.Sprintf("OnUploadSucceed id=%d ", n)) })
		seq := 0
		for line := range strings.Lines(shown(name)) {
			if strings.HasPrefix(line, "# ") {
				continue
			}
			if seq++; fields(line)["seq"] != strconv.Itoa(seq) {
				t.Fatalf("%s shows, as event %d, %s", name, seq, line)
			}
		}
		if said := s.sh(fmt.Sprintf("cat %q", name+".err")); said != "" {
			t.Errorf("%s says %s", name, said)
		}
	}
}
