package client

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue"
	"inboxfs/queue/list"
)

// TestGone says what has become of a mount.
func TestGone(t *testing.T) {
	t.Parallel()
	if _, err := Names(t.Context(), t.TempDir(), queue.Retry.Acts, ""); err == nil || !strings.Contains(err.Error(),
		"no inboxfs is mounted at") {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := Tell(t.Context(), t.TempDir(), "start"); err == nil || !strings.Contains(err.Error(),
		"no inboxfs is mounted at") {
		t.Errorf("an empty folder: %v", err)
	}
	if err := explain("/mnt", &os.PathError{Op: "open", Path: "/mnt/queue", Err: syscall.ENOTCONN}); !strings.Contains(
		err.Error(), "ended without unmounting") {
		t.Errorf("a dead mount: %v", err)
	}
	hang := make(chan struct{})
	defer close(hang)
	asked := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(asked)
	if _, err := Read(ctx, "/mnt", func(string) (int, error) { <-hang; return 0, nil }); !errors.Is(err, asked) {
		t.Errorf("a mount that hangs: %v", err)
	}
}

// TestNoMount: a file called control in an ordinary folder is somebody's own.
func TestNoMount(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "control")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Tell(t.Context(), dir, "clear"); err == nil || !strings.Contains(err.Error(),
		"no inboxfs is mounted") {
		t.Errorf("it says %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "precious" {
		t.Errorf("there is %q, %v", b, err)
	}
}

// TestOneLine: a name with a line break in it must not become two lines.
func TestOneLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "control")
	if err := os.WriteFile(path, []byte("ok: nothing was asked yet\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Tell(t.Context(), dir, "flush a\nclear"); err == nil || !strings.Contains(err.Error(), "#ID") {
		t.Errorf("it says %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "ok: nothing was asked yet\n" {
		t.Errorf("%q was written, %v", b, err)
	}
}

const listed = "#id\tstate\tpercent\tuploaded\tsize\tname\n"

func TestChoose(t *testing.T) {
	t.Parallel()
	rows := listed +
		"1\tfailure\t0\t0\t5\tclips/a.mp4\n2\tready\t0\t0\t5\tclips/b.mp4\n3\tfailure\t0\t0\t5\tclips/day 2/c.mp4\n" +
		"4\tfailure\t0\t0\t5\ttop " +
		"film.mp4\n5\tfailure\t0\t0\t5\t\"two\\nlines\"\n6\tfailure\t0\t0\t5\t-x\n7\theld\t0\t0\t5\tclips/d.mp4\n" +
		"8\tfailure\t0\t0\t5\tagain\n9\tready\t0\t0\t5\tagain\n10\tfailure\t0\t0\t5\t影.mp4\n"
	for begun, want := range map[string][]string{
		"": {"clips/ (2 files) ...", "top film.mp4 (failure)", `#5 (failure "two\nlines")`, "#6 (failure -x)",
			"影.mp4 (failure)"},
		"clips/":  {"clips/a.mp4 (failure)", "clips/day 2/ (1 file) ..."},
		"clips/d": {"clips/day 2/ (1 file) ..."},
		"to":      {"top film.mp4 (failure)"},
		"#": {"#1 (failure clips/a.mp4)", "#3 (failure clips/day 2/c.mp4)", "#4 (failure top film.mp4)",
			`#5 (failure "two\nlines")`, "#6 (failure -x)", "#8 (failure again)", "#10 (failure 影.mp4)"},
		"nothing": nil,
	} {
		choices, err := choose(strings.NewReader(rows), func(s list.State) bool { return s == list.Failure }, begun)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, shown(choices)); diff != "" {
			t.Errorf("%q goes on with (-want +got):\n%s", begun, diff)
		}
	}
}

func shown(choices []Choice) (all []string) {
	for _, c := range choices {
		s := c.Text + " (" + c.About + ")"
		if c.Open {
			s += " ..."
		}
		all = append(all, s)
	}
	return all
}

// TestChooseOfMany: what many names have in common is never longer in the choices than in the names, or a shell would
// type it.
func TestChooseOfMany(t *testing.T) {
	t.Parallel()
	rows := many(5000)
	choices, err := choose(strings.NewReader(rows), queue.Delete.Acts, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"take 0 (1000 files) ...", "take 1 (1000 files) ...", "take 2 (1000 files) ...",
		"take 3 (1000 files) ...", "take 4 (1000 files) ..."}
	if diff := cmp.Diff(want, shown(choices)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	choices, err = choose(strings.NewReader(rows), queue.Delete.Acts, "take 321")
	if err != nil || len(choices) != 10 || choices[0].Text != "take 3210.mp4" || choices[0].Open {
		t.Errorf("take 321 goes on with %v, %v", choices, err)
	}
}

func many(n int) string {
	var b strings.Builder
	b.WriteString(listed)
	for i := range n {
		fmt.Fprintf(&b, "%d\tready\t0\t0\t5\ttake %04d.mp4\n", i+1, i)
	}
	return b.String()
}

func BenchmarkChoose(b *testing.B) {
	rows := many(100_000)
	for b.Loop() {
		if _, err := choose(strings.NewReader(rows), queue.Delete.Acts, ""); err != nil {
			b.Fatal(err)
		}
	}
}
