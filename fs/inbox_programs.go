package fs

import (
	"fmt"
	"sync"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"

	"inboxfs/queue/transfer"
)

// programs knows how the programs ended that closed files here, because some close a file that is not whole as if it
// were, and only then end with a failure: curl when its connection was cut, Python on Ctrl-C, rsync --partial.
//
//	FLUSH --closed--> one program per process, alive --asked by the queue when the settle time is over--> its end
//
// Each is watched through a pidfd, which still leads to a process when its number went to another. There is one per
// process however many files it writes, and watchMost in all. How one ended is also told at once, if that was badly:
// the queue must have written it down should we be killed before it asks.
type programs struct {
	tell func(closedDrops, ending) // which takes its time; nil: nobody is to be told

	mu     sync.Mutex // guards the rest, and the fields of all programs; taken for no longer than a system call that does not wait
	byPid  map[uint32]*program
	more   *habits // what is known of them beside the usual; does not change
	sweep  int     // how many there may be before the next look for those that ended
	unable bool    // the kernel or its guard does not tell
}

// program is a process that closed files, from the first of them until it ended and a moment longer.
type program struct {
	of    *programs
	comm  string
	exe   string            // opener.exe, where the process opened the file itself
	watch *watch            // nil: it is not watched any more
	end   ended             // how, once that is known
	last  fusefs.StableAttr // the file it closed last
	at    time.Time         // when it closed or opened one last
	work  work
	drops closedDrops // the same file, as the queue knows it; once that was told of the close, and until it is told of the end
}

// closedDrops is a file that was closed.
type closedDrops struct {
	ids      []transfer.ID
	dev, ino uint64
}

const (
	watchMost = 256             // at most so many processes are watched
	watchIdle = 5 * time.Minute // since its last close a process may have to make room for others after this time
	sweepMin  = 16
)

// closed notes that the process to which the thread tid belongs, called comm, closed in good order the file that by opened,
// and goes on when we have answered. nil: it cannot be watched.
func (ps *programs) closed(tid uint32, comm string, by opener, file fusefs.StableAttr) *program {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.unable {
		return nil
	}
	p, pid := ps.findLocked(tid)
	if p == nil && pid != 0 {
		p = ps.addLocked(pid)
	}
	if p != nil {
		if p.comm != comm || by.tid == tid {
			p.exe = by.runBy(tid)
		}
		p.comm, p.last, p.at, p.drops = comm, file, time.Now(), closedDrops{}
	}
	return p
}

// cut notes that the process to which the thread tid belongs ended with the file open, so that no other was the last one.
func (ps *programs) cut(tid uint32, file fusefs.StableAttr) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if p, _ := ps.findLocked(tid); p != nil {
		p.last, p.drops = file, closedDrops{}
	}
}

// findLocked returns the process to which a thread belongs that waits for us, or nil, and its number if that had to be
// asked for.
func (ps *programs) findLocked(tid uint32) (p *program, pid uint32) {
	if p := ps.byPid[tid]; p != nil && p.sameLocked() {
		return p, 0
	}
	pid = processOf(tid)
	if p := ps.byPid[pid]; p != nil && p.sameLocked() {
		return p, pid
	}
	return nil, pid
}

// addLocked begins to watch a process.
func (ps *programs) addLocked(pid uint32) *program {
	if len(ps.byPid) >= min(max(ps.sweep, sweepMin), watchMost) {
		ps.sweepLocked()
	}
	if ps.unable || len(ps.byPid) >= watchMost {
		return nil
	}
	w := newWatch(pid)
	if w == nil {
		return nil
	}
	if ps.byPid == nil {
		ps.byPid = make(map[uint32]*program)
	}
	p := &program{of: ps, watch: w}
	ps.byPid[pid] = p
	go p.await(w)
	return p
}

// await tells of the end of p, should it end badly.
func (p *program) await(w *watch) {
	w.wait()
	p.of.mu.Lock()
	p.aliveLocked() // which notes how it ended
	p.of.mu.Unlock()
	p.tellEnd()
}

// wrote notes which file p has closed last, now that the queue knows of it.
func (p *program) wrote(file fusefs.StableAttr, d closedDrops) {
	p.of.mu.Lock()
	if p.last == file {
		p.drops = d
	}
	p.of.mu.Unlock()
	p.tellEnd()
}

// tellEnd tells, once, that p ended badly.
func (p *program) tellEnd() {
	p.of.mu.Lock()
	d, by := p.drops, ending{p, p.last}
	told := len(d.ids) == 0 || p.watch != nil || !p.end.badly() || p.of.tell == nil
	if !told {
		p.drops = closedDrops{}
	}
	p.of.mu.Unlock()
	if !told {
		p.of.tell(d, by)
	}
}

// sweepLocked stops watching those that ended, which is remembered for who asks, and, if all places are taken, those that
// have closed nothing for long. It comes after as many new ones as it left, so it costs each of them little.
func (ps *programs) sweepLocked() {
	full := len(ps.byPid) >= watchMost
	for _, p := range ps.byPid {
		if p.aliveLocked() && full && time.Since(p.at) > watchIdle {
			p.leaveLocked()
		}
	}
	ps.sweep = 2 * len(ps.byPid)
}

// aliveLocked says whether the process still runs. If not, it is not watched any more.
func (p *program) aliveLocked() bool {
	return p.watch != nil && p.foundLocked(p.watch.look())
}

// sameLocked is aliveLocked for who knows that there is a process with this number, and asks whether it is this one.
func (p *program) sameLocked() bool {
	return p.watch != nil && p.foundLocked(p.watch.reaped())
}

// foundLocked takes down what a look at the process found, and says whether it still runs.
func (p *program) foundLocked(code uint32, state life) bool {
	switch state {
	case dead:
		p.end = endOf(p.of.more, p.comm, p.exe, code, false)
		p.leaveLocked()
	case untold:
		p.of.unable = true
		for _, other := range p.of.byPid {
			other.leaveLocked()
		}
	}
	return state == running
}

// leaveLocked stops watching p.
func (p *program) leaveLocked() {
	if p.watch == nil {
		return
	}
	if p.of.byPid[p.watch.pid] == p {
		delete(p.of.byPid, p.watch.pid)
	}
	p.watch.close()
	p.watch = nil
}

// ending is a program and a file that it closed; a queue.Ending.
type ending struct {
	by   *program
	file fusefs.StableAttr
}

// Fault says how the program ended, if that was badly and this is the last file that it closed: the others it had done
// with.
func (e ending) Fault() string {
	e.by.of.mu.Lock()
	defer e.by.of.mu.Unlock()
	if e.by.last != e.file || e.by.aliveLocked() || !e.by.end.badly() {
		return ""
	}
	said := e.by.end.String() + " right after it closed the file, the last one it wrote here"
	if end := e.by.end; end.signal == 0 && e.by.of.more.relay(end.comm) {
		said += fmt.Sprintf(". A server ends so when its client hangs up, after a whole file as after half of one; "+
			"inbox.excuse = [\"%s %d\"] takes all for whole", end.comm, end.status)
	}
	return said
}
