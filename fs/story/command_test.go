package story

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
)

// commanded is a mount with a file that failed, one that is canceled and two that are ready, and $INBOXFS the program
// as inboxfs.
func commanded(t *testing.T) *story {
	t.Helper()
	s := begin(t)
	s.sh("mkdir bin; ln -s " + program + " bin/inboxfs")
	s.env = append(s.env, "PATH="+filepath.Join(s.dir, "bin")+":"+os.Getenv("PATH"))
	s.server.AddFault(ossdev.Fault{Action: "PutObject", Key: "my denied film.mp4", Code: "AccessDenied"})
	s.sh(`echo x > "$MNT/inbox/my denied film.mp4"; ! echo wait > $MNT/control; echo stop > $MNT/control
		mkdir $MNT/inbox/clips; for n in "my film 1.mp4" "my film 2.mp4" clips/a.mp4; do
			echo x > "$MNT/inbox/$n"; until grep -qx 'state ready' "$MNT/status/$n"; do sleep 0.05; done
		done
		echo cancel clips/a.mp4 > $MNT/control`)
	return s
}

// TestControlCommand writes verbs with the command, and sees them hold or refused with the reason.
func TestControlCommand(t *testing.T) {
	t.Parallel()
	s := commanded(t)
	s.sh("echo x > film.mov; mkdir elsewhere")
	for _, c := range []struct {
		line, says string
		code       string
	}{
		{"cancel 'my film 1.mp4' 'my film 2.mp4'", "cancelFile: done\ncancelFile: done", "0"},
		{"START", "start: done", "0"},
		{"pause", "pause: done", "0"},
		{"start", "inboxfs: start: not now: the queue is paused: " +
			program + " control --mount " + s.mnt + " resume\n", "1"},
		{"limit 20MiB/s", "limit: 20MiB/s", "0"},
		{"limit fast",
			"inboxfs: limit: invalid: \"fast\" is not a rate; write bytes per second such as 20MiB/s or 100MB/s, " +
				"or off", "1"},
		{"restore nowhere.mp4", "inboxfs: resumeFile: no such entry: \"nowhere.mp4\" is not in the list", "1"},
		{"wait 'my denied film.mp4'", "inboxfs: wait: ", "3"},
		{"wait clips/a.mp4", "inboxfs: wait: ", "4"},
		{"wait nowhere.mp4", "inboxfs: wait: no such entry: ", "5"},
		{"limit 10", "inboxfs: limit: invalid: 10 of what? write 10MiB/s, 10KiB/s or 10B/s", "1"},
		{"add film.mov", "addFile: it is #5", "0"},
		{"delete \"$(printf 'a\\nclear')\"", "as #ID, or as a Go-quoted string", "1"},
		{"rm -- -x", "inboxfs: deleteFile: no such entry: \"-x\" is not in the list", "1"},
	} {
		said := s.sh("inboxfs control --mount $MNT " + c.line + " > said 2>&1; echo $? >> said; cat said")
		if !strings.Contains(said, c.says) || !strings.HasSuffix(said, "\n"+c.code) {
			t.Errorf("%s ends with %s", c.line, said)
		}
	}
	// found by the folder
	if got := s.sh(
		"cd $MNT; inboxfs control stop; head -n 1 queue; grep -c canceled list"); got != "stop: "+
		"done\nstate stopped\n3" {
		t.Errorf("it is %s", got)
	}
	token := s.server.IssueToken(1e12)
	s.secret(token.SecurityToken)
	if got := s.sh("echo " + token.AccessKeyID + " " + token.AccessKeySecret + " " + token.SecurityToken +
		" | inboxfs control --mount $MNT token"); got != "resumeUploadWithToken: new credentials are in use" {
		t.Errorf("it says %s", got)
	}
	if got := s.fails("inboxfs control --mount $MNT token < /dev/null"); !strings.Contains(got,
		"ID SECRET TOKEN come from standard input") {
		t.Errorf("it says %s", got)
	}
	s.sh("inboxfs control --mount $MNT start; inboxfs control --mount $MNT wait '#5'")
	s.arrived("film.mov", filepath.Join(s.dir, "film.mov"))
}

// TestCompletion asks for completions as the scripts of the shells do.
func TestCompletion(t *testing.T) {
	t.Parallel()
	s := commanded(t)
	const noFile, noSpace = "\n:4", "\n:6"
	for line, want := range map[string]string{
		"pa":                  "pause\thold the uploads where they are" + noFile,
		"limit ''":            "off" + noFile,
		"clear ''":            "finished" + noFile,
		"retry ''":            "my denied film.mp4\tfailure" + noFile,
		"restore ''":          "clips/\t1 file" + noSpace,
		"resumeFile clips/":   "clips/a.mp4\tcanceled" + noFile,
		"release ''":          ":4",
		"wait 'my '":          "my film 1.mp4\tready\nmy film 2.mp4\tready" + noFile,
		"retry '#'":           "#1\tfailure my denied film.mp4" + noFile,
		"delete 'my film 1'":  "my film 1.mp4\tready" + noFile,
		"delete x 'my film 2": "my film 2.mp4\tready" + noFile,
		"start ''":            ":4",
		"add ''":              ":0",
	} {
		if strings.Count(line, "'")%2 == 1 {
			line += "'"
		}
		if got := s.sh("inboxfs __complete control --mount $MNT " + line + " 2> /dev/null"); got != want {
			t.Errorf("%s goes on with %q", line, got)
		}
	}
	if got := s.sh(
		"inboxfs __complete status '' 2> /dev/null; inboxfs __complete control --mount '' 2> /dev/null"); strings.Count(
		got, s.mnt) != 2 {
		t.Errorf("the mounts are %s", got)
	}
	if got := s.sh("inboxfs __complete control retry --mount /nowhere '' 2> /dev/null"); got != ":4" {
		t.Errorf("no mount has %s", got)
	}
}

// tab is bash on a terminal of its own, to which it types its arguments each with a TAB, until what it shows has the
// line after it.
const tab = `
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", PS1="", INPUTRC="/dev/null", HISTFILE="/dev/null", COLUMNS="200")
    os.execlp("bash", "bash", "--norc", "--noprofile", "-i")
shown = ""
def until(text):
    global shown
    end = time.time() + 60
    while text not in shown:
        if not select.select([fd], [], [], max(0, end - time.time()))[0]:
            sys.exit("waited in vain for %r: %r" % (text, shown))
        shown += os.read(fd, 65536).decode()
    shown = ""
os.write(fd, b". /usr/share/bash-completion/bash_completion; . <(inboxfs completion bash); echo loa''ded\n")
until("loaded\r\n")
for typed, want in zip(sys.argv[1::2], sys.argv[2::2]):
    os.write(fd, typed.encode() + b"\t")
    until(want)
    os.write(fd, b"\x15")
os.write(fd, b"exit\n")
os.waitpid(pid, 0)
`

// TestTab presses TAB in bash.
func TestTab(t *testing.T) {
	t.Parallel()
	needPrograms(t, "python3")
	if _, err := os.Stat("/usr/share/bash-completion/bash_completion"); err != nil {
		say := t.Skipf
		if os.Getenv(strict) != "" {
			say = t.Fatalf
		}
		say("THIS STORY IS NOT TOLD: install bash-completion: %v", err)
	}
	s := commanded(t)
	s.sh("cat > tab.py <<'END'\n" + tab + "END")
	mount := "inboxfs control --mount " + s.mnt + " "
	s.sh("python3 tab.py 'inboxfs cont' 'inboxfs control ' " +
		"'" + mount + "pau' 'pause ' " +
		"'" + mount + "retry my' 'my\\ denied\\ film.mp4 ' " +
		"'" + mount + "wait my' '\\ film\\ ' " + // what two have in common
		"'" + mount + "wait my\\ film\\ 1' '.mp4 ' " +
		"'" + mount + "restore c' 'clips/' " +
		"'inboxfs mount --upload-part-' 'size '")
}
