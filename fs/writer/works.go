package writer

import (
	"slices"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
)

// Some programs close a file and need it again: yt-dlp puts two tracks together, an encoder reads what its first pass
// wrote. So it is known in which folders a program that closed files is at work: where it, or one that it started, has
// files open for writing, or had a moment ago. Such a file waits for the program (queue.Closed.Busy).

// done are programs that do not come back to what they closed, or that run for others who may.
var done = append(slices.Clone(Carriers),
	"dd", "tee", "split", "csplit", "scp", "sftp", "aria2c", "axel", "lftp", "rclone", "syncthing", "git", "touch",
	"sh", "bash", "dash", "zsh", "ksh", "mksh", "fish", "ash", "busybox", "csh", "tcsh", "ninja", "xargs", "parallel", "make", "gmake",
	"find", "strace", "sudo", "systemd", // what they start is for themselves
	"gio", "nautilus", "nemo", "caja", "thunar", "Thunar", "pcmanfm", "dolphin", "kioworker", "kioslave5", "kio_file", "kioclient", "kioclient5", "mc",
	"firefox", "firefox-esr", "chromium", "chrome", "java", // each download is one
	"ffmpeg", "gst-launch-1.0", "obs", "vlc", "motion", "streamlink", // recordings and segments go as they end
)

// Carriers are programs of which one run is one drop: they make folders for the files that they bring, and end. All
// others may make a folder to come back to: shells and mkdir, file managers, recorders, relays such as smbd.
var Carriers = []string{
	"cp", "mv", "install", "rsync", "tar", "bsdtar", "cpio", "bsdcpio", "pax", "unzip", "bsdunzip", "unrar", "unar",
	"7z", "7za", "7zr", "7zz", "wget", "curl",
}

const (
	workPause = 30 * time.Second // so long after it opened a file a program may not be done in its folder
	ancestors = 3                // of a process: a program may have another do the work by way of a shell
)

// work is where a program, and those that started it, write.
type work struct {
	parents []uint32 // processes; nil: not asked for
	open    map[fusefs.StableAttr]int
	folder  fusefs.StableAttr // where it opened a file last
	at      time.Time         // when
}

// Opened notes that the thread tid opened a file in a folder to write to it. The programs returned are at work there
// until it is released.
func (ps *Programs) Opened(tid uint32, folder fusefs.StableAttr) []*Program {
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
// time; "" if not, or if nobody knows.
func (p *Program) worksIn(folder fusefs.StableAttr, closed time.Time) string {
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	since := p.work.folder == folder && p.work.at.After(closed) && time.Since(p.work.at) < workPause
	switch {
	case p.work.open[folder] == 0 && !since, slices.Contains(done, p.comm), Writer{Comm: p.comm, more: p.of.more}.Relay():
		return ""
	case !p.aliveLocked():
		return ""
	}
	return p.comm
}
