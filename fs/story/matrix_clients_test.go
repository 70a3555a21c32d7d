package story

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// droppers are programs that bring the file $SRC into the inbox, as $DST.
var droppers = []string{
	`cp $SRC $DST`,
	`dd if=$SRC of=$DST bs=64k status=none`,
	`mv $SRC $DST`,
	`rsync $SRC $DST`,
	`cp $SRC $DST.part && mv $DST.part $DST`,
	// without exec the shell has it open still when cat has closed it, and is told of no failure
	`exec cat $SRC > $DST`,
	`python3 -c 'import os, shutil
shutil.copyfile(os.environ["SRC"], os.environ["DST"])'`,
}

// sizes are chosen from for new files: with parts of 256 KiB, and what is no larger in one request.
var sizes = []int{0, 1, 4000, 60_000, 256 << 10, 300_000, 700_000, 1_500_000}

// clients are the programs of one life of the daemon: they write, overwrite, rename and remove, and use the verbs,
// until the daemon is dead.
func (m *matrix) clients(l *life) (wait func()) {
	return m.at(l, m.drop, m.drop, m.rewrite, m.meddle, m.command)
}

// at has clients do what they do until the daemon is dead.
func (m *matrix) at(l *life, clients ...func(*life) error) (wait func()) {
	var all sync.WaitGroup
	for _, client := range clients {
		all.Go(func() {
			for !l.dead() {
				if err := client(l); err != nil && !l.dead() {
					m.t.Errorf("a client: %v", err)
					return
				}
			}
		})
	}
	return all.Wait
}

// run runs a script with $DST in the inbox. Its failure is no error: the daemon may be dead, or the file gone.
func (m *matrix) run(script, key string, env ...string) (ok bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience/2)
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-c", script)
	c.Env = append(append(m.env[:len(m.env):len(m.env)], "LC_ALL=C", "NAME="+key, "DST="+
		filepath.Join(m.mnt, "inbox", key)), env...)
	c.WaitDelay = time.Second
	err := c.Run()
	if ctx.Err() != nil {
		if m.stuck.CompareAndSwap(false, true) { // its goroutines tell
			_ = m.daemon.Process.Signal(syscall.SIGQUIT) // it may be dead
		}
		m.t.Errorf("%s: does not end (%s)", script, key)
	}
	return err == nil
}

// verb writes a line into control, where nothing may come to be when nothing is mounted.
func (m *matrix) verb(line string) bool {
	return m.run(`echo "$LINE" | dd of=$MNT/control conv=nocreat status=none`, "", "LINE="+line)
}

// put has a program write content under a name.
func (m *matrix) put(script, key string, content []byte) error {
	source := filepath.Join(m.dir, "source", fmt.Sprint(m.sources.Add(1)))
	if err := os.WriteFile(source, content, 0o644); err != nil {
		return err
	}
	g := m.book.write(key, content)
	g.by = script
	if m.run(script, key, "SRC="+source) {
		m.book.close(g)
	}
	if err := os.Remove(source); err != nil && !os.IsNotExist(err) { // mv has moved it
		return err
	}
	return nil
}

// manyDenied is the number of the last file that may be one which the endpoint refuses.
const manyDenied = 20

// backlog is how many files may wait before nobody drops another.
const backlog = 24

// drop writes a new file. What becomes of some is written in their names: the endpoint refuses denied-N, and its
// answers to lost-N are lost.
func (m *matrix) drop(*life) error {
	if q, err := m.queue(); err != nil || q["receiving"]+q["ready"]+q["uploading"]+q["paused"]-q["waiting"] > backlog {
		time.Sleep(20 * time.Millisecond)
		return nil
	}
	n := m.names.Add(1)
	kind := []string{"", "", "folder/", "folder/", "denied-", "lost-"}[m.book.intN(6)]
	if kind == "denied-" && n > manyDenied { // each retry sends them all again, before the others
		kind = ""
	}
	name := m.named(kind + fmt.Sprint(n))
	if name[0] == 'f' {
		m.run("mkdir $DST", "folder") // it may be there
	}
	some := sizes
	if m.ending != "" { // what comes to VOD is known by its content
		some = sizes[2:]
	}
	return m.put(droppers[m.book.intN(len(droppers))], name, m.book.content(some[m.book.intN(len(some))]))
}

// rewrite overwrites one of a few files.
func (m *matrix) rewrite(*life) error {
	time.Sleep(100 * time.Millisecond)
	return m.put(droppers[m.book.intN(3)], m.named(fmt.Sprintf("again-%d", m.book.intN(8))),
		m.book.content(20_000+m.book.intN(600_000)))
}

// meddle renames, removes and touches what was dropped.
func (m *matrix) meddle(*life) error {
	g := m.book.recent(12)
	if g == nil {
		time.Sleep(20 * time.Millisecond) // nothing is there to do it to
		return nil
	}
	what := m.book.intN(6)
	if strings.HasPrefix(g.key, "again-") { // somebody writes it meanwhile
		what = 3 + m.book.intN(3)
	}
	switch what {
	case 0:
		m.book.give(g)
		m.run("rm $DST", g.key)
	case 1:
		key := m.named(fmt.Sprintf("moved-%d", m.names.Add(1)))
		to := m.book.move(g, key)
		if m.run("mv $DST $MNT/inbox/$TO", g.key, "TO="+key) {
			m.book.close(to)
		}
	case 2:
		m.book.give(g)
		m.verb("delete " + g.key)
	case 3:
		name := g.key
		list, _ := m.list() // by a daemon that may be dead
		for other, state := range list {
			if state == "uploading" { // so that there is something to abort
				name = other
			}
		}
		if m.verb("cancel " + name) {
			m.verb("restore " + name)
		}
	case 4:
		m.run("chmod 640 $DST", g.key)
	case 5:
		m.verb("flush " + g.key)
	}
	return nil
}

// command uses the verbs for the whole queue.
func (m *matrix) command(*life) error {
	for _, step := range [][2]string{{"pause", "paused"}, {"resume", "running"}, {"retry", ""}, {"stop", "stopped"},
		{"start", "running"},
		{"clear finished", ""}} {
		if m.verb(step[0]) && step[1] != "" {
			m.book.said(step[1])
		}
		rest := 20 + m.book.intN(60)
		if step[1] == "running" { // long enough for a part of each file under way, or none ever arrives
			rest += 400
		}
		time.Sleep(time.Duration(rest) * time.Millisecond)
	}
	return nil
}
