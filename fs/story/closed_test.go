package story

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// closer is a program that brings the file $SRC into the inbox as $DST. Some have it open in several ways, close one of
// them half way, at byte $HALF, and go on with another.
type closer struct {
	script string
	unsure bool // it ends well, whatever its last close answers
}

var closers = []closer{
	{script: `cp $SRC $DST`},
	{script: `dd if=$SRC of=$DST bs=64k status=none`},
	{script: `exec cat $SRC > $DST`}, // without exec the shell has it open still
	{script: `cp $SRC $DST.part && mv $DST.part $DST`},
	{script: `rsync $SRC $DST`},
	{script: `install -m 600 $SRC $DST`},
	{script: `cat $SRC | tee $DST > out`},
	{script: `tar cf - --transform s,.*,$NAME, $SRC | tar xf - -C $MNT/inbox`},
	{script: `python3 -c 'import os, shutil
shutil.copyfile(os.environ["SRC"], os.environ["DST"])'`},
	{script: `python3 -c 'import os
f = open(os.environ["DST"], "w+b"); f.write(open(os.environ["SRC"], "rb").read()); f.close()'`},
	{script: `(head -c $HALF $SRC; sleep 0.03; tail -c +$((HALF + 1)) $SRC) > $DST`, unsure: true},
	{script: `exec 3> $DST; head -c $HALF $SRC >&3; true >&3; sleep 0.03; tail -c +$((HALF + 1)) $SRC >&3`,
		unsure: true},
	{script: `{ head -c $HALF $SRC; { sleep 0.03; tail -c +$((HALF + 1)) $SRC; } & } > $DST; wait $!`, unsure: true},
	{script: `python3 -c 'import os, time
whole, half = open(os.environ["SRC"], "rb").read(), int(os.environ["HALF"])
f = os.open(os.environ["DST"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC); os.write(f, whole[:half])
again = os.dup(f); os.close(f); time.sleep(0.03); os.write(again, whole[half:]); os.close(again)'`},
	{script: `python3 -c 'import os, time
whole, half = open(os.environ["SRC"], "rb").read(), int(os.environ["HALF"])
f = os.open(os.environ["DST"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC); os.write(f, whole[:half])
child = os.fork()
if child == 0: time.sleep(0.03); os.write(f, whole[half:]); os.close(f); os._exit(0)
os.close(f); raise SystemExit(os.waitpid(child, 0)[1] != 0)'`},
	{script: `python3 -c 'import os, threading
f = os.open(os.environ["DST"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
def write(): os.write(f, open(os.environ["SRC"], "rb").read()); os.close(f); os.rename(os.environ["DST"], os.environ["DST"])
t = threading.Thread(target=write); t.start(); t.join(); os.stat(os.environ["DST"])'`},
	{script: `python3 -c 'import os
f = os.open(os.environ["DST"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC); os.write(f, open(os.environ["SRC"], "rb").read())
os.execvp("true", ["true"])'`, unsure: true},
	{script: `python3 -c 'import os, mmap
whole = open(os.environ["SRC"], "rb").read()
f = os.open(os.environ["DST"], os.O_RDWR | os.O_CREAT | os.O_TRUNC); os.ftruncate(f, len(whole))
m = mmap.mmap(f, len(whole)); os.close(f); m[:len(whole)] = whole; m.flush(); m.close()'`, unsure: true},
}

// closing is a mount whose daemon is killed again and again while programs close files.
type closing struct {
	*matrix
	sources [][]byte
	held    int
	ended   atomic.Int64 // programs

	mu    sync.Mutex // guards the rest
	drops map[string]*closedDrop
	whole int
}

// closedDrop is a file that a program wrote.
type closedDrop struct {
	script, source int
	closed         bool // the program said that all went well
}

// TestClosedBeforeTheKill kills the daemon while programs write, and looks at what the next one says: what a program
// has closed is not held, and nothing becomes an object before it was closed.
func TestClosedBeforeTheKill(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	needPrograms(t, "rsync python3")
	for _, passthrough := range []bool{true, false} {
		t.Run(fmt.Sprint("passthrough ", passthrough), func(t *testing.T) {
			t.Parallel()
			c := &closing{drops: make(map[string]*closedDrop)}
			c.matrix = newClosing(t, fmt.Sprint("INBOXFS_INBOX_PASSTHROUGH=", passthrough))
			for _, size := range []int{2, 5000, 100_000, 1_500_000} {
				c.sources = append(c.sources, c.book.content(size))
				if err := os.WriteFile(filepath.Join(c.dir, fmt.Sprint("source", len(c.sources)-1)),
					c.sources[len(c.sources)-1], 0o644); err != nil {
					t.Fatal(err)
				}
			}
			began, kills := time.Now(), 0
			l := c.again()
			for ; kills < 8 || time.Since(began) < *long; kills++ {
				l = c.round(l, kills)
			}
			c.sh("for f in $(awk '$2 == \"held\" { print $6 }' $MNT/list); do rm $MNT/inbox/$f; done; " +
				"echo wait > $MNT/control")
			c.finish(l)
			objects := c.objects()
			t.Logf("%d kills: %d files closed, %d held, %d objects", kills, c.whole, c.held, objects)
		})
	}
}

func newClosing(t *testing.T, env ...string) *matrix {
	env = append(env, "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_INBOX_SETTLE=200ms", "INBOXFS_UPLOAD_FILES=8")
	s := prepareAt(t, ossdev.Options{}, env...)
	m := &matrix{story: s, program: program, book: newBook(uint64(time.Now().UnixNano())),
		lines: make(map[string]string)}
	t.Cleanup(m.end)
	return m
}

// round has programs write, kills the daemon, and looks at what the next one makes of it.
func (c *closing) round(l *life, n int) *life {
	t := c.t
	var programs sync.WaitGroup
	for w := range 6 {
		programs.Go(func() {
			for i := 0; !l.dead(); i++ {
				c.drop(fmt.Sprintf("%d-%d-%d", n, w, i), (6*n+w)%len(closers))
			}
		})
	}
	for enough := c.ended.Load() + rand.Int64N(12); c.ended.Load() < enough; { // so long is a life
		time.Sleep(time.Millisecond)
	}
	time.Sleep(rand.N(20 * time.Millisecond))
	if err := l.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-l.over
	programs.Wait()
	l = c.again()
	for name, state := range c.mustList() {
		d := c.drops[strings.TrimSuffix(name, ".part")]
		switch {
		case name == "name" || name[0] == '.': // the header, and what rsync writes to
			continue
		case d == nil:
			t.Errorf("%s is %s, and nobody wrote it", name, state)
			continue
		case state != "held":
			continue
		}
		c.held++
		if d.closed {
			text, _ := os.ReadFile(filepath.Join(c.mnt, "status", name)) // for who reads of the failure
			t.Errorf("round %d: its writer had closed it, and it is held:\n%s%s", n, text, closers[d.script].script)
		}
		if err := os.Remove(filepath.Join(c.mnt, "inbox", name)); err != nil {
			t.Error(err)
		}
	}
	if n%20 == 19 {
		c.sh("echo wait > $MNT/control; echo clear finished > $MNT/control")
	}
	return l
}

// drop has a program write a file.
func (c *closing) drop(name string, script int) {
	d := &closedDrop{script: script, source: c.book.intN(len(c.sources))}
	c.mu.Lock()
	c.drops[name] = d
	c.mu.Unlock()
	p := exec.Command("bash", "-eo", "pipefail", "-c", closers[script].script)
	p.Dir = c.dir
	p.Env = append(c.env[:len(c.env):len(c.env)], "NAME="+name, "DST="+filepath.Join(c.mnt, "inbox", name),
		fmt.Sprint("SRC=source", d.source),
		fmt.Sprint("HALF=", len(c.sources[d.source])/2))
	p.WaitDelay = time.Second
	err := p.Run()
	c.ended.Add(1)
	if err == nil && !closers[script].unsure {
		c.mu.Lock()
		d.closed = true
		c.whole++
		c.mu.Unlock()
	}
}

// objects checks what became of all files, and says how many arrived.
func (c *closing) objects() (n int) {
	for name, d := range c.drops {
		path, _, ok := c.server.Object(bucket, name)
		if !ok {
			if d.closed {
				c.t.Errorf("%s did not arrive: %s", name, closers[d.script].script)
			}
			continue
		}
		n++
		if object, err := os.ReadFile(path); err != nil || !bytes.Equal(object, c.sources[d.source]) {
			c.t.Errorf("%s has %d bytes of %d (%v): %s", name, len(object), len(c.sources[d.source]), err,
				closers[d.script].script)
		}
	}
	return n
}
