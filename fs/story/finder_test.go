package story

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestFinder makes the calls that come from a Mac, on a mount that serves them itself as there. macOS keeps attributes
// in files ._NAME where a volume takes none, which is the second case: Linux refuses names like com.apple.quarantine.
func TestFinder(t *testing.T) {
	t.Parallel()
	python := needPrograms(t, "python3")
	for kept, prefix := range map[string]string{"attributes": "user.", "companions": ""} {
		t.Run(kept, func(t *testing.T) {
			t.Parallel()
			for range 4 {
				if finder(t, python, prefix) {
					return
				}
			}
			t.Skip("THIS STORY IS NOT TOLD: the machine is so busy that each time a pause of Finder was longer than " +
				"the settle time")
		})
	}
}

// finder tells the story once; false: it could not be told.
func finder(t *testing.T, python, prefix string) bool {
	const settle = 3 * time.Second
	s := begin(t, "INBOXFS_INBOX_PASSTHROUGH=false", "INBOXFS_INBOX_AFTER_UPLOAD=keep",
		fmt.Sprint("INBOXFS_INBOX_SETTLE=", settle))
	s.sh("mkdir src; head -c 27000001 /dev/urandom > src/clip; head -c 9000001 /dev/urandom > src/take; " +
		"seq 2000 > src/notes")
	if s.finder(python, prefix, settle) {
		return false
	}
	s.sh("echo wait > $MNT/control")

	made := creations(s)
	want := map[string]int{"clip.mov": 1, "shoot/take.mov": 1, "shoot/über.mov": 1, "shoot/still.png": 1,
		"shoot/notes.txt": 1}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("objects made:\n%s", diff)
	}
	for key, word := range map[string]string{"clip.mov": "clip", "shoot/take.mov": "take", "shoot/über.mov": "take",
		"shoot/still.png": "notes",
		"shoot/notes.txt": "notes"} {
		s.arrived(key, filepath.Join(s.dir, "src", word))
	}
	if times := s.sh(
		"cd $MNT/inbox; stat -c '%a %Y' clip.mov shoot/take.mov shoot"); times != "644 1715950000\n644 "+
		"1715950001\n755 1715950002" {
		t.Errorf("modes and times afterwards:\n%s", times)
	}
	if own := s.sh(
		"cd $MNT/inbox; wc -c < .DS_Store; stat -c %n shoot/.DS_Store shoot/Icon?"); own != "6148\nshoot/.DS_Store\nshoot/Icon\r" {
		t.Errorf("Finder's own files: %q", own)
	}
	s.sh(`[ "$(df --output=size,target -B1 $MNT/inbox | tail -1)" = "$(df --output=size -B1 spool | tail -1) $MNT" ]`)
	companions := s.sh("cd $MNT/inbox; find . -name '._*' | sort")
	if prefix == "" {
		if companions != "./._clip.mov\n./shoot/._Icon\r\n./shoot/._take.mov\n./shoot/._über.mov" {
			t.Errorf("companions: %q", companions)
		}
		return true
	}
	if companions != "" {
		t.Errorf("companions: %q", companions)
	}
	needPrograms(t, "getfattr")
	if kept := s.sh("cd $MNT/inbox; getfattr -d clip.mov shoot/take.mov shoot/über.mov | grep -v ^#"); kept !=
		`user.com.apple.FinderInfo=0sAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAKo=
user.com.apple.quarantine="0081;666e61e7;Safari;"

user.com.apple.metadata:kMDItemWhereFroms="bplist"
` {
		t.Errorf("attributes afterwards:\n%s", kept)
	}
	return true
}

// finder makes the calls of testdata/finder.calls. While it has a file closed that it will come back to, that one must
// not be taken for complete, also when its first close is longer ago than the settle time. late: it came back too late
// itself, so nothing is shown.
func (s *story) finder(python, prefix string, settle time.Duration) (late bool) {
	s.t.Helper()
	script, err := filepath.Abs("testdata/finder.py")
	if err != nil {
		s.t.Fatal(err)
	}
	c := exec.Command(python, script, strings.TrimSuffix(script, ".py")+".calls")
	c.Env = append(s.env[:len(s.env):len(s.env)], "IN="+s.mnt+"/inbox", "FROM="+s.dir+"/src", "XATTRS="+prefix,
		fmt.Sprint("SETTLE=", settle.Seconds()))
	var said syncBuffer
	c.Stderr = &said
	in, err := c.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	looks := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		name, look := strings.CutPrefix(lines.Text(), "look ")
		if !look {
			late = true
			continue
		}
		looks++
		time.Sleep(settle / 2) // Finder takes its time
		if state := s.sh("grep ^state $MNT/status/" + name); !late &&
			(state != "state receiving" || len(creations(s)) > 0) {
			s.t.Errorf("look %d: %s has %s, and these objects are made: %v", looks, name, state, creations(s))
		}
		if _, err := fmt.Fprintln(in); err != nil {
			s.t.Error(err)
		}
	}
	if err := c.Wait(); err != nil {
		s.t.Fatalf("%v: %s", err, said.String())
	}
	if looks != 3 {
		s.t.Errorf("%d looks", looks)
	}
	return late
}
