package story

import (
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// TestMovedOntoAndKilled renames one file of the list onto another, and kills inboxfs at once, before its journal has
// heard of that: the file is what it was, nobody holds it, and what was sent of either under its old name is no object
// in the end.
func TestMovedOntoAndKilled(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		late   string // keys whose objects are made while nobody hears of it
		before string // done before the other files come
		script string
		there  string // keys of the objects in the end
	}{
		"both ready":     {"", "&& echo stop > $MNT/control", "mv $MNT/inbox/b $MNT/inbox/a", "a"},
		"moved one sent": {"b", "", "mv $MNT/inbox/b $MNT/inbox/a", "a"},
		"both sent":      {"[ab]", "", "mv $MNT/inbox/b $MNT/inbox/a", "a"},
		"a temporary one": {"", "&& echo stop > $MNT/control",
			"cp new $MNT/inbox/.b.tmp; sleep 0.5; mv $MNT/inbox/.b.tmp $MNT/inbox/a; rm $MNT/inbox/b", "a"},
		"exchanged in turn": {"", "&& echo stop > $MNT/control",
			"mv $MNT/inbox/b $MNT/inbox/a; cp third $MNT/inbox/b; sleep 0.5; mv $MNT/inbox/b $MNT/inbox/a", "a"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			if c.late != "" {
				s.server.AddFault(ossdev.Fault{Action: "PutObject", Key: c.late, Late: time.Minute,
					Count: len(strings.Trim(c.late, "[]"))})
			}
			s.sh("true " + c.before +
				"; head -c 1000 /dev/urandom > old; head -c 2000 /dev/urandom > new; cp new third; " +
				"cp old $MNT/inbox/a; cp new $MNT/inbox/b")
			s.until("both are ready, or sent", func() bool {
				if c.late == "" {
					return s.count("OnFileAdded") == 2
				}
				return s.exists("b") && s.exists("a")
			})
			s.sh("sleep 0.5; " + c.script)
			s.kill()
			s.mount()
			s.sh("echo start > $MNT/control")
			s.until("it is uploaded", func() bool {
				status := s.sh("cat $MNT/status/a || true")
				if strings.Contains(status, "state held") {
					t.Fatalf("it is held:\n%s", status)
				}
				return strings.Contains(status, "\nstate success\n") && strings.Contains(status, "\nsize 2000\n")
			})
			s.arrived("a", s.dir+"/new")
			s.until("these objects are there: "+c.there, func() bool { return s.keys() == c.there })
			if c.late != "" {
				s.until("it is told", func() bool {
					line := s.line("OnUploadTooLate")
					return strings.Contains(line, " key=b ") && strings.Contains(line, goes)
				})
			}
		})
	}
}
