package story

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
)

// TestBackground: mount --daemon returns when the mount answers, says where its log is, and outlives the terminal.
func TestBackground(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	s := prepareAt(t, ossdev.Options{})
	t.Cleanup(s.end)
	s.env = append(s.env, "INBOXFS="+program)

	// script has a terminal of its own, which closes when what it runs has ended.
	said := s.sh(`script -qec "$INBOXFS mount --daemon mnt" /dev/null < /dev/null && head -n 1 $MNT/queue`)
	log := filepath.Join(s.dir, "spool", "daemon.log")
	for _, want := range []string{"mounted at " + s.mnt, "its log: " + log, "state running"} {
		if !strings.Contains(said, want) {
			t.Errorf("mount --daemon says nothing of %q:\n%s", want, said)
		}
	}
	s.sh(`echo film > a.mp4; cp a.mp4 $MNT/inbox/; timeout 60 $INBOXFS control --mount $MNT wait`)
	s.arrived("a.mp4", filepath.Join(s.dir, "a.mp4"))

	held, err := os.ReadFile(filepath.Join(s.dir, "spool", "lock"))
	if err != nil {
		t.Fatal(err)
	}
	pid, _, _ := strings.Cut(string(held), "\n")
	if n, err := strconv.Atoi(pid); err != nil || !strings.Contains(said, "process "+pid+";") {
		t.Errorf("the daemon is process %d (%v), and it said\n%s", n, err, said)
	}
	// Nothing of the terminal is left open in it, nor is its end a reason to end.
	if fds := s.sh("readlink /proc/" + pid + "/fd/0 /proc/" + pid + "/fd/1 /proc/" + pid + "/fd/2"); fds !=
		"/dev/null\n"+log+"\n"+log {
		t.Errorf("its descriptors are\n%s", fds)
	}

	// One that fails does so as in the foreground: with the words on the terminal, and the code.
	if said := s.fails(
		`mkdir -p full/of; $INBOXFS mount --daemon --spool other full; c=$?; echo "code $c"; exit $c`); !strings.Contains(said, "it is not empty") || !strings.Contains(said, "code 1") {
		t.Errorf("a folder that is not empty is told as\n%s", said)
	}
	if said := s.fails(
		`$INBOXFS mount --daemon --oss-bucket= --config none.toml $MNT; c=$?; echo "code $c"; exit $c`); !strings.Contains(said, "none.toml") || !strings.Contains(said, "code 2") {
		t.Errorf("a missing configuration is told as\n%s", said)
	}

	// SIGHUP ends it as SIGTERM does.
	s.sh("kill -HUP " + pid + "; timeout 60 tail --pid=" + pid + " -f /dev/null")
	if text := s.sh("cat " + log + "; ! grep -q $MNT /proc/mounts"); !strings.Contains(text, "msg=mounted") ||
		!strings.Contains(text, "ending: ") {
		t.Errorf("its log is\n%s", text)
	}
}

// TestLogElsewhere: the log of a daemon goes where log.to says.
func TestLogElsewhere(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	s := prepareAt(t, ossdev.Options{})
	t.Cleanup(s.end)
	log := filepath.Join(s.dir, "inbox.log")
	s.env = append(s.env, "INBOXFS="+program, "INBOXFS_LOG_TO="+log)
	if said := s.sh(`$INBOXFS mount --daemon $MNT`); !strings.Contains(said, "its log: "+log) {
		t.Errorf("it says\n%s", said)
	}
	s.sh(`$INBOXFS unmount $MNT`)
	s.until("the log tells the end", func() bool {
		text, err := os.ReadFile(log)
		return err == nil && strings.Contains(string(text), "ending: ")
	})
	s.mount()
	s.stop()
	if said := s.log.String(); said != "" {
		t.Errorf("in the foreground it says on the terminal, too:\n%s", said)
	}
}
