package story

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// TestEventsGoneWhileDown has the event log removed, emptied and cut while no daemon has it open, after an orderly end
// and after a kill. No number is given again to another event, and what comes has no hole.
func TestEventsGoneWhileDown(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*story){"stopped": (*story).stop, "killed": (*story).kill} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_INBOX_SETTLE=1ms")
			told := make(map[int]string)
			last := 0
			collect := func(when string) {
				t.Helper()
				logs, err := filepath.Glob(filepath.Join(s.dir, "spool", "events.log*"))
				if err != nil {
					t.Fatal(err)
				}
				for _, log := range logs {
					text, err := os.ReadFile(log)
					if err != nil {
						t.Fatal(err)
					}
					for line := range bytes.Lines(text) {
						seq, err := strconv.Atoi(fields(string(line))["seq"])
						if err != nil {
							t.Fatalf("%s: %v in %q", when, err, line)
						}
						if before, ok := told[seq]; ok && before != string(line) {
							t.Errorf("%s: two events have one number:\n%s%s", when, before, line)
						}
						told[seq], last = string(line), max(last, seq)
					}
				}
				for seq := range last {
					if told[seq+1] == "" {
						t.Errorf("%s: there is no event %d of %d", when, seq+1, last)
						told[seq+1] = "said once"
					}
				}
			}
			for i, gone := range []string{"rm events.log*", "truncate -s 0 events.log",
				"cp events.log events.log.1; rm events.log",
				"mv events.log events.log.3", "mv events.log events.log.old", "sed -i '$d' events.log", "true"} {
				for range 4 {
					s.sh(fmt.Sprintf("echo x > $MNT/inbox/%d.mp4; echo wait > $MNT/control", i))
				}
				before := last
				end(s)
				collect("before " + gone)
				if last == before {
					t.Fatalf("nothing was told before %s", gone)
				}
				s.sh("cd spool && " + gone)
				s.mount()
				s.sh(fmt.Sprintf("echo x > $MNT/inbox/after%d.mp4; echo wait > $MNT/control", i))
				collect("after " + gone)
			}
		})
	}
}
