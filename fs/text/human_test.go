package text

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"inboxfs/queue/list"
)

func TestLeft(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{0: "1 s", 42 * time.Second: "42 s", 3*time.Minute +
		59*time.Second: "3 min", time.Hour: "1 h",
		2*time.Hour + 5*time.Minute: "2 h 5 min", 50 * time.Hour: "2 days"} {
		if got := Left(d); got != want {
			t.Errorf("%v is %q, not %q", d, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("影", 100) + ".mp4"
	got := Cut(long, 20)
	if utf8.RuneCountInString(got) != 20 || !strings.HasPrefix(got, "影影") || !strings.HasSuffix(got, ".mp4") ||
		!strings.Contains(got, "…") {
		t.Errorf("cut to 20: %q", got)
	}
	if got := Cut("影.mp4", 5); got != "影.mp4" {
		t.Errorf("what fits is cut: %q", got)
	}
}

func TestIdle(t *testing.T) {
	t.Parallel()
	for want, states := range map[string][]list.State{
		"nothing left to upload":                                      {list.Success},
		"nothing left to upload, but not everything was":              {list.Success, list.Held},
		"nothing to upload before what is being received is complete": {list.Failure, list.Receiving},
	} {
		s := list.Summary{Counts: make(map[list.State]list.Count)}
		for _, state := range states {
			s.Counts[state] = list.Count{Entries: 1}
		}
		if got := Idle(s); got != want {
			t.Errorf("with %v it says %q", states, got)
		}
	}
	canceled := list.Summary{Counts: map[list.State]list.Count{list.Canceled: {Entries: 1}}}
	if got := Idle(canceled); got != "nothing left to upload, but not everything was" {
		t.Errorf("with a canceled file it says %q", got)
	}
	aside := list.Summary{Waiting: 1, Counts: map[list.State]list.Count{list.Receiving: {Entries: 1}}}
	if got := Idle(aside); got != "nothing left to upload, but not everything was" {
		t.Errorf("with a file that waits for its name it says %q", got)
	}
}
