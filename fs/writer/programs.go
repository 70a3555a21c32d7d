package writer

import (
	"fmt"
	"sync"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"

	"inboxfs/queue/transfer"
)

// Programs knows how the programs ended that closed files here, because some close a file that is not whole as if it
// were, and only then end with a failure: curl when its connection was cut, Python on Ctrl-C, rsync --partial.
//
//	FLUSH --closed--> one program per process, alive --asked by the queue when the settle time is over--> its end
//
// Each is watched through a pidfd, which still leads to a process when its number went to another. There is one per
// process however many files it writes, and watchMost in all. How one ended is also told at once, if that was badly:
// the queue must have written it down should we be killed before it asks.
type Programs struct {
	tell func(Dropped, Ending) // which takes its time; nil: nobody is to be told

	// guards the rest, and the fields of all programs; taken for no longer than a system call that does not wait
	mu     sync.Mutex
	byPid  map[uint32]*Program
	more   *Habits // what is known of them beside the usual; does not change
	sweep  int     // how many there may be before the next look for those that ended
	unable bool    // the kernel or its guard does not tell
}

// NewPrograms knows of programs, beside the usual, what more says. It calls tell, which may take its time, with each
// file whose program ended badly; nil: nobody is to be told.
func NewPrograms(more *Habits, tell func(Dropped, Ending)) *Programs {
	return &Programs{more: more, tell: tell}
}

// Closing looks at the thread that is in the middle of a close, as the function of that name does.
func (ps *Programs) Closing(tid uint32) (w Writer, others []string, seen bool) {
	return Closing(tid, ps.more)
}

// Named is a writer of which only the name is known.
func (ps *Programs) Named(comm string) Writer { return Writer{Comm: comm, more: ps.more} }

// Program is a process that closed files, from the first of them until it ended and a moment longer.
type Program struct {
	of    *Programs
	comm  string
	exe   string            // opener.exe, where the process opened the file itself
	watch *watch            // nil: it is not watched any more
	end   Ended             // how, once that is known
	last  fusefs.StableAttr // the file it closed last
	at    time.Time         // when it closed or opened one last
	work  work
	// the same file, as the queue knows it; once that was told of the close, and until it is told of the end
	drops Dropped
}

// Dropped is a file that was closed.
type Dropped struct {
	IDs      []transfer.ID
	Dev, Ino uint64
}

const (
	watchMost = 256             // at most so many processes are watched
	watchIdle = 5 * time.Minute // since its last close a process may have to make room for others after this time
	sweepMin  = 16
)

// Closed notes that the process to which the thread tid belongs, called comm, closed in good order the file that by
// opened, and goes on when we have answered. nil: it cannot be watched.
func (ps *Programs) Closed(tid uint32, comm string, by Opener, file fusefs.StableAttr) *Program {
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
		if p.comm != comm || by.TID == tid {
			p.exe = by.runBy(tid)
		}
		p.comm, p.last, p.at, p.drops = comm, file, time.Now(), Dropped{}
	}
	return p
}

// Cut notes that the process to which the thread tid belongs ended with the file open, so that no other was the last
// one.
func (ps *Programs) Cut(tid uint32, file fusefs.StableAttr) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if p, _ := ps.findLocked(tid); p != nil {
		p.last, p.drops = file, Dropped{}
	}
}

// Renamed notes that the process to which the thread tid belongs gave a file that it closed the name that it was for:
// it had done with it. rsync gives its name also to what it has only a part of (--partial).
func (ps *Programs) Renamed(tid uint32, file fusefs.StableAttr) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.unable || len(ps.byPid) == 0 {
		return
	}
	if p, _ := ps.findLocked(tid); p != nil && p.last == file && p.comm != "rsync" {
		p.last, p.drops = fusefs.StableAttr{}, Dropped{}
	}
}

// findLocked returns the process to which a thread belongs that waits for us, or nil, and its number if that had to be
// asked for.
func (ps *Programs) findLocked(tid uint32) (p *Program, pid uint32) {
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
func (ps *Programs) addLocked(pid uint32) *Program {
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
		ps.byPid = make(map[uint32]*Program)
	}
	p := &Program{of: ps, watch: w}
	ps.byPid[pid] = p
	go p.await(w)
	return p
}

// await tells of the end of p, should it end badly.
func (p *Program) await(w *watch) {
	w.wait()
	p.of.mu.Lock()
	p.aliveLocked() // which notes how it ended
	p.of.mu.Unlock()
	p.tellEnd()
}

// Wrote notes which file p has closed last, now that the queue knows of it.
func (p *Program) Wrote(file fusefs.StableAttr, d Dropped) {
	p.of.mu.Lock()
	if p.last == file {
		p.drops = d
	}
	p.of.mu.Unlock()
	p.tellEnd()
}

// tellEnd tells, once, that p ended badly.
func (p *Program) tellEnd() {
	p.of.mu.Lock()
	d, by := p.drops, Ending{p, p.last}
	told := len(d.IDs) == 0 || p.watch != nil || !p.end.Badly() || p.of.tell == nil
	if !told {
		p.drops = Dropped{}
	}
	p.of.mu.Unlock()
	if !told {
		p.of.tell(d, by)
	}
}

// sweepLocked stops watching those that ended, which is remembered for who asks, and, if all places are taken, those
// that have closed nothing for long. It comes after as many new ones as it left, so it costs each of them little.
func (ps *Programs) sweepLocked() {
	full := len(ps.byPid) >= watchMost
	for _, p := range ps.byPid {
		if p.aliveLocked() && full && time.Since(p.at) > watchIdle {
			p.leaveLocked()
		}
	}
	ps.sweep = 2 * len(ps.byPid)
}

// aliveLocked reports whether the process still runs. If not, it is not watched any more.
func (p *Program) aliveLocked() bool {
	return p.watch != nil && p.foundLocked(p.watch.look())
}

// sameLocked is aliveLocked for who knows that there is a process with this number, and asks whether it is this one.
func (p *Program) sameLocked() bool {
	return p.watch != nil && p.foundLocked(p.watch.reaped())
}

// foundLocked takes down what a look at the process found, and reports whether it still runs.
func (p *Program) foundLocked(code uint32, state life) bool {
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
func (p *Program) leaveLocked() {
	if p.watch == nil {
		return
	}
	if p.of.byPid[p.watch.pid] == p {
		delete(p.of.byPid, p.watch.pid)
	}
	p.watch.close()
	p.watch = nil
}

// Ending is a program and a file that it closed; a queue.Ending.
type Ending struct {
	By   *Program
	File fusefs.StableAttr
}

// Fault says how the program ended, if that was badly and this is the last file that it closed: the others it had done
// with.
func (e Ending) Fault() string {
	e.By.of.mu.Lock()
	defer e.By.of.mu.Unlock()
	if e.By.last != e.File || e.By.aliveLocked() || !e.By.end.Badly() {
		return ""
	}
	said := e.By.end.String() + " right after it closed the file, the last one it wrote here"
	if end := e.By.end; end.Signal == 0 && e.By.of.more.relay(end.comm) {
		said += fmt.Sprintf(". A server ends so when its client hangs up, after a whole file as after half of one; "+
			"inbox.excuse = [\"%s %d\"] takes all for whole", end.comm, end.status)
	}
	return said
}
