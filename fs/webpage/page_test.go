package webpage

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"inboxfs/fs/text"
	"inboxfs/queue"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

var now = time.Date(2026, 3, 4, 12, 30, 5, 0, time.FixedZone("CST", 8*3600))

// overview is of these entries, and their sums.
func overview(state list.QueueState, infos ...list.Info) queue.Overview {
	o := queue.Overview{Summary: list.Summary{State: state, Counts: make(map[list.State]list.Count)},
		Entries: make(map[list.State][]list.Info)}
	for _, i := range infos {
		o.Entries[i.State] = append(o.Entries[i.State], i)
		c := o.Counts[i.State]
		c.Entries, c.Bytes, c.Uploaded = c.Entries+1, c.Bytes+i.Size, c.Uploaded+i.Uploaded
		o.Counts[i.State] = c
		o.Uploaded, o.Sent = o.Uploaded+i.Uploaded, o.Sent+i.Sent
	}
	for _, s := range []list.State{list.Ready, list.Uploading, list.Paused} {
		o.Done, o.Left = o.Done+o.Counts[s].Uploaded, o.Left+o.Counts[s].Bytes-o.Counts[s].Uploaded
	}
	return o
}

func info(id int, s list.State, name string) list.Info {
	return list.Info{Row: list.Row{ID: transfer.ID(id), State: s, Size: 1 << 30, Name: name}}
}

// render returns the page and its elements, and fails where tags do not match.
func render(t *testing.T, o queue.Overview) (string, *html.Node) {
	t.Helper()
	b, err := Append(nil, o, now, "/mnt/up load")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	if len(text)%block != 0 || !strings.HasSuffix(text, "\n") {
		t.Errorf("the page has %d bytes and ends %q", len(text), text[len(text)-3:])
	}
	balanced(t, text)
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return text, root
}

// balanced fails unless every element that is opened is closed, the inner ones first.
func balanced(t *testing.T, text string) {
	t.Helper()
	var open []string
	for z := html.NewTokenizer(strings.NewReader(text)); ; {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("never closed: %v", open)
			}
			return
		case html.StartTagToken, html.EndTagToken:
			tag, _ := z.TagName()
			switch name := string(tag); {
			case name == "meta":
			case kind == html.StartTagToken:
				open = append(open, name)
			case len(open) == 0 || open[len(open)-1] != name:
				t.Fatalf("</%s> closes %v", name, open)
			default:
				open = open[:len(open)-1]
			}
		}
	}
}

// all is the elements called tag.
func all(root *html.Node, tag string) (found []*html.Node) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// byClass is the words of the elements that have the class.
func byClass(root *html.Node, class string) (found []string) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && attribute(n, "class") == class {
			found = append(found, words(n))
		}
	}
	return found
}

func TestPage(t *testing.T) {
	t.Parallel()
	failed := info(3, list.Failure, "clips/no.mp4")
	failed.Error, failed.Message = "AccessDenied", "no right to put"
	failed.Hint = "ask for oss:PutObject"
	failed.Do, failed.Or = "inboxfs control retry 'no.mp4'", "inboxfs control deleteFile 'no.mp4'"
	held := info(4, list.Held, "cut.mov")
	held.Error, held.Message = "WriteFailed", "cp was killed by SIGINT after 1.5 MiB"
	held.Do = "inboxfs control release '#4'"
	up := info(5, list.Uploading, "b.mp4")
	up.Uploaded, up.Sent, up.Rate = 1<<28, 1<<29, 1<<20
	waits := info(6, list.Uploading, "w.mp4")
	waits.Message, waits.NextTry = "connection refused", now.Add(30*time.Second)
	done := info(1, list.Success, "a.mp4")
	done.Finished = now.Add(-time.Hour)
	o := overview(list.Running, failed, held, up, waits, done, info(7, list.Ready, "r.mp4"))
	o.Rate, o.Waiting, o.Message, o.Hint = 1<<20, 2, "all is lost", "find it"
	text, root := render(t, o)

	if got := words(all(root, "title")[0]); got != "1 failed – 1 held – 16 % – inboxfs /mnt/up load" {
		t.Errorf("title: %s", got)
	}
	var bars []string
	for _, p := range all(root, "progress") {
		bars = append(bars, attribute(p, "aria-label")+" "+attribute(p, "value"))
		if attribute(p, "max") != "100" || attribute(p, "aria-label") == "" {
			t.Errorf("a bar has %v", p.Attr)
		}
	}
	if got := strings.Join(bars, ", "); got != "all files 16, b.mp4 50, w.mp4 0" {
		t.Errorf("bars: %s", got)
	}
	facts := strings.Join(byClass(root, "facts"), "\n")
	for _, want := range []string{"512 MiB of 3.0 GiB · 1.0 MiB/s · 42 min left",
		"50 % of 1.0 GiB · 1.0 MiB/s · 8 min left",
		"0 % of 1.0 GiB · next try in 30 s", "1.0 GiB · 11:30"} {
		if !strings.Contains(facts, want) {
			t.Errorf("no facts %q in\n%s", want, facts)
		}
	}
	if notice := byClass(root, "notice"); len(notice) != 1 || notice[0] != "all is lost: find it" {
		t.Errorf("notice: %q", notice)
	}
	why := strings.Join(byClass(root, "why"), "\n")
	if want := "AccessDenied no right to put\nWriteFailed cp was killed by SIGINT after 1.5 MiB\nconnection " +
		"refused"; why != want {
		t.Errorf("reasons:\n%s", why)
	}
	if hints := byClass(root, "hint"); len(hints) != 1 || hints[0] != "ask for oss:PutObject" {
		t.Errorf("hints: %q", hints)
	}
	do := strings.Join(byClass(root, "do"), "\n")
	if want := "inboxfs control retry 'no.mp4' or inboxfs control deleteFile 'no.mp4'\n" +
		"inboxfs control release '#4'"; do != want {
		t.Errorf("what to do:\n%s", do)
	}
	var order []string
	for _, h := range all(root, "h2") {
		order = append(order, words(h))
	}
	if got := strings.Join(order,
		", "); got != "failed 1, held back 1, uploading 2, ready, next first 1, uploaded, newest first 1" {
		t.Errorf("sections: %s", got)
	}
	for _, want := range []string{"2 files wait", `content="2"`, "12:30:05 CST",
		`datetime="2026-03-04T04:30:05Z"`} {
		if !strings.Contains(strings.ReplaceAll(text, "&#39;", "'"), want) {
			t.Errorf("the page has no %s", want)
		}
	}
}

// TestPolicy: no script, nothing from outside, and the policy knows the style sheet by its hash.
func TestPolicy(t *testing.T) {
	t.Parallel()
	_, root := render(t, overview(list.Running, info(1, list.Ready, "a")))
	for _, tag := range []string{"script", "img", "iframe", "link", "object", "form", "base"} {
		if len(all(root, tag)) > 0 {
			t.Errorf("the page has <%s>", tag)
		}
	}
	styles := all(root, "style")
	if len(styles) != 1 {
		t.Fatalf("%d style sheets", len(styles))
	}
	sum := sha256.Sum256([]byte(styles[0].FirstChild.Data))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'"
	found := false
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || (a.Key == "src" || a.Key == "href") &&
				strings.Contains(a.Val, ":") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
			if a.Key == "content" && strings.HasPrefix(a.Val, "default-src") {
				found = true
				if a.Val != want {
					t.Errorf("policy %s\nwant   %s", a.Val, want)
				}
			}
		}
	}
	if !found {
		t.Error("the page has no policy")
	}
}

// TestHostile has names and messages that would be markup, or end one element and begin another.
func TestHostile(t *testing.T) {
	t.Parallel()
	shown := []struct{ name, want string }{
		{`<img src=x onerror=alert(1)>`, `<img src=x onerror=alert(1)>`},
		{`"><script>alert(1)</script>`, `"\"><script>alert(1)</script>"`},
		{`' onmouseover='alert(1)`, `' onmouseover='alert(1)`},
		{"</bdi></ul><h1>mine", "</bdi></ul><h1>mine"},
		{`a&amp;b`, `a&amp;b`},
		{"two\nlines\x1b[31m", `"two\nlines\x1b[31m"`},
		{"caf\xe9", `"caf\xe9"`},
		{"\u202egpj.exe", `"\u202egpj.exe"`}, // a page would show exe.jpg
		{"a\u2066\u200bb\u2028", `"a\u2066\u200bb\u2028"`},
		{"上海.mp4", "上海.mp4"},
		{"{{.Title}} -->", "{{.Title}} -->"},
	}
	var infos, harmless []list.Info
	for i, c := range shown {
		for _, s := range []list.State{list.Failure, list.Uploading} {
			x := info(i+1, s, "n")
			x.Error, x.Message, x.Hint = "e", "m", "h"
			harmless = append(harmless, x)
			x.Name, x.Error, x.Message, x.Hint = c.name, c.name, c.name, c.name
			infos = append(infos, x)
		}
	}
	o, plain := overview(list.Expired, infos...), overview(list.Expired, harmless...)
	o.Message, plain.Message, o.Hint, plain.Hint = shown[1].name, "m", shown[0].name, "h"
	_, root := render(t, o)
	_, want := render(t, plain)
	if got, want := skeleton(root), skeleton(want); got != want {
		t.Errorf("names make elements:\n%s", got)
	}
	for n := range root.Descendants() {
		for _, s := range append([]string{n.Data}, values(n)...) {
			if i := strings.IndexFunc(s, func(r rune) bool { return r != '\n' && text.Hidden(r) }); i >= 0 {
				t.Errorf("the page has %q", s)
			}
		}
	}
	got := byClass(root, "name")
	for i, c := range shown {
		if got[i] != c.want {
			t.Errorf("%q is shown as %q", c.name, got[i])
		}
	}
}

func values(n *html.Node) (all []string) {
	for _, a := range n.Attr {
		all = append(all, a.Val)
	}
	return all
}

// skeleton is the elements and the names of their attributes.
func skeleton(root *html.Node) string {
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			b.WriteString("\n" + n.Data)
			for _, a := range n.Attr {
				b.WriteString(" " + a.Key)
			}
		}
	}
	return b.String()
}

// TestLongList keeps to its size, whatever the names, and says what it leaves out.
func TestLongList(t *testing.T) {
	t.Parallel()
	for name, long := range map[string]string{"short": "clips/a.mp4", "long": strings.Repeat("<", 1000),
		"wide": strings.Repeat("影", 340)} {
		o := queue.Overview{Summary: list.Summary{State: list.Running, Counts: make(map[list.State]list.Count)},
			Entries: make(map[list.State][]list.Info)}
		for _, s := range list.States {
			o.Counts[s] = list.Count{Entries: 100_000, Bytes: 100_000 << 30}
			for i := range 50 {
				x := info(1<<60+i, s, long)
				x.Error, x.Message = "Code", "a reason"
				if name != "short" {
					x.Message, x.Hint = strings.Repeat(`"`, 5000), strings.Repeat(`<`, 5000)
				}
				o.Entries[s] = append(o.Entries[s], x)
			}
		}
		text, root := render(t, o)
		if len(text) > 200_000 {
			t.Errorf("%s: %d bytes", name, len(text))
		}
		names, left := byClass(root, "name"), byClass(root, "left")
		if len(left) != len(list.States) || left[0] < "and 99,9" {
			t.Errorf("%s: left out: %q", name, left)
		}
		if least := map[bool]int{true: 250 - 20, false: 20}[name == "short"]; len(names) < least {
			t.Errorf("%s: only %d names", name, len(names))
		}
	}
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	text, root := render(t, overview(list.Stopped))
	if got := words(all(root, "title")[0]); got != "stopped – inboxfs /mnt/up load" {
		t.Errorf("title: %s", got)
	}
	if len(byClass(root, "empty")) != 1 || len(all(root, "progress")) != 0 || !strings.Contains(text, `content="10"`) {
		t.Error("it is not seen to be empty and at rest")
	}
}

func BenchmarkPage(b *testing.B) {
	var infos []list.Info
	for i := range 250 {
		infos = append(infos, info(i, list.States[i%len(list.States)], fmt.Sprintf("clips/a%d.mp4", i)))
	}
	o := overview(list.Running, infos...)
	var page []byte
	for b.Loop() {
		var err error
		if page, err = Append(page[:0], o, now, "/mnt"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(page)), "bytes")
}
