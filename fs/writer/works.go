package writer

import (
	"slices"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"golang.org/x/sys/unix"
)

// Some programs close a file and need it again: yt-dlp puts two tracks together, an encoder reads what its first pass
// wrote. So it is known in which folders a program that closed files is at work: where it, or one that it started, has
// files open for writing, or had a moment ago. Such a file waits for the program (queue.Closed.Busy).

// done are programs that do not come back to what they closed, or that run for others who may.
var done = slices.Concat(Carriers, recorders, shells, []string{
	"dd", "tee", "split", "csplit", "scp", "sftp", "aria2c", "axel", "lftp", "rclone", "syncthing", "git", "touch",
	"ninja", "xargs", "parallel", "make", "gmake",
	"find", "strace", "sudo", "systemd", // what they start is for themselves
	"gio", "nautilus", "nemo", "caja", "thunar", "Thunar", "pcmanfm", "dolphin", "kioworker", "kioslave5", "kio_file",
	"kioclient", "kioclient5", "mc",
	"firefox", "firefox-esr", "chromium", "chrome", "java", // each download is one
})

// recorders are done with what they close as long as they run: recordings and segments go as they end. Once one has
// ended, what it wrote may be for the script that ran it.
var recorders = []string{"ffmpeg", "gst-launch-1.0", "obs", "vlc", "motion", "streamlink"}

// Carriers are programs of which one run is one drop: they make folders for the files that they bring, and end. All
// others may make a folder to come back to: shells and mkdir, file managers, recorders, relays such as smbd.
var Carriers = []string{
	"cp", "mv", "install", "rsync", "tar", "bsdtar", "cpio", "bsdcpio", "pax", "unzip", "bsdunzip", "unrar", "unar",
	"7z", "7za", "7zr", "7zz", "wget", "curl",
}

var shells = []string{"sh", "bash", "dash", "zsh", "ksh", "mksh", "fish", "ash", "busybox", "csh", "tcsh"}

const (
	workPause = 30 * time.Second // so long after it opened a file a program may not be done in its folder
	ancestors = 3                // of a process: a program may have another do the work by way of a shell
)

// work is where a program, and those that started it, write.
type work struct {
	parents []uint32   // processes; nil: not asked for
	above   []*Program // those of them that it works for, as for a script, should it not be one of the done
	open    map[fusefs.StableAttr]int
	folder  fusefs.StableAttr // where it opened a file last
	at      time.Time         // when
}

// doneWith reports whether a program is done with what it closed once it has ended, too.
func doneWith(comm string) bool {
	return slices.Contains(done, comm) && !slices.Contains(recorders, comm)
}

// scriptsLocked returns those of a process's parents that run it as a script does, to go on when it has ended: they are
// of its process group, where a shell that somebody types to gives each command a group of its own. What the likes of
// make and systemd start is for itself.
func (ps *Programs) scriptsLocked(pid uint32, parents []uint32) (scripts []*Program) {
	group, err := unix.Getpgid(int(pid))
	if err != nil {
		return nil
	}
	for _, up := range parents {
		comm := Name(up)
		theirs, err := unix.Getpgid(int(up))
		forItself := slices.Contains(done, comm) && !slices.Contains(shells, comm) || ps.more.relay(comm)
		if err != nil || theirs != group || forItself {
			break
		}
		q := ps.byPid[up]
		if q == nil || !q.sameLocked() {
			if q = ps.addLocked(up); q == nil {
				break
			}
			q.comm = comm
		}
		scripts = append(scripts, q)
	}
	return scripts
}

// Opened notes that by opened a file in a folder to write to it. The programs returned are at work there until it is
// released.
func (ps *Programs) Opened(by Opener, folder fusefs.StableAttr) []*Program {
	tid := by.TID
	if tid == 0 {
		return nil
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.unable {
		return nil
	}
	p, pid := ps.findLocked(tid)
	if p == nil && pid != 0 {
		p = ps.addLocked(pid)
	}
	if p == nil || p.watch == nil {
		return nil
	}
	if p.work.parents == nil {
		p.work.parents = make([]uint32, 0, ancestors)
		for up := parentOf(p.watch.pid); up > 1 && len(p.work.parents) < ancestors; up = parentOf(up) {
			p.work.parents = append(p.work.parents, up)
		}
		if !doneWith(by.exe) {
			p.work.above = ps.scriptsLocked(p.watch.pid, p.work.parents)
		}
	}
	all := []*Program{p}
	for _, up := range p.work.parents {
		if q := ps.byPid[up]; q != nil && q.sameLocked() {
			all = append(all, q)
		}
	}
	now := time.Now()
	for _, q := range all {
		if q.work.open == nil {
			q.work.open = make(map[fusefs.StableAttr]int)
		}
		q.work.open[folder]++
		q.work.folder, q.work.at, q.at = folder, now, now
	}
	return all
}

// Busy is a program, and a folder in which it closed a file, at some time; a queue.Busy.
type Busy struct {
	By     *Program
	Folder fusefs.StableAttr
	Closed time.Time
}

// Busy says what the program is called, if it still runs and works on in the folder; "" if not, or if nobody knows.
func (b Busy) Busy() string { return b.By.worksIn(b.Folder, b.Closed) }

// Released takes back what opened returned.
func (ps *Programs) Released(all []*Program, folder fusefs.StableAttr) {
	if len(all) == 0 {
		return
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, p := range all {
		if p.work.open[folder]--; p.work.open[folder] <= 0 {
			delete(p.work.open, folder)
		}
	}
}

// worksIn says what the program is called, if it still runs and is at work in a folder where it closed a file at that
// time; once it has ended, what the script is called that ran it, if that is; "" if not, or if nobody knows.
func (p *Program) worksIn(folder fusefs.StableAttr, closed time.Time) string {
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	switch {
	case Writer{Comm: p.comm, more: p.of.more}.Relay(), doneWith(p.comm):
		return ""
	case p.aliveLocked():
		if p.atWorkLocked(folder, closed) && !slices.Contains(recorders, p.comm) {
			return p.comm
		}
		return ""
	}
	for _, script := range p.work.above {
		if script.atWorkLocked(folder, closed) && script.aliveLocked() {
			return script.comm
		}
	}
	return ""
}

// atWorkLocked reports whether the program, or one that it started, has a file open in a folder, or opened one a moment
// ago, after that time.
func (p *Program) atWorkLocked(folder fusefs.StableAttr, closed time.Time) bool {
	return p.work.open[folder] > 0 ||
		p.work.folder == folder && p.work.at.After(closed) && time.Since(p.work.at) < workPause
}
