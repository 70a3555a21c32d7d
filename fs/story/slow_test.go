package story

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestSlowLine uploads two parts at once over a line that takes seconds for either. All that shows progress moves from
// the start, though nothing is acknowledged, and says the same; no time left is shorter than the limit allows.
func TestSlowLine(t *testing.T) {
	t.Parallel()
	const size, limit = 6 << 20, 1 << 20
	s := begin(t, "INBOXFS_START=true", "INBOXFS_UPLOAD_PART_SIZE=3MiB", "INBOXFS_UPLOAD_PARTS=2",
		"INBOXFS_UPLOAD_LIMIT=1MiB/s")
	s.sh(fmt.Sprintf("head -c %d /dev/urandom > $MNT/inbox/a.bin", size))
	s.until("bytes went out", func() bool { return s.figure("status/a.bin", "sent") > 0 })
	last, looks := int64(0), 0
	for s.figure("status/a.bin", "uploaded") == 0 {
		looks++
		before := s.figure("status/a.bin", "sent")
		l := s.slowLook()
		after := s.figure("status/a.bin", "sent")
		if s.figure("status/a.bin", "uploaded") > 0 {
			break
		}
		least, most := max(0, before-stale), min(size, after+stale)
		if before < last || after > size {
			t.Errorf("sent %d, %d and %d of %d", last, before, after, size)
		}
		last = after
		for what, percent := range l.percents {
			if percent < least*100/size || percent > most*100/size {
				t.Errorf("%s says %d %%, while %d to %d went out", what, percent, least, most)
			}
		}
		for what, sent := range l.sent {
			if sent < least || sent > most {
				t.Errorf("%s says %d sent, between %d and %d", what, sent, least, most)
			}
		}
		for what, left := range l.lefts { // rounded; in the first second nobody knows the rate
			if soonest := (size - most) / limit; left < soonest || before > 2*limit && left > 2*soonest+3 {
				t.Errorf("%s says %d s left of %d bytes", what, left, size-after)
			}
		}
	}
	if looks < 10 || last < size/2 {
		t.Errorf("%d looks, and %d bytes when something was acknowledged", looks, last)
	}
	s.sh("echo limit off > $MNT/control; echo wait > $MNT/control")
	if sent := s.figure("status/a.bin", "sent"); sent != size {
		t.Errorf("%d bytes sent when all has arrived", sent)
	}
	if all := s.figure("queue", "sent"); all != size || s.figure("queue", "uploaded") != size {
		t.Errorf("queue says %d sent", all)
	}
	last = 0
	for _, m := range regexp.MustCompile(`event=OnUploadProgress .*uploaded=(\d+)`).FindAllStringSubmatch(
		s.events(), -1) {
		n, _ := strconv.ParseInt(m[1], 10, 64)
		if n != last+size/2 {
			t.Errorf("OnUploadProgress tells of %d after %d", n, last)
		}
		last = n
	}
	if last != size {
		t.Errorf("the last OnUploadProgress tells of %d", last)
	}
}

// looked is what the ways to look say of a file and of the queue, which is that file alone.
type looked struct{ percents, sent, lefts map[string]int64 }

func (s *story) slowLook() looked {
	s.t.Helper()
	l := looked{map[string]int64{}, map[string]int64{}, map[string]int64{}}
	var list []map[string]any
	var glance struct {
		Queue map[string]any
		List  []map[string]any
	}
	for name, into := range map[string]any{"list.json": &list, "status.json": &glance} {
		if err := json.Unmarshal([]byte(s.read(name)), into); err != nil {
			s.t.Fatal(err)
		}
	}
	if len(list) != 1 || len(glance.List) != 1 {
		s.t.Fatalf("list.json has %v, status.json %v", list, glance)
	}
	for what, keys := range map[string]map[string]any{"list.json": list[0], "status.json": glance.List[0],
		"its queue": glance.Queue, "queue": s.pairs("queue"), "status": s.pairs("status/a.bin")} {
		figure := func(key string) int64 { // 0: left out
			if n, ok := keys[key].(float64); ok {
				return int64(n)
			}
			return atoi(fmt.Sprint(keys[key]))
		}
		l.percents[what], l.sent[what] = figure("percent"), figure("sent")
		if left := figure("time_left"); left > 0 {
			l.lefts[what] = left
		}
	}
	row := strings.Split(strings.Split(s.read("list"), "\n")[1], "\t")
	l.percents["list"] = atoi(row[2])
	page := regexp.MustCompile(`value="(\d+)" aria-label="a.bin"`).FindStringSubmatch(s.read("status.html"))
	if page == nil {
		s.t.Fatal("status.html has no bar")
	}
	l.percents["status.html"] = atoi(page[1])
	out, err := exec.CommandContext(s.t.Context(), program, "status", s.mnt).Output()
	shown := regexp.MustCompile(`a\.bin +(\d+) %`).FindSubmatch(out)
	if err != nil || shown == nil {
		s.t.Fatalf("status: %v\n%s", err, out)
	}
	l.percents["inboxfs status"] = atoi(string(shown[1]))
	return l
}

// stale is by how much two files may differ: each is written once for all who look at about the same time.
const stale = 1 << 20 // bytes, in a second

func (s *story) read(name string) string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.mnt, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// pairs is what a file of keys and values says.
func (s *story) pairs(name string) map[string]any {
	s.t.Helper()
	all := make(map[string]any)
	for line := range strings.Lines(s.read(name)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		all[key] = value
	}
	return all
}

// figure is one of them; 0 where it is left out.
func (s *story) figure(name, key string) int64 {
	s.t.Helper()
	return atoi(fmt.Sprint(s.pairs(name)[key]))
}

func atoi(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}
