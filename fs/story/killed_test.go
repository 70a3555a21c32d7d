package story

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// copier is a program that is killed in the middle of a copy. Its script runs with the file to be made as $F, its
// folder as $D, and finds the first bytes of the content in the fifo $FIFO or at $URL, and never the rest.
type copier struct {
	name, comm string
	script     string
	feed       func(content []byte) []byte // nil: what comes through the fifo is the content itself
	heads      string                      // the status it has when it catches a signal; "": it dies of it
	temp       bool                        // it writes under a temporary name
	eager      bool                        // it writes what it has read at once
}

const killedSize = 4 << 20

var killed = []copier{
	{name: "cp", comm: "cp", script: `exec cp $FIFO $F`, eager: true},
	{name: "dd", comm: "dd", script: `exec dd if=$FIFO of=$F bs=64k iflag=fullblock`},
	{name: "tar", comm: "tar", script: `exec tar xf - -C $D < $FIFO`, feed: archive},
	{name: "cat", comm: "cat", script: `exec cat $FIFO > $F`, eager: true},
	{name: "curl", comm: "curl", script: `exec curl -s -o $F $URL`},
	{name: "wget", comm: "wget", script: `exec wget -q -O $F $URL`},
	{name: "python that closes", comm: "python", script: `exec python3 -c 'import shutil, os
with open(os.environ["FIFO"], "rb") as source, open(os.environ["F"], "wb") as to: shutil.copyfileobj(source, to, 65536)'`},
	{name: "python that does not", comm: "python", script: `exec python3 -c 'import os
source, to = open(os.environ["FIFO"], "rb"), os.open(os.environ["F"], os.O_WRONLY | os.O_CREAT)
while True: os.write(to, source.read(16384))'`},
	{name: "rsync", comm: "rsync", script: `exec rsync --blocking-io -e "$GATE" there:$SOURCE $F`, heads: "20",
		temp: true},
	{name: "rsync inplace", comm: "rsync", script: `exec rsync --inplace --blocking-io -e "$GATE" there:$SOURCE $F`,
		heads: "20"},
	{name: "rsync partial", comm: "rsync", script: `exec rsync --partial --blocking-io -e "$GATE" there:$SOURCE $F`,
		heads: "20", temp: true},
}

// archive is a tar archive of a file called f.
func archive(content []byte) []byte {
	var head [512]byte
	copy(head[:], "f")
	copy(head[100:], "0000644\x000000000\x000000000\x00")
	copy(head[124:], fmt.Sprintf("%011o\x00%011o\x00        0", len(content), 0))
	copy(head[257:], "ustar\x0000")
	sum := 0
	for _, b := range head {
		sum += int(b)
	}
	copy(head[148:], fmt.Sprintf("%06o\x00 ", sum))
	return append(head[:], content...)
}

// TestKilledCopies kills programs that copy a file into the inbox, early, in the middle and shortly before the end.
func TestKilledCopies(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_INBOX_SETTLE=500ms")
	content := s.source()
	t.Run("each", func(t *testing.T) {
		for _, c := range killed {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				needPrograms(t, strings.Replace(strings.Fields(c.name)[0], "python", "python3", 1))
				s := s.within(t)
				var checks []func()
				for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
					for _, percent := range []int{1, 50, 99} {
						checks = append(checks, s.killed(c, content, signal, percent))
					}
				}
				for _, check := range checks { // all settle meanwhile
					check()
				}
			})
		}
	})
	for _, r := range s.server.Requests() {
		t.Errorf("the endpoint was asked: %s %s", r.Action, r.Key)
	}
	// One is released, one is copied again; both are uploaded.
	s.sh("echo release cp-interrupt-50/f > $MNT/control; echo wait cp-interrupt-50/f > $MNT/control")
	s.arrived("cp-interrupt-50/f", s.keepPrefix(content))
}

// source makes the file that is copied.
func (s *story) source() []byte {
	s.t.Helper()
	s.sh(fmt.Sprintf("head -c %d /dev/urandom > source", killedSize))
	content, err := os.ReadFile(filepath.Join(s.dir, "source"))
	if err != nil {
		s.t.Fatal(err)
	}
	// Stands between rsync and the program it takes for ssh: so many bytes pass, then nothing more, and no end while
	// rsync runs.
	gate := "#!/bin/bash\nshift\n\"$@\" | { stdbuf -o0 head -c $PASS; exec tail --pid=$PPID -f /dev/null; }\n"
	if err := os.WriteFile(filepath.Join(s.dir, "gate"), []byte(gate), 0o755); err != nil {
		s.t.Fatal(err)
	}
	return content
}

// keepPrefix writes what the object of the half copy must be: as much of the content as the spool had.
func (s *story) keepPrefix(content []byte) string {
	s.t.Helper()
	object, _, ok := s.server.Object(bucket, "cp-interrupt-50/f")
	if !ok {
		s.t.Fatal("what was released did not arrive")
	}
	info, err := os.Stat(object)
	if err != nil || info.Size() == 0 || info.Size() >= int64(len(content)) {
		s.t.Fatalf("the object has %d bytes: %v", info.Size(), err)
	}
	path := filepath.Join(s.dir, "half")
	if err := os.WriteFile(path, content[:info.Size()], 0o644); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// killed kills one copy and returns what looks at it when it has settled: the copy is held, or waits for its name, or
// was removed by the program itself.
func (s *story) killed(c copier, content []byte, signal syscall.Signal, percent int) (check func()) {
	t := s.t
	folder := strings.ReplaceAll(fmt.Sprintf("%s-%v-%d", c.name, signal, percent), " ", "_")
	pass := len(content) * percent / 100
	own := t.TempDir()
	if err := os.MkdirAll(filepath.Join(s.mnt, "inbox", folder), 0o755); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		_, _ = w.Write(content[:pass]) // who is killed does not take it
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	fifo := filepath.Join(own, "fifo")
	if err := syscall.Mkfifo(fifo, 0o644); err != nil {
		t.Fatal(err)
	}
	feed := content
	if c.feed != nil {
		feed = c.feed(content)
	}
	p := exec.Command("bash", "-c", c.script)
	p.Dir = s.dir
	p.Env = append(s.env, "LC_ALL=C", "FIFO="+fifo, "URL="+server.URL, "D="+filepath.Join(s.mnt, "inbox", folder), "F="+
		filepath.Join(s.mnt, "inbox", folder, "f"),
		"GATE="+filepath.Join(s.dir, "gate"), "PASS="+strconv.Itoa(pass), "SOURCE="+filepath.Join(s.dir, "source"))
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // as a shell does, so that Ctrl-C meets all
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	in, err := os.OpenFile(fifo, os.O_RDWR, 0) // so that nobody waits for the other side
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	go func() { _, _ = in.Write(feed[:len(feed)-len(content)+pass]) }() // closed when the reader is dead
	spool := filepath.Join(s.dir, "spool", "inbox", folder)
	const buffered = 600 << 10 // what programs and pipes may keep
	s.until(folder+" is at the point", func() bool {
		var size int64 = -1
		for _, f := range files(t, spool) {
			if info, err := os.Stat(filepath.Join(spool, f)); err == nil {
				size = max(size, info.Size())
			}
		}
		if c.eager {
			return size > max(0, int64(pass)-buffered)
		}
		return size >= max(0, int64(pass)-buffered)
	})
	whom := p.Process.Pid
	// Ctrl-C meets them all; so does what kills without asking, or rsync's other half goes on
	if signal != syscall.SIGTERM {
		whom = -whom
	}
	if err := syscall.Kill(whom, signal); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = p.Wait() // says that it was killed
	}()
	for again := true; again; {
		select {
		case <-ended:
			again = false
		// Python loses an interrupt that meets it in a callback; a person repeats it
		case <-time.After(10 * time.Second):
			if err := syscall.Kill(whom, signal); err != nil && err != syscall.ESRCH {
				t.Fatal(err)
			}
		}
	}
	if strings.Contains(c.script, "$GATE") { // which waits, and its group is there as long as it does
		t.Cleanup(func() { _ = syscall.Kill(-p.Process.Pid, syscall.SIGKILL) })
	}
	return func() { s.checkKilled(c, signal, folder) }
}

// checkKilled waits until what was killed is held, waits, or is gone, and looks at the reason.
func (s *story) checkKilled(c copier, signal syscall.Signal, folder string) {
	t, spool := s.t, filepath.Join(s.dir, "spool", "inbox", folder)
	var status string
	s.until(folder+" is held, waits or is gone: "+status, func() bool {
		for _, name := range files(t, spool) {
			text, err := os.ReadFile(filepath.Join(s.mnt, "status", folder, name))
			status = name + ":\n" + string(text)
			if err != nil || !strings.Contains(status, "\nstate held\n") &&
				!strings.Contains(status, "waits to be renamed") {
				return false
			}
		}
		return true
	})
	left := files(t, spool)
	switch {
	case len(left) == 0 && !c.temp:
		t.Errorf("%s: the file is gone", folder)
	case len(left) > 0:
		s.reason(c, signal, status)
	}
}

// reason fails unless the status says who did it and why.
func (s *story) reason(c copier, signal syscall.Signal, status string) {
	if strings.Contains(status, "waits to be renamed") {
		if !c.temp || strings.HasPrefix(status, "f:") {
			s.t.Errorf("it is not held: %s", status)
		}
		return
	}
	name := map[syscall.Signal]string{syscall.SIGINT: "SIGINT", syscall.SIGTERM: "SIGTERM",
		syscall.SIGKILL: "SIGKILL"}[signal]
	how := []string{" was killed by " + name}
	if c.heads != "" { // and its other processes notice
		how = append(how, " ended with status "+c.heads, " ended with status 12", " was killed by SIGUSR1",
			" was killed by SIGTERM", " ended with status 19")
	}
	for _, h := range how {
		if strings.Contains(status, "message "+c.comm) && strings.Contains(status, h) {
			return
		}
	}
	s.t.Errorf("it is held for another reason: %s", status)
}

// within is the story as a part of it tells it.
func (s *story) within(t *testing.T, env ...string) *story {
	return &story{t: t, dir: s.dir, mnt: s.mnt, server: s.server, env: slices.Concat(s.env, env)}
}

// files is the names in a folder of the spool.
func files(t *testing.T, dir string) []string {
	var names []string
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

// TestCopiesThatFail ends programs after they closed their file in good order.
func TestCopiesThatFail(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_INBOX_SETTLE=1s")
	content := s.source()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cut" {
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			_, _ = w.Write(content[:len(content)/2]) // its reader may be gone
			return                                   // less than was said: the connection is cut
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}))
	t.Cleanup(server.Close)
	s.env = append(s.env, "URL="+server.URL, "LC_ALL=C")
	for _, tc := range []struct {
		needs, script, file, held string // "": it is uploaded
		again                     string // makes it whole
	}{
		{"curl", "curl -s -o $D/f $URL/cut", "f", "curl ended with status 18 right after it closed the file",
			"curl -s -C - -o $D/f $URL/whole"},
		{"wget", "wget -q --tries=1 -O $D/f $URL/cut", "f", "wget ended with status 4 right after it closed the file",
			"wget -q -c -O $D/f $URL/whole"},
		{"python", `python3 -c 'open("'$D'/f", "wb").write(b"half"); raise SystemExit(3)'`, "f",
			"python3 ended with status 3 right after it closed the file", "cp source $D/f"},
		{"rsync", "PASS=2000000 rsync --inplace --timeout=1 --blocking-io -e $PWD/gate there:$PWD/source $D/f", "f",
			"rsync ended with status ", "rsync --inplace source $D/f"},
		{"timeout", "mkfifo $$; (exec 3<> $$; head -c 30000 source >&3; timeout 0.5 cp $$ $D/f)", "f",
			"cp was killed by SIGTERM after ", "cp source $D/f"},
		{"cp", "cp source missing gate $D/", "gate", "cp ended with status 1 right after it closed the file", ""},
		{"cp", "cp source missing gate $D/", "source", "", ""},
		{"ffmpeg",
			`ffmpeg -loglevel error -re -f lavfi -i testsrc=size=32x32 -c:v mpeg4 -flush_packets 1 -y $D/f.mkv </dev/null & pid=$!
			until [ -s $D/f.mkv ]; do :; done; kill -INT $pid; wait $pid; [ $? = 255 ] && exit 1`, "f.mkv", "", ""},
		// nobody can tell from this side of the pipe
		{"tee", "(echo half; kill -9 $BASHPID) | tee $D/f; exit 1", "f", "", ""},
		{"diff", "diff source gate > $D/f", "f", "", ""},
		// A shell and its commands have the file open together: what counts is that the shell was killed with it, not
		// with what it ended, and not who closes last.
		{"bash", "(head -c 30000 source; kill -TERM $BASHPID) > $D/f", "f", "bash was killed by SIGTERM after 29 KiB",
			"cp source $D/f"},
		{"bash", "(sleep 0.5 & head -c 30000 source; kill -TERM $BASHPID) > $D/f", "f", "bash was killed by SIGTERM ",
			""},
		{"bash", "(head -c 30000 source; exit 3) > $D/f", "f",
			"bash ended with status 3 with the file open after 29 KiB", ""},
		{"bash", "(sleep 0.5 & cat source) > $D/f; exit 3", "f", "", ""},
		// The kernel calls a script by its own name, and its status is that of a later command all the same.
		{"bash",
			`printf '#!/bin/bash\necho report > "$1"\nfalse\n' > report-sh; chmod +x report-sh; ./report-sh $D/own`,
			"own", "", ""},
		{"cp", `printf '#!/bin/bash\nexec cp source missing gate $1\n' > exec-sh; chmod +x exec-sh; ./exec-sh $D/`,
			"gate",
			"cp ended with status 1 right after it closed the file", ""},
	} {
		t.Run(tc.needs+" "+tc.file, func(t *testing.T) {
			t.Parallel()
			needPrograms(t, strings.Replace(tc.needs, "python", "python3", 1))
			folder := strings.NewReplacer("/", "-", " ", "_", "#", "-").Replace(t.Name())
			s := s.within(t, "D="+filepath.Join(s.mnt, "inbox", folder))
			s.sh("mkdir $D")
			s.fails(tc.script)
			key := folder + "/" + tc.file
			status := func() string {
				text, err := os.ReadFile(filepath.Join(s.mnt, "status", key))
				if err != nil {
					t.Error(err)
				}
				return string(text)
			}
			if tc.held == "" {
				s.sh("echo wait " + key + " > $MNT/control")
				return
			}
			s.until(key+" is held", func() bool { return strings.Contains(status(), "\nstate held\n") })
			if !strings.Contains(status(), "message "+tc.held) {
				t.Errorf("it is held for another reason: %s", status())
			}
			if _, _, ok := s.server.Object(bucket, key); ok {
				t.Error("it was uploaded")
			}
			if tc.again != "" {
				s.sh(tc.again + "; echo wait " + key + " > $MNT/control")
				s.arrived(key, filepath.Join(s.dir, "source"))
			}
		})
	}
}
