//go:build linux

package story

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

var (
	wildSeed  = flag.Uint64("wild.seed", 0, "seed of the random stories; 0 takes a new one")
	wildSteps = flag.Int("wild.steps", 80, "steps of each writer in each round of the random stories")
	wildLong  = flag.Bool("wild.long", false, "with more rounds and writers")
)

// TestRandomWriters has processes do anything to files in the inbox, and compares what comes of it with what each of
// them knows: what the newest object of a name must be, and what any object of it may ever have been.
func TestRandomWriters(t *testing.T) {
	t.Parallel()
	for _, c := range []wildCase{
		{name: "keep", after: "keep", passthrough: "true"},
		{name: "remove", after: "remove", passthrough: "true"},
		{name: "served", after: "keep", passthrough: "false", verbs: true},
		{name: "removed and served", after: "remove", passthrough: "false", verbs: true},
		{name: "killed", after: "keep", passthrough: "true", kill: true},
		{name: "removed and killed", after: "remove", passthrough: "false", kill: true, verbs: true},
		{name: "streamed", after: "keep", passthrough: "true", stream: true},
		{name: "streamed and killed", after: "remove", passthrough: "false", stream: true, kill: true, verbs: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

type wildCase struct {
	name, after, passthrough string
	verbs                    bool // others write verbs meanwhile
	kill                     bool // the daemon is killed between rounds
	stream                   bool // files are sent ahead while they are written
}

func (c wildCase) run(t *testing.T) {
	seed := *wildSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-wild.seed=%d -wild.steps=%d", seed, *wildSteps)
	writers, rounds, steps := 3, 2, *wildSteps
	if c.stream {
		steps /= 2 // they take longer
	}
	if *wildLong {
		writers, rounds = 5, 8
	}
	s := begin(t, "INBOXFS_INBOX_SETTLE=20ms", "INBOXFS_INBOX_AFTER_UPLOAD="+c.after,
		"INBOXFS_INBOX_PASSTHROUGH="+c.passthrough,
		"INBOXFS_UPLOAD_PART_SIZE=100KiB", "INBOXFS_EVENTS_MAX_SIZE=1GiB", fmt.Sprintf("INBOXFS_UPLOAD_STREAM=%v",
			c.stream))
	var all []*wildProcess
	for i := range writers {
		all = append(all, s.wild(fmt.Sprintf("w%d", i), seed+uint64(i), c))
	}
	verbs := rand.New(rand.NewPCG(seed, 2))
	for range rounds {
		for _, p := range all {
			p.order(steps)
		}
		for _, p := range all {
			for !p.done() {
				if !c.verbs {
					continue
				}
				for _, verb := range [][]string{{"pause", "resume"}, {"stop", "start"}, {"cancel", "resumeFile"},
					{"flush", "retry"}}[verbs.IntN(4)] {
					s.verb(verb)
					time.Sleep(time.Duration(verbs.IntN(30)) * time.Millisecond)
				}
			}
		}
		if c.kill {
			s.kill()
			s.mount()
		}
	}
	var results []wildResult
	for _, p := range all {
		results = append(results, p.end())
	}
	s.settleAll(c.kill)
	s.compare(results, c)
}

// wildProcess is a writer at work.
type wildProcess struct {
	s    *story
	c    *exec.Cmd
	in   io.WriteCloser
	out  chan string
	said syncBuffer
}

func (s *story) wild(folder string, seed uint64, c wildCase) *wildProcess {
	s.t.Helper()
	p := &wildProcess{s: s, c: exec.Command(os.Args[0]), out: make(chan string, 1)}
	dir := filepath.Join(s.mnt, "inbox", folder)
	s.sh("mkdir " + dir)
	p.c.Env = append(s.env, "WILD_SEED="+strconv.FormatUint(max(seed, 1), 10), "WILD_DIR="+dir)
	if c.after == "remove" {
		p.c.Env = append(p.c.Env, "WILD_REMOVES=1")
	}
	if c.kill {
		p.c.Env = append(p.c.Env, "WILD_KILLS=1")
	}
	if c.stream {
		p.c.Env = append(p.c.Env, "WILD_STREAMS=1")
	}
	p.c.Stderr = &p.said
	out, err := p.c.StdoutPipe()
	if err == nil {
		p.in, err = p.c.StdinPipe()
	}
	if err == nil {
		err = p.c.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	go func() {
		defer close(p.out)
		for lines := bufio.NewReader(out); ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			p.out <- line
		}
	}()
	s.t.Cleanup(func() {
		if p.c.ProcessState == nil {
			_ = p.c.Process.Kill() // it may have ended just now
			for range p.out {
			}
			_ = p.c.Wait() // it was killed
		}
	})
	return p
}

func (p *wildProcess) order(steps int) {
	if _, err := fmt.Fprintln(p.in, steps); err != nil {
		p.s.t.Fatalf("%v\n%s", err, p.said.String())
	}
}

// done reports whether the writer has done what it was told to. It waits a moment.
func (p *wildProcess) done() bool {
	select {
	case line, ok := <-p.out:
		if !ok || line != "{}\n" {
			p.s.t.Fatalf("a writer ended: %q %v\n%s", line, p.c.Wait(), p.said.String())
		}
		return true
	case <-time.After(10 * time.Millisecond):
		return false
	}
}

// end has the writer end and returns what it knows.
func (p *wildProcess) end() (r wildResult) {
	p.s.t.Helper()
	if err := p.in.Close(); err != nil {
		p.s.t.Fatal(err)
	}
	line := <-p.out
	if err := p.c.Wait(); err != nil {
		p.s.t.Fatalf("a writer ends with %v\n%s", err, p.said.String())
	}
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		p.s.t.Fatalf("%v in %q", err, line)
	}
	return r
}

// verb writes a verb; those that want a file get one of the list. That it is refused is fine.
func (s *story) verb(verb string) {
	switch verb {
	case "cancel":
		verb = `id=$(grep -E 'ready|receiving|uploading' $MNT/list | shuf -n 1 | cut -f 1); test -z "$id" || echo cancel "#$id" > $MNT/control`
	case "resumeFile":
		verb = `for id in $(grep canceled $MNT/list | cut -f 1); do echo resumeFile "#$id" > $MNT/control; done`
	default:
		verb = "echo " + verb + " > $MNT/control"
	}
	_, _ = s.try(verb) // see above
}

// settleAll brings everything to its end.
func (s *story) settleAll(killed bool) {
	s.t.Helper()
	for range 3 { // what is canceled or held may still have been on its way to that
		s.sh("echo start > $MNT/control; echo resume > $MNT/control")
		s.verb("resumeFile")
		if killed {
			s.sh(`for id in $(awk '$2 == "held" { print $1 }' $MNT/list); do echo release "#$id" > $MNT/control; done`)
		}
		s.sh("echo wait > $MNT/control || true")
	}
}

// compare holds the bucket, the events and the list against what the writers know.
func (s *story) compare(results []wildResult, c wildCase) {
	s.t.Helper()
	t := s.t
	versions, final, rests := make(map[string][]version), make(map[string]string), make(map[string]int)
	for _, r := range results {
		maps.Copy(rests, r.Rests)
		maps.Copy(versions, r.Versions)
		maps.Copy(final, r.Final)
	}
	about := func(name string) string {
		return s.sh("cat $MNT/status/"+name+" || true") + "\nits events:\n" + s.about(name) + "what was done:\n" +
			pastOf(results, name)
	}
	for name, want := range final {
		file, meta, ok := s.server.Object(bucket, name)
		if !ok {
			t.Errorf("%s did not arrive:\n%s", name, about(name))
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
		}
		if got := digest(data) + " " + meta.Header["X-Oss-Meta-Take"]; got != want {
			t.Errorf("the object %s is not the newest content, but %d bytes: %s instead of %s\n%s", name, len(data),
				got, want,
				about(name))
		}
	}
	succeeded, removed := make(map[string]int), make(map[string]bool)
	for line := range strings.Lines(s.events()) {
		f := fields(line)
		if f["event"] == "OnUploadTooLate" { // stored when it had another name by then
			removed[f["key"]] = f["removed"] == "true"
		}
		if f["event"] != "OnUploadSucceed" {
			continue
		}
		removed[f["key"]] = false
		size, err1 := strconv.Atoi(f["size"])
		crc, err2 := strconv.ParseUint(f["crc64"], 10, 64)
		if err1 != nil || err2 != nil {
			t.Fatal(line)
		}
		if !slices.Contains(versions[f["key"]], version{size, crc}) {
			t.Errorf("no complete content of that name ever was: %s", line)
		}
		succeeded[f["key"]]++
	}
	made, found := make(map[string]int), make(map[string]int)
	for _, r := range s.server.Requests() {
		if c.kill && r.Status == 200 && r.Action == "HeadObject" {
			found[r.Key]++ // it may have been there already, with these bytes, and so was not made again
		}
		if r.Status == 200 && (r.Action == "PutObject" || r.Action == "CompleteMultipartUpload") {
			made[r.Key]++
		}
	}
	for key, n := range made {
		// More, where it was complete before it could be called off, or the daemon was killed before it could tell; and
		// what was complete when it was canceled is made again when that is taken back.
		if n+found[key] < succeeded[key] || !c.kill && !c.verbs && n > rests[key] {
			t.Errorf("%s was made %d times, though it was at rest %d times, and told of %d times:\n%s", key, n,
				rests[key],
				succeeded[key], about(key))
		}
		_, meta, ok := s.server.Object(bucket, key)
		if !ok && removed[key] {
			continue
		}
		if !ok || !slices.Contains(versions[key], version{int(meta.Size), meta.CRC64}) {
			t.Errorf("the object %s is of no complete content of that name: %+v\n%s", key, meta, about(key))
		}
	}
	if len(made) < len(final) || len(final) == 0 {
		t.Errorf("%d objects for %d files", len(made), len(final))
	}
	s.until("no multipart upload is left", func() bool {
		// One that was begun when the daemon was killed may be, and is known to nobody, but it has no part.
		return !slices.ContainsFunc(s.left(), func(u ossdev.Upload) bool { return !c.kill || len(u.Parts) > 0 })
	})
	s.tally(results, c)
	s.seen()
}

// tally compares the list with the queue file and the inbox.
func (s *story) tally(results []wildResult, c wildCase) {
	s.t.Helper()
	counted := s.sh(`awk '!/^#/ { n[$2]++ } END { for (s in n) print s, n[s] }' $MNT/list | sort`)
	told := s.sh(
		`grep -E '^(receiving|ready|uploading|paused|success|failure|canceled|held) ' $MNT/queue | grep -v ' 0$' | sort`)
	if counted != told {
		s.t.Errorf("the list has\n%s\nand the queue says\n%s", counted, told)
	}
	if strings.Contains(counted, " ") && strings.Trim(counted, "0123456789") != "success " {
		s.t.Errorf("not all is well: %s\n%s", counted, s.sh("grep -v success $MNT/list | head"))
		for _, name := range strings.Fields(s.sh("grep -v -e success -e '^#' $MNT/list | cut -f 6")) {
			s.t.Errorf("what was done to %s, which is there: %s\n%s", name, s.sh("ls -l spool/inbox/"+name+" || true"),
				pastOf(results, name))
		}
	}
	left := s.sh("cd $MNT/inbox && find . -type f")
	if c.after == "remove" && left != "" {
		s.t.Errorf("the inbox still has %s", left)
	}
}

// pastOf is what the writer did that has to do with a name.
func pastOf(results []wildResult, name string) string {
	var b strings.Builder
	base := filepath.Base(name)
	for _, r := range results {
		if !strings.HasPrefix(name, r.Folder+"/") {
			continue
		}
		for _, line := range r.Past {
			if strings.Contains(line, base) || strings.Contains(line, "folder") {
				b.WriteString(line + "\n")
			}
		}
	}
	return b.String()
}

// about is the events of one name.
func (s *story) about(name string) string {
	var b strings.Builder
	for line := range strings.Lines(s.events()) {
		if strings.Contains(line, " file="+name+" ") {
			b.WriteString(line)
		}
	}
	return b.String()
}
