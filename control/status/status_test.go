package status

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"

	"inboxfs/control/client"
	"inboxfs/fs/text"
	"inboxfs/queue"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// mount is a folder with the virtual files that are read, as package text writes them.
func mount(t *testing.T, s list.Summary, infos ...list.Info) string {
	t.Helper()
	dir := t.TempDir()
	s.Counts = make(map[list.State]list.Count)
	some := make(map[list.State][]list.Info)
	for _, i := range infos {
		some[i.State] = append(some[i.State], i)
		c := s.Counts[i.State]
		s.Counts[i.State] = list.Count{Entries: c.Entries + 1, Bytes: c.Bytes + i.Size}
		if i.State == list.Ready || i.State == list.Uploading || i.State == list.Paused {
			s.Uploaded, s.Sent = s.Uploaded+i.Uploaded, s.Sent+i.Sent
			s.Done, s.Left = s.Done+i.Uploaded, s.Left+i.Size-i.Uploaded
		}
	}
	for name, content := range map[string][]byte{"list.json": text.AppendJSON(nil, infos),
		"status.json": text.AppendOverview(nil, queue.Overview{Summary: s, Entries: some})} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var now = time.Date(2026, 3, 4, 12, 30, 0, 0, time.UTC)

func entry(id int, s list.State, size, uploaded int64, name string) list.Info {
	return list.Info{Row: list.Row{ID: transfer.ID(id), State: s, Size: size, Uploaded: uploaded, Sent: uploaded,
		Name: name}}
}

// crowd has something of everything.
func crowd() (list.Summary, []list.Info) {
	failed := entry(1, list.Failure, 1000, 0, "no.mp4")
	failed.Error, failed.Message = "AccessDenied", "you have no right \x1b[31m to put"
	failed.Do, failed.Or = "inboxfs control retry 'no.mp4'", "inboxfs control deleteFile 'no.mp4'"
	held := entry(2, list.Held, 1<<20, 0, "cut \x1b]0;owned\a.mov")
	held.Error, held.Message = "WriteFailed", "cp was killed by SIGINT after 1.0 MiB"
	held.Hint, held.Do = "copy it again", "inboxfs control release '#2'"
	up := entry(3, list.Uploading, 100<<20, 50<<20, "夜景/été-e\u0301te\u0301.mkv")
	up.Rate = 5 << 20
	waits := entry(4, list.Uploading, 10<<20, 0, "waits.mp4")
	waits.Error, waits.Message, waits.NextTry = "RequestTimeout", "no answer", now.Add(30*time.Second)
	return list.Summary{State: list.Running, Rate: 5 << 20}, []list.Info{failed, held, up, waits,
		entry(5, list.Ready, 10<<20, 0, "next.mp4"),
		entry(6, list.Ready, 10<<20, 0, "\u202egpj.exe"), entry(7, list.Success, 0, 0, "caf\xe9")}
}

func picturesOf(t *testing.T, dir string, width int) string {
	t.Helper()
	o, err := client.Read(t.Context(), dir, overview)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, l := range layout(o, "/mnt", width, whole, now) {
		b.WriteString(l.text + "\n")
	}
	return b.String()
}

func TestPicture(t *testing.T) {
	t.Parallel()
	s, infos := crowd()
	dir := mount(t, s, infos...)
	for width, want := range map[int]string{
		0: `inboxfs /mnt: running
38 %, 50 MiB of 130 MiB, 5.0 MiB/s, 16 s left
1 failure, 1 held, 2 uploading, 2 ready, 1 success

failed 1
  no.mp4  1000 B
    "AccessDenied: you have no right \x1b[31m to put"
    inboxfs control retry 'no.mp4'
    inboxfs control deleteFile 'no.mp4'

held back 1
  "cut \x1b]0;owned\a.mov"  1.0 MiB
    WriteFailed: cp was killed by SIGINT after 1.0 MiB
    copy it again
    inboxfs control release '#2'

uploading 2
  夜景/été-été.mkv  50 %  100 MiB  5.0 MiB/s  10 s
  waits.mp4  0 %  10 MiB  next try in 30 s
    RequestTimeout: no answer

ready, next first 2
  next.mp4  10 MiB
  "\u202egpj.exe"  10 MiB

uploaded, newest first 1
  "caf\xe9"  0 B
`,
		80: `inboxfs /mnt: running
[#############################-------------------------------------------------]
38 %, 50 MiB of 130 MiB, 5.0 MiB/s, 16 s left
1 failure, 1 held, 2 uploading, 2 ready, 1 success

failed 1
  no.mp4                                                                  1000 B
    "AccessDenied: you have no right \x1b[31m to put"
    inboxfs control retry 'no.mp4'
    inboxfs control deleteFile 'no.mp4'

held back 1
  "cut \x1b]0;owned\a.mov"                                               1.0 MiB
    WriteFailed: cp was killed by SIGINT after 1.0 MiB
    copy it again
    inboxfs control release '#2'

uploading 2
  夜景/été-été.mkv         [#########---------]  50 %  100 MiB  5.0 MiB/s  10 s
  waits.mp4                [------------------]   0 %  10 MiB  next try in 30 s
    RequestTimeout: no answer

ready, next first 2
  next.mp4                                                                10 MiB
  "\u202egpj.exe"                                                         10 MiB

uploaded, newest first 1
  "caf\xe9"                                                                  0 B
`,
		30: `inboxfs /mnt: running
[##########------------------]
38 %, 50 MiB of 130 MiB, 5.0
MiB/s, 16 s left
1 failure, 1 held, 2
uploading, 2 ready, 1 success

failed 1
  no.mp4                1000 B
    "AccessDenied: you have no
    right \x1b[31m to put"
    inboxfs control retry 'no.mp4'
    inboxfs control deleteFile 'no.mp4'

held back 1
  "cut \x1b]0..a.mov"  1.0 MiB
    WriteFailed: cp was killed
    by SIGINT after 1.0 MiB
    copy it again
    inboxfs control release '#2'

uploading 2
  夜景/été-été.mkv
  [#####-----]   50 %  100 MiB
  waits.mp4
  [####----]
`,
	} {
		got := picturesOf(t, dir, width)
		want := strings.ReplaceAll(want, "été-été", "été-e\u0301te\u0301")
		if width == 30 { // the whole of the narrow one would test nothing more
			got, _, _ = strings.Cut(got, "  waits.mp4")
			want, _, _ = strings.Cut(want, "  waits.mp4")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d columns (-want +got):\n%s", width, diff)
		}
	}
}

// TestEveryWidth: no line is wider than the terminal, whatever is in it, and none holds an escape.
func TestEveryWidth(t *testing.T) {
	t.Parallel()
	s, infos := crowd()
	s.Message = strings.Repeat("影", 300)
	for i, name := range []string{strings.Repeat("影", 200), strings.Repeat("e\u0301", 300),
		"👨\u200d👩\u200d👧 family.mp4", "تصوير.mp4", strings.Repeat("x", 1000), "a\u200bb", "\u2028"} {
		x := entry(10+i, list.States[i%len(list.States)], 1<<50, 1<<49, name)
		x.Error, x.Message, x.Hint, x.Rate = name, name, name, 1<<40
		infos = append(infos, x)
	}
	dir := mount(t, s, infos...)
	o, err := overview(dir)
	if err != nil {
		t.Fatal(err)
	}
	for width := 20; width <= 250; width++ {
		for _, l := range layout(o, "/mnt/"+strings.Repeat("y", 100), width, detail{text.ShownMost, 6, true}, now) {
			if n := runewidth.StringWidth(l.text); n > width || strings.ContainsAny(l.text, "\x1b\a\n\u202e\u2028") {
				t.Fatalf("%d columns of %d: %q", n, width, l.text)
			}
		}
	}
}

// TestFit shows something of every state on a small screen.
func TestFit(t *testing.T) {
	t.Parallel()
	s, infos := crowd()
	for i := range 50 {
		infos = append(infos, entry(100+i, list.Failure, 1, 0, fmt.Sprintf("f%d", i)))
	}
	dir := mount(t, s, infos...)
	o, err := overview(dir)
	if err != nil {
		t.Fatal(err)
	}
	lines := fit(o, "/mnt", 80, 40, now)
	var all []string
	for _, l := range lines {
		all = append(all, l.text)
	}
	screen := strings.Join(all, "\n")
	for _, want := range []string{"f0", "more; list has all", "no answer", "next.mp4", "uploaded, newest first"} {
		if !strings.Contains(screen, want) {
			t.Errorf("%q is not on the screen:\n%s", want, screen)
		}
	}
	if len(lines) > 40 {
		t.Errorf("%d lines on a screen of 40", len(lines))
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	s, infos := crowd()
	s.Message = `say "so"`
	var b strings.Builder
	if err := JSON(t.Context(), mount(t, s, infos...), &b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Queue map[string]any
		List  []map[string]any
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	if got.Queue["state"] != "running" || got.Queue["rate"] != float64(5<<20) || got.Queue["message"] != s.Message ||
		got.Queue["limit"] != "off" ||
		len(got.List) != len(infos) || got.List[0]["name"] != "no.mp4" {
		t.Errorf("it is %v and %v", got.Queue, got.List[0])
	}
}

// TestScreenWritesWhatChanged looks at what goes to a terminal.
func TestScreenWritesWhatChanged(t *testing.T) {
	t.Parallel()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close() //nolint:errcheck // a file of this test
	s := &screen{out: out, width: 80, height: 4}
	written := int64(0)
	draw := func(lines ...string) string {
		t.Helper()
		var all []line
		for _, l := range lines {
			all = append(all, line{l, plain})
		}
		if err := s.draw(all); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		fresh := b[written:]
		written = int64(len(b))
		return string(fresh)
	}
	for _, step := range []struct {
		lines []string
		want  string
	}{
		{[]string{"a", "b", "c"}, "\x1b[1;1Ha\x1b[K\x1b[2;1Hb\x1b[K\x1b[3;1Hc\x1b[K"},
		{[]string{"a", "b", "c"}, ""},
		{[]string{"a", "x"}, "\x1b[2;1Hx\x1b[K\x1b[3;1H\x1b[K"},
		{[]string{"a", "x", "1", "2", "3"}, "\x1b[3;1H1\x1b[K\x1b[4;1H(2 lines below)\x1b[K"},
	} {
		if got := draw(step.lines...); got != step.want {
			t.Errorf("%q is drawn as %q, not %q", step.lines, got, step.want)
		}
	}
	s.stale = true
	if got := draw("a"); got != "\x1b[2J\x1b[1;1Ha\x1b[K" {
		t.Errorf("after the size changed: %q", got)
	}
}
