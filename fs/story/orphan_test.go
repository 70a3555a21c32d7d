package story

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestDescriptorGivenOn kills the daemon just after a program closed its file, which another one has open still, by a
// way that cannot be seen at a close. The next daemon holds the file as long as that one lives.
func TestDescriptorGivenOn(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	needPrograms(t, "python3 setsid")
	for what, script := range map[string]string{
		"orphan":  `exec 3> $DST; head -c 100000 /dev/zero >&3; ( (echo $BASHPID > pid; exec sleep 600) & ); exec 3>&-`,
		"session": `exec 3> $DST; head -c 100000 /dev/zero >&3; setsid -f bash -c 'echo $$ > pid; exec sleep 600'; exec 3>&-`,
		"socket": `python3 -c 'import os, socket
a, b = socket.socketpair()
if os.fork() == 0:
    if os.fork(): os._exit(0)
    a.close(); f = socket.recv_fds(b, 1, 1)[1]; open("pid", "w").write(str(os.getpid())); b.send(b"x")
    os.execvp("sleep", ["sleep", "600"])
b.close(); f = os.open(os.environ["DST"], os.O_WRONLY | os.O_CREAT); os.write(f, b"x" * 100000)
socket.send_fds(a, [b"x"], [f]); a.recv(1); a.close(); os.close(f)'`,
	} {
		for _, passthrough := range []bool{true, false} {
			t.Run(fmt.Sprint(what, " passthrough ", passthrough), func(t *testing.T) {
				t.Parallel()
				m := newClosing(t, fmt.Sprint("INBOXFS_INBOX_PASSTHROUGH=", passthrough))
				l := m.again()
				c := exec.Command("bash", "-ec", script+"\nwhile ! [ -s pid ]; do :; done; kill -9 "+
					fmt.Sprint(l.cmd.Process.Pid))
				c.Dir, c.Env = m.dir, append(m.env[:len(m.env):len(m.env)], "DST="+
					filepath.Join(m.mnt, "inbox", "half"))
				if err := c.Run(); err != nil {
					t.Fatal(err)
				}
				<-l.over
				var pid int
				if text, err := os.ReadFile(filepath.Join(m.dir, "pid")); err != nil {
					t.Fatal(err)
				} else if _, err := fmt.Sscan(string(text), &pid); err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
						t.Error(err)
					}
				}()
				l = m.again()
				if state := m.mustList()["half"]; state != "held" {
					t.Errorf("half a file is %s", state)
				}
				m.finish(l)
			})
		}
	}
}

// TestClosedByAnother kills the daemon just after a program closed a file that the one which opened it had given it,
// and given up: it is not held.
func TestClosedByAnother(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	needPrograms(t, "python3")
	m := newClosing(t, "INBOXFS_INBOX_PASSTHROUGH=false")
	for i := range 4 {
		l := m.again()
		c := exec.Command("python3", "-c", `import os, signal, subprocess, sys
f = open(sys.argv[1], "wb")
p = subprocess.Popen(["head", "-c", "100000", "/dev/zero"], stdout=f); f.close()
p.wait(); os.kill(int(sys.argv[2]), signal.SIGKILL)`, filepath.Join(m.mnt, "inbox", fmt.Sprint("whole", i)), fmt.Sprint(l.cmd.Process.Pid))
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		<-l.over
		l = m.again()
		for name, state := range m.mustList() {
			if strings.HasPrefix(name, "whole") && state == "held" {
				t.Errorf("%s is %s", name, state)
			}
		}
		m.finish(l)
	}
}
