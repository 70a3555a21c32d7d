package story

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// restarted is what inboxfs made of a disk whose power was cut, once it was started again and had nothing left to do.
type restarted struct {
	p       *powercut
	s       *story
	spool   map[string][]byte // what the promised files had in them before it was started
	states  map[string]string // of the newest entry of a name
	why     map[string]string
	lines   map[string]int // of the event log, without their numbers
	objects map[string]string
	found   []string // what is wrong
}

// examine cuts the power, starts inboxfs again on what is left, with an endpoint that has nothing yet, and says which
// promises were broken.
func (p *powercut) examine(t *testing.T, c cut, env ...string) []string {
	t.Helper()
	image := filepath.Join(p.dir, "cut")
	if err := p.tape.image(c, image); err != nil {
		t.Fatal(err)
	}
	unmount := p.mountDisk(t, image, "defaults")
	r := &restarted{p: p, spool: make(map[string][]byte), states: make(map[string]string), why: make(map[string]string),
		lines: make(map[string]int), objects: make(map[string]string)}
	r.lookAtSpool(c)
	r.s = p.begin(t, append([]string{"INBOXFS_START=true"}, env...)...)
	// something is held
	if out, err := r.s.try("echo wait > $MNT/control"); err != nil && !strings.Contains(out, "Input/output error") {
		t.Fatalf("%v: %s", err, out)
	}
	r.lookAtList()
	r.lookAtEvents()
	r.lookAtObjects()
	for _, one := range p.witness.promises {
		if one.from <= c.high && c.low <= one.until {
			if broken := r.broken(one); broken != "" {
				r.found = append(r.found, broken)
			}
		}
	}
	if strings.Contains(r.s.log.String(), "the journal is damaged") {
		r.found = append(r.found, "the journal was damaged")
	}
	if len(r.found) > 0 {
		r.found = append(r.found, "the daemon says:\n"+clip(r.s.log.String()))
	}
	r.s.end()
	unmount()
	return r.found
}

func (r *restarted) wrong(format string, args ...any) {
	r.found = append(r.found, fmt.Sprintf(format, args...))
}

// lookAtSpool reads the files of which something is promised.
func (r *restarted) lookAtSpool(c cut) {
	for _, one := range r.p.witness.promises {
		for _, name := range one.names {
			text, err := os.ReadFile(filepath.Join(r.p.dir, "disk", "spool", "inbox", name))
			if err == nil {
				r.spool[name] = text
			}
		}
	}
}

func (r *restarted) lookAtList() {
	var list []struct{ Name, State, Message string }
	if err := json.Unmarshal([]byte(r.s.sh("cat $MNT/list.json")), &list); err != nil {
		r.s.t.Fatal(err)
	}
	for _, e := range list {
		r.states[e.Name], r.why[e.Name] = e.State, e.Message
	}
}

// lookAtEvents reads the event log, and what was rotated of it.
func (r *restarted) lookAtEvents() {
	last := 0
	for _, n := range []string{".5", ".4", ".3", ".2", ".1", ""} {
		text, err := os.ReadFile(filepath.Join(r.s.dir, "spool", "events.log"+n))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			seq, err := strconv.Atoi(fields(line)["seq"])
			if err != nil || seq != last+1 {
				r.wrong("after event %d comes: %q", last, line)
			}
			last = seq
			r.lines[unnumbered(line)]++
		}
	}
}

// lookAtObjects fails on each object that is not one of the contents that a file of that name had.
func (r *restarted) lookAtObjects() {
	root := filepath.Join(r.s.dir, "objects", bucket)
	for _, file := range strings.Fields(r.s.sh("cd " + root + " && find . -type f -not -path './.*' -printf '%P\\n'")) {
		path, _, ok := r.s.server.Object(bucket, file)
		if !ok {
			continue
		}
		r.objects[file] = path
		if !slices.ContainsFunc(r.p.witness.versions[file], func(one string) bool { return sameFile(path, one) }) {
			r.wrong("object %s has a content that the file never had", file)
		}
	}
}

func sameFile(a, b string) bool {
	one, err := os.ReadFile(a)
	if err != nil {
		return false
	}
	other, err := os.ReadFile(b)
	return err == nil && bytes.Equal(one, other)
}

// broken says in which way a promise was broken, if it was.
func (r *restarted) broken(p *promise) string {
	name := ""
	if len(p.names) > 0 {
		name = p.names[0]
	}
	state := fmt.Sprintf("%s: %s is %q (%s)", p.kind, name, r.states[name], r.why[name])
	switch p.kind {
	case promisedReady:
		if !r.arrived(name, p.content) {
			return state
		}
	case promisedFsync, promisedKept:
		content, err := os.ReadFile(p.content)
		if err != nil {
			r.s.t.Fatal(err)
		}
		there := slices.ContainsFunc(p.names, func(n string) bool {
			text, ok := r.spool[n]
			return ok && bytes.Equal(text, content) || r.arrived(n, p.content)
		})
		if !there {
			return state + ", and what lies in the spool is something else"
		}
	case promisedSuccess:
		if r.states[name] != "success" || r.objects[name] != "" {
			return state
		}
	case promisedCanceled:
		if r.states[name] != "canceled" || r.objects[name] != "" {
			return state
		}
	case promisedEvent:
		if n := r.lines[p.line]; n != 1 {
			return fmt.Sprintf("event: in the log %d times: %s", n, p.line)
		}
	}
	return ""
}

// arrived reports whether a file counts as uploaded and has the right content at the endpoint; at the one before the
// cut, if it was not uploaded since.
func (r *restarted) arrived(name, content string) bool {
	object, now := r.objects[name]
	if !now {
		object = r.p.first[name]
	}
	return r.states[name] == "success" && sameFile(object, content)
}
