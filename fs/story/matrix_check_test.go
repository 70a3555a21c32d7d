package story

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"inboxfs/queue/ossdev"
)

// settle starts the daemon for the last time, has everything uploaded, and checks that nothing is lost and nothing
// torn.
func (m *matrix) settle() {
	t := m.t
	t.Helper()
	for _, f := range m.faults {
		f.Remove()
	}
	l := m.start("INBOXFS_UPLOAD_LIMIT=off")
	if !m.answers(l) {
		t.Fatalf("the daemon does not start: %v\n%s", l.err, clip(m.log.String()))
	}
	list := m.mustList()
	for name, state := range list {
		if state == "canceled" {
			m.verb("restore " + name)
		}
	}
	m.verb("retry")
	m.verb("wait") // fails when something failed
	m.until("all has ended", func() bool {
		q, err := m.queue()
		return err == nil && q["receiving"]+q["ready"]+q["uploading"]+q["paused"] == q["waiting"]
	})
	m.collect()
	m.checkFiles(m.mustList(), m.checkObjects())
	m.finish(l)
	l = m.start()
	m.answers(l)
	m.noUploads("")
	m.finish(l)
	m.collect()
	m.checkEvents()
}

// noUploads waits until no multipart upload is open in a bucket; "" stands for all. Those without a part that are old
// enough are nobody's: with points in the program that is a second, and it looks for them several times in one.
func (m *matrix) noUploads(bucket string) {
	m.t.Helper()
	open := func() (all []ossdev.Upload) {
		for _, u := range m.server.Uploads() {
			if bucket == "" || u.Bucket == bucket {
				all = append(all, u)
			}
		}
		return all
	}
	for deadline := time.Now().Add(20 * time.Second); len(open()) > 0 && time.Now().Before(deadline); {
		m.heed()
		time.Sleep(20 * time.Millisecond)
	}
	for _, u := range open() {
		m.t.Errorf("a multipart upload is left: %s %s %s with %d parts, begun at %v\n%s", u.Bucket, u.Key, u.ID,
			len(u.Parts),
			u.Initiated.Format(time.StampMilli), m.history(u.Key))
	}
}

// finish ends a daemon in good order.
func (m *matrix) finish(l *life) {
	m.t.Helper()
	if err := l.cmd.Process.Signal(os.Interrupt); err != nil {
		m.t.Error(err)
	}
	if !l.diedWithin(time.Minute) || l.err != nil {
		m.t.Errorf("the last daemon ended with %v", l.err)
	}
	m.daemon = nil
}

// queue is the numbers in the file queue.
func (m *matrix) queue() (map[string]int, error) {
	text, err := os.ReadFile(filepath.Join(m.mnt, "queue"))
	all := make(map[string]int)
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.Atoi(value); err == nil { // the others are words
			all[key] = n
		}
	}
	return all, err
}

// list is the state of each entry; of a name that has several, the newest's.
func (m *matrix) list() (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(m.mnt, "list"))
	states := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 6 {
			states[f[5]] = f[1]
		}
	}
	return states, err
}

// mustList is list of a daemon that is alive.
func (m *matrix) mustList() map[string]string {
	m.t.Helper()
	list, err := m.list()
	if err != nil {
		m.t.Fatal(err)
	}
	return list
}

// listed reports whether a file is in the list with a reason why it is not uploaded.
func (m *matrix) listed(list map[string]string, key string) bool {
	state := list[key]
	if state != "held" && state != "failure" && state != "receiving" {
		return false
	}
	text, err := os.ReadFile(filepath.Join(m.mnt, "status", key))
	return err == nil && strings.Contains(string(text), "\nmessage ")
}

// checkFiles looks for each file whose close succeeded: it is the object, or listed with its reason.
func (m *matrix) checkFiles(list map[string]string, made map[*generation]int) {
	m.tally.mu.Lock()
	defer m.tally.mu.Unlock()
	for _, g := range m.book.all {
		if !g.closed {
			continue
		}
		m.tally.files++
		switch {
		case made[g] > 0:
			m.tally.uploaded++
			if !g.given && !m.stored(g) {
				m.t.Errorf("the object %s is not what was written last", g.key)
			}
		case g.given: // somebody wanted it gone, or changed; what came then is another generation
			m.tally.changed++
			if g.to != nil && made[g.to] == 0 && !m.listed(list, g.to.key) && !m.listed(list, g.key) && !g.to.given {
				m.t.Errorf("%s was renamed to %s, and is lost", g.key, g.to.key)
			}
		case !m.listed(list, g.key):
			m.t.Errorf("%s, %d bytes, was closed, and is lost: its state is %q", g.key, g.size, list[g.key])
		case list[g.key] == "failure":
			m.tally.failed++
		default:
			m.tally.held++
			text, err := os.ReadFile(filepath.Join(m.mnt, "status", g.key))
			if err != nil || strings.Contains(string(text), "\nerror Interrupted\n") {
				m.t.Errorf("%s was closed by %s, and is held (%v):\n%s%s", g.key, g.by, err, text, m.history(g.key))
			}
		}
	}
}

// stored reports whether the object of that name is this content.
func (m *matrix) stored(g *generation) bool {
	if m.ending != "" {
		bucket, key := m.sentTo(g)
		return m.holds(bucket, key, g)
	}
	return m.holds(bucket, g.key, g)
}

// checkObjects holds each object that ever was against what was written: it is one of the generations of its name, and
// the only one of this generation.
func (m *matrix) checkObjects() (made map[*generation]int) {
	m.tally.mu.Lock()
	defer m.tally.mu.Unlock()
	if m.ending != "" {
		return m.videos()
	}
	made = make(map[*generation]int)
	for _, r := range m.server.Requests() {
		if !r.Made {
			continue
		}
		var of *generation
		for _, g := range m.book.keys[r.Key] {
			if g.crc == r.CRC64 {
				of = g
			}
		}
		if of == nil {
			m.t.Errorf("%s of %s made an object that is no file of ours", r.Action, r.Key)
			continue
		}
		if made[of]++; made[of] > 1 {
			m.tally.double++
			m.t.Errorf("%s was made %d times, now by %s at %v\n%s", r.Key, made[of], r.Action,
				r.Time.Format(time.StampMilli), m.history(r.Key))
		}
	}
	return made
}

// history is what the endpoint and the event log know of a file, in the order of time.
func (m *matrix) history(key string) string {
	m.collect()
	var all []string
	for _, r := range m.server.Requests() {
		if r.Key == key {
			all = append(all, fmt.Sprintf("%s   %s part %d: %d %s", r.Time.UTC().Format("2006-01-02T15:04:05.000Z"),
				r.Action, r.Part, r.Status, r.Code))
		}
	}
	for _, line := range m.lines {
		if fields(line)["file"] == key {
			all = append(all, strings.TrimPrefix(line, "time="))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// checkEvents looks at the event log: no number is missing, and what happened once stands there once.
func (m *matrix) checkEvents() {
	t := m.t
	counts := make(map[string]int) // event, id, what it is about
	states := make(map[string]int)
	last := ""
	for seq := 1; seq <= len(m.lines); seq++ {
		line, ok := m.lines[strconv.Itoa(seq)]
		if !ok {
			t.Fatalf("event %d of %d is missing", seq, len(m.lines))
		}
		f := fields(line)
		switch f["event"] {
		case "OnUploadSucceed", "OnFileDeleted":
			if counts[f["event"]+f["id"]]++; counts[f["event"]+f["id"]] > 1 {
				t.Errorf("said twice: %s", line)
			}
		case "OnUploadStarted":
			counts[f["event"]+f["id"]]++
		case "OnQueueState":
			states[f["state"]]++
		}
		switch f["event"] {
		case "OnUploadSucceed":
			if counts["OnUploadStarted"+f["id"]] == 0 {
				t.Errorf("an upload began that nobody told of: %s", line)
			}
			counts["file"+f["file"]+f["crc64"]]++
			last = f["event"]
		case "OnUploadStarted", "OnUploadEnd":
			last = f["event"]
		}
	}
	if last != "OnUploadEnd" {
		t.Errorf("at the end nobody says OnUploadEnd; the last is %s", last)
	}
	for state, n := range m.book.told {
		if states[state] < n {
			t.Errorf("the queue became %s %d times, and the log says so %d times", state, n, states[state])
		}
	}
	for _, g := range m.book.all {
		if n := counts["file"+g.key+strconv.FormatUint(g.crc, 10)]; g.closed && !g.given && m.stored(g) && n != 1 {
			t.Errorf("OnUploadSucceed of %s was said %d times", g.key, n)
		}
	}
}

// free fails if the points left anything in the program that users get.
func free(program string, all []string) (left []string, err error) {
	code, err := os.ReadFile(program)
	for _, point := range all {
		if bytes.Contains(code, []byte(point)) {
			left = append(left, point)
		}
	}
	return left, err
}
