package child

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func run(t *testing.T, limit time.Duration, script string) (string, string, error) {
	t.Helper()
	out, words, err := Program{Args: []string{"sh", "-c", script}, Input: []byte("in"), Limit: limit, Most: 100}.Run(
		t.Context())
	return string(out), words, err
}

func TestRun(t *testing.T) {
	t.Parallel()
	if out, words, err := run(t, time.Minute, "cat; pwd; echo oh >&2"); out != "in/\n" || words != "oh" ||
		err != nil {
		t.Errorf("%q, %q, %v", out, words, err)
	}
	var exit *exec.ExitError
	if _, _, err := run(t, time.Minute, "exit 3"); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("%v", err)
	}
	if out, _, err := run(t, time.Minute, "seq 100"); !errors.Is(err, ErrTooMuch) || len(out) != 100 {
		t.Errorf("%d bytes, %v", len(out), err)
	}
	if _, words, err := run(t, time.Minute, "seq 100000 >&2; exit 1"); err == nil || len(words) > longest {
		t.Errorf("%d bytes of complaint, %v", len(words), err)
	}
	if _, _, err := run(t, time.Minute, "yes"); !errors.Is(err, ErrTooMuch) {
		t.Errorf("%v", err)
	}
	if _, _, err := (Program{Args: []string{"/no/such"}, Limit: time.Minute}).Run(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "no such file") {
		t.Errorf("%v", err)
	}
}

// TestEnd has programs that do not end by themselves, with children that hold their output.
func TestEnd(t *testing.T) {
	t.Parallel()
	if _, _, err := run(t, 50*time.Millisecond, "sleep 600 & sleep 600"); !errors.Is(err, ErrLate) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, _, err := (Program{Args: []string{"sleep", "600"}, Limit: time.Hour}).Run(ctx); !errors.Is(err,
		context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestBackground has programs that end with a child of theirs still at work, which holds their output. What they said
// counts, and the child can go on with its work and say what it likes; only where its parent failed or was ended it is
// hung up on.
func TestBackground(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		script, out string
		fails, ends bool
	}{
		{script: `(sleep 4; seq 100000; seq 100000 >&2; touch "$DONE") & echo yes`, out: "yes\n"},
		{script: `(sleep 4; seq 100000; seq 100000 >&2; touch "$DONE") & echo no; exit 1`, out: "no\n", fails: true,
			ends: true},
		{script: `(exec > /dev/null 2>&1; sleep 4; touch "$DONE") & echo yes`, out: "yes\n"},
		{script: `(sleep 4; touch "$DONE") < /dev/stdin & echo yes`, out: "yes\n"},
	} {
		t.Run(c.script, func(t *testing.T) {
			t.Parallel()
			done := filepath.Join(t.TempDir(), "done")
			began := time.Now()
			out, _, err := Program{Args: []string{"bash", "-c", c.script}, Env: append(os.Environ(), "DONE="+done),
				Input: make([]byte, 1<<20),
				Limit: time.Minute, Most: 100}.Run(t.Context())
			if string(out) != c.out || (err != nil) != c.fails {
				t.Errorf("%q, %v after %v", out, err, time.Since(began))
			}
			if c.ends {
				return // whether seq ends by a signal or an error is its own matter
			}
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
				if _, err := os.Stat(done); err == nil {
					return
				}
				if time.Now().After(deadline) {
					t.Fatal("what it left in the background did not end its work")
				}
			}
		})
	}
}

// TestNobodyIsHeldUp runs programs that leave a child in the background, which holds all that it has: with exit status
// 0 what they said counts at once. A part of a second for each would hold up what comes next.
func TestNobodyIsHeldUp(t *testing.T) {
	t.Parallel()
	const times = 5
	for _, c := range []struct {
		most int
		in   []byte
	}{{most: 100}, {}, {most: 100, in: make([]byte, 1<<20)}} {
		began := time.Now()
		for range times {
			out, _, err := Program{Args: []string{"bash", "-c", "sleep 20 <&0 & printf '%090d' 7; echo oh >&2"},
				Input: c.in, Limit: time.Minute, Most: c.most}.Run(t.Context())
			if err != nil || len(out) != min(c.most, 90) {
				t.Errorf("%q, %v", out, err)
			}
		}
		if took := time.Since(began); took > times*patience {
			t.Errorf("%d programs took %v", times, took)
		}
	}
}

// TestAllIsHeard: whatever a program said before it ended well is known, also what it said last, and of its complaints.
func TestAllIsHeard(t *testing.T) {
	t.Parallel()
	for range 200 {
		if out, words, err := run(t, time.Minute, "echo yes; echo oh >&2"); out != "yes\n" || words != "oh" ||
			err != nil {
			t.Fatalf("%q, %q, %v", out, words, err)
		}
	}
}

// TestLateAnswer has an answer that comes through a child which outlives the program: late, and bit by bit. It is
// whole, or it is refused.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		script, out string
		err         error
	}{
		{"echo '{}' > >(sleep 0.1; cat)", "{}\n", nil},
		{`echo > >(printf '{"a":'; sleep 0.3; echo '"b"}')`, `{"a":"b"}` + "\n", nil},
		{`printf '{"a":' && echo > >(for i in 1 2 3; do sleep 0.4; printf '{"a":'; done; printf 7; printf '}}}}')`,
			`{"a":{"a":{"a":{"a":7}}}}`, nil},
		{`sleep 20 & printf '{"a":'`, `{"a":`, ErrCut},
		{`echo > >(printf '{"a":'; sleep 20; echo '"b"}')`, `{"a":`, ErrCut},
		{`while printf '['; do sleep 0.1; done & sleep 0`, "[", ErrCut}, // for as long as its limit says
		{`echo > >(printf '{"a":'; sleep 0.2)`, `{"a":`, nil},           // that is all there is
	} {
		t.Run(c.script, func(t *testing.T) {
			t.Parallel()
			out, _, err := Program{Args: []string{"bash", "-c", c.script}, Limit: 4 * time.Second, Most: 100,
				Whole: json.Valid}.Run(t.Context())
			if !strings.HasPrefix(string(out), c.out) || !errors.Is(err, c.err) || c.err == nil && (err != nil ||
				string(out) != c.out) {
				t.Errorf("%q, %v", out, err)
			}
		})
	}
}
