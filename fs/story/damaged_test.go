package story

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// damages are what a disk, a hand or another program can do to a file.
var damages = []struct {
	name string
	do   func(p []byte) []byte
}{
	{"cut short", func(p []byte) []byte { return p[:5*os.Getpagesize()] }},
	{"cut to nothing", func([]byte) []byte { return nil }},
	{"zeros", func(p []byte) []byte { return make([]byte, len(p)) }},
	{"text", func([]byte) []byte { return []byte("this is no journal\n") }},
	{"no meta page", func(p []byte) []byte { clear(p[:2*os.Getpagesize()]); return p }},
	{"some pages zero", func(p []byte) []byte {
		for range 4 {
			at := rand.IntN(16) * os.Getpagesize()
			clear(p[min(at, len(p)):min(at+os.Getpagesize(), len(p))])
		}
		return p
	}},
	{"some pages noise", func(p []byte) []byte {
		for range 40 {
			p[rand.IntN(min(len(p), 16*os.Getpagesize()))] ^= byte(1 + rand.IntN(255))
		}
		return p
	}},
}

// TestDamagedJournal damages the journal between two lives. What lies in the spool arrives all the same, or is there
// with a reason; the damaged file is kept, and events go on without a gap.
func TestDamagedJournal(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_INBOX_SETTLE=20ms")
	for i, d := range damages {
		s.sh("echo pause > $MNT/control; rm -rf drops; mkdir -p drops/sub; for f in a.mov b.mov sub/c.mov; " +
			"do head -c 1500000 /dev/urandom > drops/$f; done; " +
			"cp -r drops/. $MNT/inbox/; until test $(awk '$2 == \"ready\"' $MNT/list | wc -l) = 3; do sleep 0.02; done")
		if i%2 == 0 {
			s.stop()
		} else {
			s.kill()
		}
		path := filepath.Join(s.dir, "spool", "journal.db")
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		bad := d.do(bytes.Clone(good))
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		s.mount()
		const work = "(echo start > $MNT/control || echo resume > $MNT/control) 2>&1; echo flush > $MNT/control; " +
			"echo wait > $MNT/control"
		if out, err := s.try(work); err != nil {
			select { // only a commit found it: the daemon has ended, and set it aside
			case <-s.exited:
			case <-time.After(time.Minute):
				t.Fatalf("%s: %v: %s", d.name, err, out)
			}
			s.daemon = nil
			if said := s.log.String(); !strings.HasPrefix(d.name, "some") ||
				!strings.Contains(said, "the queue is made anew from the spool") {
				t.Errorf("%s: the daemon ended: %s", d.name, said)
			}
			s.mount()
			s.sh(work)
			s.delivered()
			aside, _ := filepath.Glob(path + ".damaged-*") // the pattern is a good one
			if len(aside) != 1 {
				t.Fatalf("%s: set aside are %q", d.name, aside)
			}
			if err := os.Remove(aside[0]); err != nil { // or the next one would be compared with it
				t.Fatal(err)
			}
			continue
		}
		said := s.log.String()
		if aside, _ := filepath.Glob(path + ".damaged-*"); len(aside) > 0 {
			kept, err := os.ReadFile(aside[0])
			// A commit that finds the damage may have made the file longer before that.
			if err != nil || !bytes.HasPrefix(kept, bad) || len(bytes.Trim(kept[len(bad):], "\x00")) > 0 {
				t.Errorf("%s: what was set aside is not what was there (%v)", d.name, err)
			}
			if !strings.Contains(said, "the journal is damaged; it was set aside") ||
				!strings.Contains(said, filepath.Base(aside[0])) {
				t.Errorf("%s: nobody is told:\n%s", d.name, said)
			}
			if err := os.Remove(aside[0]); err != nil {
				t.Fatal(err)
			}
		} else if len(bad) > 0 && !strings.HasPrefix(d.name, "some") { // these may have met nothing that is in use
			t.Errorf("%s: it was not set aside", d.name)
		}
		s.delivered()
	}
}

// delivered has arrive what is held, too, and looks at what has.
func (s *story) delivered() {
	s.t.Helper()
	s.sh(
		`for id in $(awk '$2 == "held" { print $1 }' $MNT/list); do echo release "#$id" > $MNT/control; done; echo wait > $MNT/control`)
	for _, name := range []string{"a.mov", "b.mov", "sub/c.mov"} {
		s.arrived(name, filepath.Join(s.dir, "drops", name))
	}
	s.until("the inbox is empty", func() bool { return s.sh("find $MNT/inbox -type f") == "" })
	s.sh("echo clear finished > $MNT/control")
	s.seen()
}

// TestDamagedEvents damages the event log between two lives. What the journal knows was told and the log has lost is
// told again, and the numbers go on.
func TestDamagedEvents(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_INBOX_SETTLE=20ms")
	path := filepath.Join(s.dir, "spool", "events.log")
	damage := func(do func(p []byte) []byte) {
		t.Helper()
		p, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, do(p), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []struct {
		name string
		do   func(p []byte) []byte
	}{
		{"half a line", func(p []byte) []byte { return p[:len(p)-20] }},
		{"half of it", func(p []byte) []byte { return p[:len(p)/2] }},
		{"zeros behind", func(p []byte) []byte { return append(p, make([]byte, 5000)...) }},
		{"noise behind", func(p []byte) []byte { return append(p, "\x80\xff\x00 seq=99999 event=x"...) }},
		{"zeros at the end", func(p []byte) []byte { clear(p[len(p)-500:]); return p }},
	} {
		s.sh("for i in 1 2 3 4; do head -c 1000 /dev/urandom > $MNT/inbox/$i.mov; done; echo wait > $MNT/control")
		s.until("all is told", func() bool { return strings.HasSuffix(s.events(), " failed=0\n") })
		s.kill() // after an orderly end the journal need not know them any more
		before := s.count("OnUploadSucceed")
		damage(d.do)
		s.mount()
		s.seen()
		if n := s.count("OnUploadSucceed"); n != before {
			t.Errorf("%s: of %d OnUploadSucceed %d are left", d.name, before, n)
		}
		s.sh("echo x > $MNT/inbox/next; echo wait > $MNT/control")
		s.seen()
	}
}
