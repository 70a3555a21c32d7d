package hook

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"inboxfs/queue/eventlog"
)

type rig struct {
	t   *testing.T
	dir string
	log *eventlog.Log
	out lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir()}
	var err error
	if r.log, err = eventlog.Open(filepath.Join(r.dir, "events.log"), eventlog.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.log.Close() })
	return r
}

func (r *rig) hook(o Options) *Hook {
	r.t.Helper()
	o.Events, o.Path, o.Log, o.firstWait = r.log, filepath.Join(r.dir, "hooks.seq"),
		slog.New(slog.NewTextHandler(&r.out, nil)), time.Millisecond
	o.Shown = strconv.Quote
	if o.Limit == 0 {
		o.Limit = time.Minute
	}
	h, err := New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	return h
}

func (r *rig) happen(names ...string) {
	r.t.Helper()
	for i, name := range names {
		if err := r.log.Append(eventlog.Event{Name: name, ID: uint64(i + 1), File: "a b.mp4"}); err != nil {
			r.t.Fatal(err)
		}
	}
}

// told waits until the file that hooks write to has so many lines.
func (r *rig) told(n int) []string {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(r.dir, "told"))
		if err == nil && bytes.Count(text, []byte("\n")) >= n {
			return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("told %q, %v; log: %s", text, err, r.out.String())
		}
	}
}

// remembered waits until hooks came so far.
func (r *rig) remembered(seq string) {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(r.dir, "hooks.seq"))
		if strings.TrimSpace(string(text)) == seq {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("hooks came to %q, %v; log: %s", text, err, r.out.String())
		}
	}
}

func (r *rig) script(s string) []string { return []string{"sh", "-c", "cd " + r.dir + "; " + s} }

// TestCommand tells from the first hook on, goes on where it stopped, and leaves out what nobody asked for.
func TestCommand(t *testing.T) {
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "hook-secret")
	r := newRig(t)
	r.happen("OnUploadSucceed") // before there were hooks
	o := Options{Names: []string{"OnUploadSucceed", "OnUploadFailed"},
		Command: r.script(`read -r line; echo "$EVENT $ID $FILE $ALIBABA_CLOUD_ACCESS_KEY_SECRET $line" >> told`)}
	h := r.hook(o)
	r.happen("OnFileAdded", "OnUploadSucceed")
	r.remembered("3")
	h.Close()
	r.happen("OnUploadFailed", "OnUploadProgress", "OnUploadSucceed")
	h = r.hook(o)
	defer h.Close()
	lines := r.told(3)
	for i, want := range []string{`OnUploadSucceed 2 "a b.mp4"  {"time":`, `OnUploadFailed 1 "a b.mp4"  {"time":`,
		`OnUploadSucceed 3 "a b.mp4"  {"time":`} {
		if !strings.HasPrefix(lines[i], want) || !strings.HasSuffix(lines[i], `"file":"a b.mp4"}`) {
			t.Errorf("%s\nis not %s...", lines[i], want)
		}
	}
}

// TestFails has a command that fails at first, one that never ends, and one that always fails.
func TestFails(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t)
	h := r.hook(
		Options{
			Command: r.script(
				`echo $EVENT >> told; case $EVENT in A) test $(wc -l < told) -ge 3;; B) exec sleep 600;; C) echo broken >&2; exit 1;; esac`),
			Tries: 5, Limit: 300 * time.Millisecond})
	defer h.Close()
	r.happen("A", "B", "C", "D")
	lines := r.told(3 + 5 + 5 + 1)
	if want := "A A A B B B B B C C C C C D"; strings.Join(lines, " ") != want {
		t.Errorf("told %v", lines)
	}
	for _, want := range []string{"exit status 1: broken", "did not end in time", "given up"} {
		if !strings.Contains(r.out.String(), want) {
			t.Errorf("%q is not in the log: %s", want, r.out.String())
		}
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var mu sync.Mutex // guards bodies
	var bodies []string
	enough := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil || q.Method != http.MethodPost || q.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v %v", q.Method, q.Header, err)
		}
		mu.Lock()
		defer mu.Unlock()
		bodies = append(bodies, string(body))
		switch len(bodies) {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 3:
			close(enough)
		}
	}))
	defer web.Close()
	h := r.hook(Options{URL: web.URL + "/secret-path"})
	r.happen("OnUploadSucceed", "OnUploadEnd")
	<-enough
	h.Close()
	if !slices.Equal(bodies[:1], bodies[1:2]) || !strings.Contains(bodies[2], `"event":"OnUploadEnd"`) ||
		strings.Contains(r.out.String(), "secret-path") {
		t.Errorf("told %q; log: %s", bodies, r.out.String())
	}
}

// TestWebhookAway does not say the address, which is a secret with many services.
func TestWebhookAway(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	h := r.hook(Options{URL: "http://127.0.0.1:1/secret-path", Tries: 1, Limit: time.Second})
	r.happen("OnUploadSucceed")
	for deadline := time.Now().Add(time.Minute); !strings.Contains(r.out.String(), "given up"); time.Sleep(
		time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it is not given up")
		}
	}
	h.Close()
	if strings.Contains(r.out.String(), "secret-path") {
		t.Errorf("the log has the address: %s", r.out.String())
	}
}

// TestWebhookElsewhere follows no redirect: the other host is not told, nor is the event taken for told; and who reads
// the log learns the other host, and no secret of either address.
func TestWebhookElsewhere(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the other host is asked")
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		r := newRig(t)
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, other.URL+"/hidden-path?token=hidden-token", status)
		}))
		defer web.Close()
		h := r.hook(Options{URL: web.URL + "/secret-path", Tries: 2})
		r.happen("OnUploadSucceed")
		r.remembered("1")
		h.Close()
		said := r.out.String()
		if !strings.Contains(said, other.URL+":") || strings.Contains(said, "secret-") ||
			strings.Contains(said, "hidden-") {
			t.Errorf("%d: %s", status, said)
		}
	}
}

// TestCommandWithChildren has a program that leaves work in the background: it was told, once.
func TestCommandWithChildren(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	h := r.hook(Options{Command: r.script(`echo "$EVENT" >> told; sleep 5 &`)})
	r.happen("OnUploadSucceed", "OnUploadEnd")
	r.remembered("2")
	h.Close()
	if told := r.told(2); !slices.Equal(told, []string{"OnUploadSucceed", "OnUploadEnd"}) ||
		strings.Contains(r.out.String(), "failed") {
		t.Errorf("told were %q, and it says %s", told, r.out.String())
	}
}

// TestNoWordOfTheCommand has a command that repeats on standard error what it was called with.
func TestNoWordOfTheCommand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	h := r.hook(Options{Command: []string{"sh", "-c", `echo "refused: $1" >&2; exit 7`, "sh", "hush-5ecret"}, Tries: 2})
	defer h.Close()
	r.happen("A")
	for deadline := time.Now().Add(time.Minute); !strings.Contains(r.out.String(), "given up"); {
		if time.Sleep(time.Millisecond); time.Now().After(deadline) {
			t.Fatal("it is never given up")
		}
	}
	said := r.out.String()
	if strings.Contains(said, "hush") || !strings.Contains(said, "exit status 7: refused: ***") {
		t.Error(said)
	}
}
