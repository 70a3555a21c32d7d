package story

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pieceWay writes to $F, of which the first half was uploaded and removed here. $MORE is the second half, $ALL all of
// it; $URL has both. The first half is 1000 bytes long.
type pieceWay struct {
	name, needs, script string
}

// goOn are ways to go on with a file. Nothing of them may become an object before somebody says so.
var goOn = []pieceWay{
	{name: "shell", script: `cat $MORE >> $F`},
	{name: "shell, bit by bit", script: `while read line; do echo "$line" >> $F; done < $MORE`},
	{name: "tee", script: `tee -a $F < $MORE > /dev/null`},
	{name: "dd append", script: `dd if=$MORE of=$F oflag=append conv=notrunc status=none`},
	{name: "dd seek", script: `dd if=$MORE of=$F bs=1000 seek=1 conv=notrunc status=none`},
	{name: "curl -C", needs: "curl", script: `curl -sSf -C 1000 -o $F $URL/all`},
	{name: "python append", needs: "python3",
		script: `python3 -c 'import sys; open(sys.argv[1], "ab").write(open(sys.argv[2], "rb").read())' $F $MORE`},
	{name: "python chunk", needs: "python3", script: `python3 -c '
import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT, 0o644)
os.pwrite(fd, open(sys.argv[2], "rb").read(), 1000)' $F $MORE`},
	{name: "python mapping", needs: "python3", script: `python3 -c '
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o644)
os.ftruncate(fd, 20000)
m = mmap.mmap(fd, 20000)
m[10000:11000] = b"x" * 1000
m.flush()' $F`},
	{name: "allocated first", needs: "python3",
		script: `fallocate -l 5000 $F; dd if=$MORE of=$F bs=1000 seek=1 conv=notrunc status=none`},
	{name: "copied into", needs: "python3", script: `cp $ALL $MNT/inbox/.all; python3 -c '
import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT, 0o644)
os.copy_file_range(os.open(sys.argv[2], os.O_RDONLY), fd, 1000, 1000, 1000)' $F $MNT/inbox/.all`},
	{name: "FTP APPE", needs: "curl pyftpdlib", script: `curl -sSf -a -T $MORE "$FTP/$NAME"`},
	{name: "touch", script: `touch $F`},
	{name: "touched, then appended", script: `touch $F; cat $MORE >> $F`},
	// it appends the whole file to nothing, which looks the same
	{name: "wget -c", needs: "wget", script: `wget -q -c -O $F $URL/all`},
	{name: "renamed", script: `cat $MORE >> $F; mv $F $F.old; mv $F.old $F`},
}

// anew are ways to write the file anew, whole. They are uploaded as any other.
var anew = []pieceWay{
	{name: "cp", script: `cp $ALL $F`},
	{name: "redirect", script: `cat $ALL > $F`},
	{name: "redirect, then append", script: `head -c 1000 $ALL > $F; tail -c +1001 $ALL >> $F`},
	{name: "dd", script: `dd if=$ALL of=$F bs=100 status=none`},
	{name: "dd notrunc", script: `dd if=$ALL of=$F bs=100 conv=notrunc status=none`},
	{name: "install", script: `install $ALL $F`},
	{name: "mv", script: `cp $ALL $F.new.part; mv $F.new.part $F`},
	{name: "rsync", needs: "rsync", script: `rsync $ALL $F`},
	{name: "rsync --inplace", needs: "rsync", script: `rsync --inplace $ALL $F`},
	{name: "rsync --append", needs: "rsync", script: `rsync --append $ALL $F`},
	{name: "curl -C -", needs: "curl", script: `curl -sSf -C - -o $F $URL/all`},
	{name: "python", needs: "python3",
		script: `python3 -c 'import sys; open(sys.argv[1], "xb").write(open(sys.argv[2], "rb").read())' $F $ALL`},
	{name: "python, backwards", needs: "python3", script: `python3 -c '
import os, sys
data = open(sys.argv[2], "rb").read()
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT, 0o644)
os.pwrite(fd, data[1000:], 1000)
os.pwrite(fd, data[:1000], 0)' $F $ALL`},
	{name: "python, copied into", needs: "python3", script: `cp $ALL $MNT/inbox/.all; python3 -c '
import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT, 0o644)
os.copy_file_range(os.open(sys.argv[2], os.O_RDONLY), fd, 2000)' $F $MNT/inbox/.all`},
	{name: "truncated, then filled", script: `truncate -s 2000 $F; dd if=$ALL of=$F conv=notrunc status=none`},
	{name: "appended, then whole", script: `cat $MORE >> $F; cp $ALL $F`},
	{name: "appended, then replaced", script: `cat $MORE >> $F; cp $ALL $F.part; mv $F.part $F`},
	{name: "appended and removed", script: `cat $MORE >> $F; rm $F; cp $ALL $F`},
	{name: "FTP STOR", needs: "curl pyftpdlib", script: `curl -sSf -T $ALL "$FTP/$NAME"`},
}

// TestPieces goes on with files whose beginning was uploaded and removed, in all the ways that programs have.
func TestPieces(t *testing.T) {
	t.Parallel()
	for _, served := range []bool{false, true} {
		t.Run(fmt.Sprintf("served %v", served), func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_INBOX_SETTLE=200ms", "INBOXFS_INBOX_RELAY_SETTLE=200ms",
				fmt.Sprintf("INBOXFS_INBOX_PASSTHROUGH=%v", !served))
			s.pieceSources()
			s.sh("i=0; while [ $i -lt 40 ]; do cp half $MNT/inbox/f$i; i=$((i + 1)); done; echo wait > $MNT/control")
			s.emptied()
			for i, way := range goOn {
				s.piece(t, way, i, func(name string) {
					said := s.sh("echo wait " + name + " > $MNT/control || true; cat $MNT/status/" + name)
					for _, want := range []string{"state held", "error OnlyAPiece", `after_upload = "keep"`} {
						if !strings.Contains(said, want) {
							s.t.Errorf("not %s, but %s", want, said)
						}
					}
					s.arrived(name, s.dir+"/half")
				})
			}
			for i, way := range anew {
				s.piece(t, way, len(goOn)+i, func(name string) {
					s.sh("echo wait " + name + " > $MNT/control")
					s.arrived(name, s.dir+"/all")
				})
			}
		})
	}
}

// emptied waits until the copies of what was uploaded are gone.
func (s *story) emptied() {
	s.t.Helper()
	s.until("the inbox is empty", func() bool { return s.sh("ls $MNT/inbox") == "" })
}

// pieceSources makes the halves and what serves them.
func (s *story) pieceSources() {
	s.t.Helper()
	s.sh(`seq 1000 1199 | head -c 1000 > half; seq 2000 2199 | head -c 1000 > more; cat half more > all`)
	web := httptest.NewServer(http.FileServer(http.Dir(s.dir)))
	s.t.Cleanup(web.Close)
	s.env = append(s.env, "URL="+web.URL, "MORE="+s.dir+"/more", "ALL="+s.dir+"/all")
	if lookPath("pyftpdlib") != "" {
		s.env = append(s.env, "FTP=ftp://"+startFTPD(s.t, filepath.Join(s.mnt, "inbox")))
	}
}

// piece runs a way to write the file number i, and then looks what came of it.
func (s *story) piece(t *testing.T, way pieceWay, i int, look func(name string)) {
	t.Run(way.name, func(t *testing.T) {
		needPrograms(t, way.needs)
		defer func(was *testing.T) { s.t = was }(s.t)
		s.t = t
		name := fmt.Sprintf("f%d", i)
		s.sh("set -e; NAME=" + name + "; F=$MNT/inbox/$NAME; " + way.script)
		look(name)
	})
}

// startFTPD serves a folder to anybody until the test ends, and returns the address.
func startFTPD(t *testing.T, folder string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		err = l.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	ftpd := exec.Command("/usr/bin/python3", "-m", "pyftpdlib", "-i", "127.0.0.1", "-p", port, "-w", "-d", folder)
	ftpd.Env = append(os.Environ(), "PYTHONWARNINGS=ignore")
	var said syncBuffer
	ftpd.Stdout, ftpd.Stderr = &said, &said
	if err := ftpd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = ftpd.Process.Kill() // it may have ended
		_ = ftpd.Wait()         // it was killed
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close() // it answers
			return address
		}
		if time.Now().After(deadline) {
			t.Fatalf("the FTP server does not answer: %s", said.String())
		}
	}
}

// TestPiecesOverRestarts ends inboxfs between the pieces, and between one and the end of its settle time.
func TestPiecesOverRestarts(t *testing.T) {
	t.Parallel()
	for how, end := range map[string]func(*story){"kill": (*story).kill, "stop": (*story).stop} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_INBOX_SETTLE=3s")
			again := func() {
				end(s)
				s.mount()
			}
			s.sh("for f in a b c; do echo one > $MNT/inbox/$f; done; echo flush > $MNT/control; " +
				"echo wait > $MNT/control; echo one > one")
			again()
			s.emptied()
			s.sh("echo two >> $MNT/inbox/a; echo two >> $MNT/inbox/b; mv $MNT/inbox/b $MNT/inbox/d; " +
				"echo two > $MNT/inbox/c; sleep 0.3")
			again()
			s.sh("echo wait a > $MNT/control || true; echo wait d > $MNT/control || true; " +
				"echo release c > $MNT/control || true; echo wait c > $MNT/control")
			again()
			s.sh("echo three >> $MNT/inbox/a; echo flush a > $MNT/control; echo wait a > $MNT/control || true; ")
			for _, name := range []string{"a", "d"} {
				if said := s.sh("cat $MNT/status/" + name); !strings.Contains(said, "state held") ||
					!strings.Contains(said, "error OnlyAPiece") {
					t.Errorf("%s: %s", name, said)
				}
			}
			s.arrived("a", s.dir+"/one")
			s.arrived("b", s.dir+"/one")
			s.sh("echo two > two; (echo two; echo three) > both; echo release a > $MNT/control; " +
				"echo wait a > $MNT/control")
			s.arrived("a", s.dir+"/both")
			s.arrived("c", s.dir+"/two")
		})
	}
}

// TestPiecesKept writes a file in pieces where copies are kept: it goes up whole each time.
func TestPiecesKept(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_INBOX_AFTER_UPLOAD=keep")
	for range 3 {
		s.sh("echo page >> $MNT/inbox/scan; echo page >> pages; echo wait > $MNT/control")
		s.arrived("scan", s.dir+"/pages")
	}
	// that was the user
	s.sh("rm $MNT/inbox/scan; echo page >> $MNT/inbox/scan; echo wait > $MNT/control; echo page > pages")
	s.arrived("scan", s.dir+"/pages")
}

// TestPiecesOfNothing goes on with what was empty, and with what was never uploaded.
func TestPiecesOfNothing(t *testing.T) {
	t.Parallel()
	needPrograms(t, "setfattr getfattr")
	s := begin(t)
	s.sh(": > $MNT/inbox/log; echo wait > $MNT/control")
	s.emptied()
	s.sh("echo new >> $MNT/inbox/log; echo new >> $MNT/inbox/other; echo wait > $MNT/control; echo new > new")
	s.arrived("log", s.dir+"/new")
	s.arrived("other", s.dir+"/new")
	s.emptied()
	s.sh("echo more >> $MNT/inbox/log; setfattr -n user.a -v b $MNT/inbox/log")
	if out := s.sh("getfattr -d -m - $MNT/inbox/log; getfattr -d spool/inbox/log"); strings.Count(out,
		"inboxfs") != 1 || strings.Count(out, "user.a") != 2 {
		t.Errorf("its attributes are, here and in the spool:\n%s", out)
	}
}

// TestPiecesForgotten goes on with files whose uploads nothing in the list tells of any more, also after a kill.
func TestPiecesForgotten(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("for f in removed renamed cleared deleted; do echo page1 > $MNT/inbox/$f; done; echo wait > $MNT/control; " +
		"echo page1 > one")
	s.emptied()
	s.sh(`for f in removed renamed; do echo page2 >> $MNT/inbox/$f; echo wait $f > $MNT/control || true; done
rm $MNT/inbox/removed; mv $MNT/inbox/renamed $MNT/inbox/renamed.bak; echo deleteFile deleted > $MNT/control; echo clear finished > $MNT/control`)
	goOn := func(script string) {
		t.Helper()
		for _, name := range []string{"removed", "renamed", "cleared", "deleted"} {
			said := s.sh("F=$MNT/inbox/" + name + "; " + script + "; echo page3 >> $F; echo wait " + name +
				" > $MNT/control || true; cat $MNT/status/" + name)
			if !strings.Contains(said, "state held") || !strings.Contains(said, "error OnlyAPiece") {
				t.Errorf("%s: %s", name, said)
			}
			s.arrived(name, s.dir+"/one")
		}
	}
	goOn(":")
	s.kill()
	s.mount()
	goOn("rm $F")
}

// TestPieceOfKilled holds a piece whose writer was killed, and says what release would do.
func TestPieceOfKilled(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("echo one > $MNT/inbox/log; echo wait > $MNT/control")
	s.emptied()
	said := s.sh("F=$MNT/inbox/log sh -c 'exec >> $F; echo two; kill -9 $$' || true; echo wait log > $MNT/control || " +
		"true; cat $MNT/status/log")
	for _, want := range []string{"state held", "error WriteFailed", "in place of the whole object"} {
		if !strings.Contains(said, want) {
			t.Errorf("not %s, but %s", want, said)
		}
	}
}
