//go:build linux

package story

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc64"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

const (
	soakShort   = 20 * time.Second
	soakKill    = 45 * time.Second // the long form kills the daemon so often
	soakClients = 6
)

// soakJobs bring $A to $D/$N, some by way of $B.
var soakJobs = []struct {
	name, script string
	gone         bool // it is removed in the end
}{
	{name: "cp", script: `cp $A $D/$N`},
	{name: "rsync", script: `rsync -a $A $D/$N`},
	{name: "mv", script: `cp $A $A.m && mv $A.m $D/$N`},
	{name: "rename", script: `cp $A $D/$N.part && mv $D/$N.part $D/$N`},
	{name: "overwrite", script: `cp $B $D/$N && cp $A $D/$N`},
	{name: "overwrite later", script: `cp $B $D/$N && sleep 0.2 && cp $A $D/$N`},
	{name: "replace", script: `cp $B $D/$N && cp $A $D/$N.part && mv $D/$N.part $D/$N`},
	{name: "rm", script: `cp $A $D/$N && rm -f $D/$N`, gone: true},
	{name: "dd", script: `dd if=$A of=$D/$N bs=7k status=none`},
	{name: "slow", script: `{ head -c 1000 $A; sleep 0.3; tail -c +1001 $A; } > $D/$N`},
	{name: "python", script: `python3 -c 'import os, random
data = open(os.environ["A"], "rb").read()
with open(os.environ["D"] + "/" + os.environ["N"], "wb") as f:
    places = list(range(0, len(data), 5000))
    random.shuffle(places)
    for at in places:
        f.seek(at)
        f.write(data[at:at+5000])'`},
}

// soakFaults are what the endpoint does now and then.
var soakFaults = []ossdev.Fault{
	{Code: "ServiceUnavailable", Status: 503, Count: 3}, {Reset: true, Count: 2}, {ResetAfter: true, Count: 2},
	{Action: "UploadPart", WrongCRC: true, Count: 1},
	{Action: "UploadPart", CutBody: 1000, Count: 2}, {Delay: 300 * time.Millisecond, Count: 5}, {Hang: true, Count: 1},
	{Action: "CompleteMultipartUpload", ResetAfter: true, Count: 1},
	{Action: "PutObject", After: true, Code: "InternalError", Count: 1},
	{Action: "UploadPart", Code: "RequestTimeTooSkewed", Count: 1}, {Code: "AccessDenied", Count: 1},
}

// soak is what is known of a load.
type soak struct {
	*story
	over chan struct{} // closed when nothing is begun any more
	done sync.WaitGroup

	mu     sync.Mutex           // guards the rest
	told   map[string]version   // what a program was told to have dropped
	may    map[string][]version // what an object of that name may be
	errors []string             // of goroutines
	verbs  atomic.Int64
	faults atomic.Int64
	failed atomic.Int64 // programs that were told of an error
}

// TestSoak drops files in all ways, for a while, while the endpoint fails, verbs are written and, in the long form, the
// daemon is killed. In the end everything has gone where it must, and nothing of the daemon has grown.
func TestSoak(t *testing.T) {
	t.Parallel()
	needPrograms(t, "rsync python3")
	length := *long
	if length == 0 {
		length = soakShort
	}
	s := &soak{story: begin(t, "INBOXFS_INBOX_SETTLE=50ms", "INBOXFS_UPLOAD_PART_SIZE=100KiB",
		"INBOXFS_EVENTS_MAX_SIZE=8GiB", "INBOXFS_OSS_IDLE_TIMEOUT=2s"),
		over: make(chan struct{}), told: make(map[string]version), may: make(map[string][]version)}
	// so that all is running
	s.sh("echo x > $MNT/inbox/first; echo wait > $MNT/control; cat $MNT/list $MNT/events > /dev/null")
	fds, _ := s.open()
	rss := s.memory()
	for i := range soakClients {
		s.done.Go(func() { s.drop(i) })
	}
	s.done.Go(s.disturb)
	s.done.Go(s.fail)
	began, kills := time.Now(), 0
	for time.Since(began) < length {
		time.Sleep(min(soakKill, length-time.Since(began)))
		if *long > 0 && time.Since(began) < length-10*time.Second {
			kills++
			s.kill()
			s.mount()
		}
	}
	close(s.over)
	s.done.Wait()
	states, deleted := s.conserved()
	s.until("nothing is open any more", func() bool { n, _ := s.open(); return n <= fds+30 }) // idle connections
	fdsAfter, _ := s.open()
	rssAfter := s.memory()
	if rssAfter > rss+96 {
		t.Errorf("%d MiB became %d", rss, rssAfter)
	}
	t.Logf("soak: %.0f s, %d files accepted (%d programs failed): %d uploaded, %d failed, %d held, %d deleted; "+
		"%d verbs, %d faults, %d kills; RSS %d -> %d MiB, descriptors %d -> %d",
		time.Since(began).Seconds(), len(s.told), s.failed.Load(), states["success"], states["failure"], states["held"],
		deleted,
		s.verbs.Load(), s.faults.Load(), kills, rss, rssAfter, fds, fdsAfter)
	s.noRunIsLeft()
}

// drop is one client: it drops one file after another.
func (s *soak) drop(client int) {
	r := rand.New(rand.NewPCG(uint64(client), uint64(time.Now().UnixNano())))
	folder := fmt.Sprint("c", client)
	make := func(path string) version {
		data := make([]byte, 1+r.IntN(400_000))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			s.wrong("%v", err)
		}
		return version{len(data), crc64.Checksum(data, ecmaTable)}
	}
	for n := 0; !s.isOver(); n++ {
		job, name := soakJobs[r.IntN(len(soakJobs))], fmt.Sprintf("%d.mov", n)
		a, b := filepath.Join(s.dir, folder+"-a"), filepath.Join(s.dir, folder+"-b")
		first, second := make(a), make(b)
		key := folder + "/" + name
		s.mu.Lock()
		s.may[key] = []version{first, second}
		s.mu.Unlock()
		dir := filepath.Join(s.mnt, "inbox", folder)
		c := exec.Command("bash", "-c", "{ test -d $D || mkdir $D; } && "+job.script)
		c.Env = append(s.env[:len(s.env):len(s.env)], "A="+a, "B="+b, "D="+dir, "N="+name)
		out, err := c.CombinedOutput()
		switch {
		case err != nil:
			s.failed.Add(1)
			// nobody kills, so nothing fails, but what a delete or an emptied folder takes from under a program
			if *long == 0 {
				if !bytes.Contains(out, []byte("No such file")) {
					s.wrong("%s: %v: %s", job.name, err, out)
				}
			}
		case !job.gone:
			s.mu.Lock()
			s.told[key] = first
			s.mu.Unlock()
		}
		time.Sleep(time.Duration(20+r.IntN(120)) * time.Millisecond)
	}
}

func (s *soak) isOver() bool {
	select {
	case <-s.over:
		return true
	default:
		return false
	}
}

// wrong notes an error of a goroutine.
func (s *soak) wrong(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errors = append(s.errors, fmt.Sprintf(format, args...))
}

// write writes a line to control, if there is one. That it is refused is fine.
func (s *soak) write(line string) {
	f, err := os.OpenFile(filepath.Join(s.mnt, "control"), os.O_WRONLY, 0)
	if err != nil {
		return // the daemon was killed
	}
	s.verbs.Add(1)
	_, _ = f.WriteString(line + "\n")
	_ = f.Close()
}

// some is the ids of entries in a state, of which the caller takes few.
func (s *soak) some(states ...string) (ids []string) {
	list, err := os.ReadFile(filepath.Join(s.mnt, "list"))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(list)) {
		columns := strings.Split(line, "\t")
		for _, state := range states {
			if len(columns) == 6 && columns[1] == state {
				ids = append(ids, "#"+columns[0])
			}
		}
	}
	return ids
}

// disturb writes verbs.
func (s *soak) disturb() {
	for !s.isOver() {
		one := func(verb string, states ...string) {
			if ids := s.some(states...); len(ids) > 0 {
				s.write(verb + " " + ids[rand.IntN(len(ids))])
			}
		}
		pause := func() { time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond) }
		switch rand.IntN(10) {
		case 0:
			s.write("pause")
			pause()
			s.write("resume")
		case 1:
			s.write("stop")
			pause()
			s.write("start")
		case 2:
			one("cancel", "receiving", "ready", "uploading")
		case 3:
			one("resumeFile", "canceled")
		case 4:
			one("delete", "ready", "uploading", "receiving")
		case 5:
			s.write("retry")
		case 6:
			s.write("flush")
		case 7:
			s.write(fmt.Sprintf("limit %dMiB/s", 1+rand.IntN(20)))
			pause()
			s.write("limit off")
		case 8:
			k := s.server.IssueToken(time.Hour)
			s.write("token " + k.AccessKeyID + " " + k.AccessKeySecret + " " + k.SecurityToken)
		case 9:
			one("release", "held")
		}
		pause()
	}
}

// fail has the endpoint fail, now in this way and now in that.
func (s *soak) fail() {
	for !s.isOver() {
		h := s.server.AddFault(soakFaults[rand.IntN(len(soakFaults))])
		time.Sleep(time.Duration(200+rand.IntN(800)) * time.Millisecond)
		h.Remove()
		s.faults.Add(int64(h.Hits()))
	}
}

// conserved brings everything to its end, and looks where it went.
func (s *soak) conserved() (states map[string]int, deleted int) {
	t := s.t
	for _, e := range s.errors {
		t.Error(e)
	}
	for range 3 { // what is canceled or held may still have been on its way to that
		s.sh("echo limit off > $MNT/control; echo start > $MNT/control; echo resume > $MNT/control || true; " +
			"echo flush > $MNT/control; echo retry > $MNT/control")
		for _, id := range s.some("canceled") {
			s.write("resumeFile " + id)
		}
		for _, id := range s.some("uploading") { // it may wait a minute for its next try
			s.write("retry " + id)
		}
		s.sh("echo wait > $MNT/control || true")
	}
	held := make(map[string]string)
	for _, id := range s.some("held") {
		name := s.sh("awk -F '\\t' '$1 == " + id[1:] + " { print $6 }' $MNT/list")
		if why := s.field(name, "message"); why == "" {
			t.Errorf("%s is held without a reason", name)
		}
		if _, ok := s.told[name]; ok { // a program was told that it is done: then it is whole
			held[name] = id
			s.write("release " + id)
		}
	}
	s.sh("echo wait > $MNT/control || true")
	gone, added, ended := make(map[string]bool), make(map[string]string), make(map[string]bool)
	for line := range strings.Lines(s.events()) {
		f := fields(line)
		switch f["event"] {
		case "OnFileAdded":
			added[f["id"]] = f["file"]
			delete(ended, f["id"])
		case "OnUploadSucceed":
			ended[f["id"]] = true
		case "OnFileDeleted":
			if !ended[f["id"]] {
				deleted++
			}
			gone[f["file"]] = true
			ended[f["id"]] = true
		}
	}
	states = make(map[string]int)
	listed := make(map[string]string)
	for i, line := range strings.Split(s.sh("cat $MNT/list"), "\n") {
		if columns := strings.Split(line, "\t"); i > 0 {
			states[columns[1]]++
			listed[columns[0]] = columns[1]
		}
	}
	for id, name := range added {
		if !ended[id] && listed[id] == "" {
			t.Errorf("#%s, %s, was added, and is nowhere:\n%s", id, name, s.about(name))
		}
	}
	for name, want := range s.told {
		_, meta, ok := s.server.Object(bucket, name)
		is := version{int(meta.Size), meta.CRC64}
		switch {
		case ok && is == want, gone[name]:
		default:
			t.Errorf("%s: want %+v, the object is %v %+v; its status is %s %s\n%s", name, want, ok, is, s.state(name),
				s.field(name, "message"), s.about(name))
		}
	}
	for name, may := range s.may {
		_, meta, ok := s.server.Object(bucket, name)
		if is := (version{int(meta.Size), meta.CRC64}); ok && is != may[0] && is != may[1] {
			t.Errorf("%s is half a file: %+v of %+v\n%s", name, is, may, s.about(name))
		}
	}
	if n := states["receiving"] + states["ready"] + states["uploading"] + states["paused"] +
		states["canceled"]; n != 0 {
		t.Errorf("%d are still on their way: %v", n, states)
	}
	s.seen()
	s.noUploadIsLeft()
	if len(s.told) == 0 || states["success"] == 0 {
		t.Errorf("nothing was done: %v", states)
	}
	return states, deleted
}

// noRunIsLeft ends the daemon with its goroutines told.
func (s *soak) noRunIsLeft() {
	t := s.t
	said := len(s.log.String())
	if err := s.daemon.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	err := <-s.exited
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Errorf("it ended with %v", err)
	}
	s.daemon = nil
	dump := s.log.String()[said:]
	goroutines := strings.Count(dump, "\ngoroutine ")
	t.Log("goroutines: " + strconv.Itoa(goroutines))
	if goroutines == 0 || goroutines > 120 {
		t.Errorf("%d goroutines", goroutines)
	}
	for _, left := range []string{"inboxfs/queue/upload.(*run)", "inboxfs/queue/oss.(*Remote)",
		"inboxfs/queue.(*Queue).finish", "inboxfs/fs.(*inboxFile)"} {
		if strings.Contains(dump, left) {
			t.Errorf("%s is still there:\n%s", left, clip(dump))
		}
	}
}

// noUploadIsLeft waits until the endpoint has no multipart uploads but such whose id was lost with the answer: those
// are looked for an hour later.
func (s *soak) noUploadIsLeft() {
	s.t.Helper()
	lost := make(map[string]bool)
	for _, r := range s.server.Requests() {
		if r.Action == "InitiateMultipartUpload" && r.Status == 0 {
			lost[r.UploadID] = true
		}
	}
	left := func() []ossdev.Upload {
		return slices.DeleteFunc(s.server.Uploads(), func(u ossdev.Upload) bool {
			return lost[u.ID] &&
				len(u.Parts) == 0
		})
	}
	for deadline := time.Now().Add(time.Minute); len(left()) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			for _, u := range left() {
				s.t.Errorf("left is the upload %+v\n%s", u, s.about(u.Key))
				for _, r := range s.server.Requests() {
					if r.Key == u.Key {
						s.t.Logf("%+v", r)
					}
				}
			}
			return
		}
	}
}
