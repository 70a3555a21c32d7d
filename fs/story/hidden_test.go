package story

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// secret remembers words that hidden looks for.
func (s *story) secret(words ...string) {
	for _, word := range words {
		if _, err := fmt.Fprintln(&s.secrets, word); err != nil {
			s.t.Error(err)
		}
	}
}

// hidden fails if a secret stands in any file of the mount or of the spool, in what the daemon and its libraries print,
// in its command line or that of a child, or in a file that the story kept in places/.
func (s *story) hidden() {
	s.t.Helper()
	const canary = "story-canary"
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	s.sh("mkdir -p places; rm -f places/mount")
	look := "grep -r -a -l -F -f words places spool || true"
	if s.daemon != nil {
		s.sh(fmt.Sprintf("echo delete %s > $MNT/control || true; ps -ww -o args= -p %[2]d --ppid %[2]d > places/argv",
			canary, s.daemon.Process.Pid))
		// grep takes a look at what is not empty only, and the files of the mount are read once each.
		look = `for f in $(find $MNT -mindepth 1 -path $MNT/inbox -prune -o -type f -print); do cat $f > places/mount; grep -a -q -F -f words places/mount && echo $f; done; rm places/mount; ` + look
	}
	write("places/log", s.log.String())
	write("words", s.secrets.String())
	if found := s.sh(look); found != "" {
		s.t.Errorf("secrets stand in:\n%s", found)
	}
	if s.daemon == nil {
		return
	}
	write("words", canary)
	if found := s.sh(look); !strings.Contains(found, "/control") || !strings.Contains(found, "/events\n") ||
		!strings.Contains(found, "spool/events.log") {
		s.t.Errorf("what stands in control and events is found in:\n%s", found)
	}
}
