package eventlog

import (
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func render(t testing.TB, f Format, e Event, seq uint64) string {
	t.Helper()
	r := newRenderer(f)
	if err := r.add(&e, seq, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	return r.buf.String()
}

func TestLine(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("east", 8*3600)
	at := time.Date(2026, 3, 1, 20, 0, 0, 120_999_999, zone)
	for name, c := range map[string]struct {
		event      Event
		text, json string
	}{
		"file": {
			Event{Time: at, Name: "OnUploadSucceed", ID: 3, File: "a b.mp4", Attrs: []slog.Attr{
				slog.Int64("size", 10), slog.String("etag", ""), slog.Duration("duration", 1500*time.Millisecond),
				slog.Bool("resumable", true), slog.Float64("percent", 1.5), slog.Time("next", at)}},
			`time=2026-03-01T12:00:00.120Z seq=17 event=OnUploadSucceed id=3 file="a b.mp4" size=10 etag="" ` +
				`duration=1.5s resumable=true percent=1.5 next=2026-03-01T12:00:00.120Z`,
			`{"time":"2026-03-01T12:00:00.120Z","seq":17,"event":"OnUploadSucceed","id":3,"file":"a b.mp4","size":10,` +
				`"etag":"","duration":1500000000,"resumable":true,"percent":1.5,"next":"2026-03-01T12:00:00.120Z"}`,
		},
		"queue": {
			Event{Time: at, Name: "OnUploadEnd", Attrs: []slog.Attr{slog.Int("succeeded", 2)}},
			`time=2026-03-01T12:00:00.120Z seq=17 event=OnUploadEnd succeeded=2`,
			`{"time":"2026-03-01T12:00:00.120Z","seq":17,"event":"OnUploadEnd","succeeded":2}`,
		},
		"no time": {
			Event{Name: "OnUploadTokenExpired"},
			`time=2026-03-01T12:00:00.000Z seq=17 event=OnUploadTokenExpired`,
			`{"time":"2026-03-01T12:00:00.000Z","seq":17,"event":"OnUploadTokenExpired"}`,
		},
		"fields called as slog's own": {
			Event{Time: at, Name: "E", Attrs: []slog.Attr{slog.String("level", "high"), slog.String("msg", "hello")}},
			`time=2026-03-01T12:00:00.120Z seq=17 event=E level=high msg=hello`,
			`{"time":"2026-03-01T12:00:00.120Z","seq":17,"event":"E","level":"high","msg":"hello"}`,
		},
		"errors and groups": {
			Event{Time: at, Name: "E", ID: 1, File: "", Attrs: []slog.Attr{
				slog.Any("message", errors.New("no\nway")), slog.Group("g", slog.String("msg", ""))}},
			`time=2026-03-01T12:00:00.120Z seq=17 event=E id=1 file="" message="no\nway" g.msg=""`,
			`{"time":"2026-03-01T12:00:00.120Z","seq":17,"event":"E","id":1,"file":"","message":"no\nway","g":{"msg":""}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := render(t, Text, c.event, 17); got != c.text+"\n" {
				t.Errorf("text\n got %s\nwant %s", got, c.text)
			}
			if got := render(t, JSON, c.event, 17); got != c.json+"\n" {
				t.Errorf("json\n got %s\nwant %s", got, c.json)
			}
		})
	}
}

// hostileNames are file names that try to be something else in a terminal or a script.
func hostileNames() []string {
	names := []string{
		"two\nlines", "cr\rlf\r\n", "\x1b]0;title\a", "\x1b[2J", "del\x7f", "\x7f", "a=b\x7f c", "\x7fa\x7fb\x7f",
		"c1 \u009b2J", "c1\u009b2J", "\u0085", "rtl\u202egpj.exe", "zero\u200bwidth", "line\u2028sep", "bom\ufeff",
		"bad\xff\xfeutf8", "\xc3", "cut\xe4\xb8", `back\slash`, `quo"te`, "seq=99 event=OnUploadEnd", " id=7", "",
		"x\n" + `{"time":"2026-03-01T12:00:00.000Z","seq":9,"event":"forged"}`, "\U000e0001tag", "🎬.mp4", "日本語", "a\tb",
		"\x00", "<script>&",
	}
	for b := range 256 {
		names = append(names, "n"+string([]byte{byte(b)})+"n")
	}
	return names
}

func TestHostileNames(t *testing.T) {
	t.Parallel()
	for _, name := range hostileNames() {
		for _, f := range []Format{Text, JSON} {
			line := render(t, f, Event{Name: "OnFileAdded", ID: 5, File: name, Attrs: []slog.Attr{
				slog.String("key", name), slog.Any("message", errors.New(name)), slog.Int("last", 1)}}, 17)
			checkLine(t, line)
			if f == JSON {
				var got struct{ File, Key, Message string }
				if err := json.Unmarshal([]byte(line), &got); err != nil {
					t.Fatalf("%q: %v in %s", name, err, line)
				}
				want := strings.ToValidUTF8(name, "\ufffd")
				if utf8.ValidString(name) && (got.File != want || got.Key != want || got.Message != want) {
					t.Errorf("%q came back as %q", name, got)
				}
				continue
			}
			if got := textValue(t, line, "file", "key"); got != name {
				t.Errorf("file: %q came back as %q from %s", name, got, line)
			}
			if got := textValue(t, line, "key", "message"); got != name {
				t.Errorf("key: %q came back as %q from %s", name, got, line)
			}
		}
	}
}

// checkLine checks that line is one line, harmless in a terminal, with its number in place.
func checkLine(t testing.TB, line string) {
	t.Helper()
	if !strings.HasSuffix(line, "\n") || strings.Count(line, "\n") != 1 {
		t.Fatalf("not one line: %q", line)
	}
	for i, r := range strings.TrimSuffix(line, "\n") {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			t.Fatalf("unprintable %U at %d in %q", r, i, line)
		}
	}
	if seq, ok := parseSeq([]byte(line)); !ok || seq != 17 {
		t.Fatalf("seq %d, %v in %q", seq, ok, line)
	}
}

// textValue undoes the quoting of the value between two keys.
func textValue(t testing.TB, line, key, next string) string {
	t.Helper()
	_, v, ok := strings.Cut(line, " "+key+"=")
	if !ok {
		t.Fatalf("no %s in %q", key, line)
	}
	if strings.HasPrefix(v, `"`) {
		q, err := strconv.QuotedPrefix(v)
		if err != nil {
			t.Fatal(err)
		}
		s, err := strconv.Unquote(q)
		if err != nil {
			t.Fatal(err)
		}
		v = strings.TrimPrefix(v, q)
		if !strings.HasPrefix(v, " "+next+"=") {
			t.Fatalf("%s is followed by %q", key, v)
		}
		return s
	}
	s, _, _ := strings.Cut(v, " "+next+"=")
	return s
}

func FuzzParseSeq(f *testing.F) {
	for i, name := range hostileNames()[:28] {
		f.Add([]byte(name), uint64(i+1))
	}
	f.Add([]byte("time=2026-03-01T12:00:00.000Z seq=18446744073709551616 event=x"), uint64(1)<<63)
	f.Fuzz(func(t *testing.T, b []byte, seq uint64) {
		if got, ok := parseSeq(b); ok && got == 0 {
			t.Errorf("%q has number 0", b)
		}
		if seq == 0 {
			return
		}
		for _, format := range []Format{Text, JSON} {
			line := render(t, format, Event{Name: "OnFileAdded", ID: 1, File: string(b)}, seq)
			if strings.Count(line, "\n") != 1 {
				t.Fatalf("not one line: %q", line)
			}
			for _, part := range []string{line, line[:min(len(line), seqHead)]} {
				if got, ok := parseSeq([]byte(part)); !ok || got != seq {
					t.Fatalf("%s: %d, %v; want %d in %q", format, got, ok, seq, part)
				}
			}
			// A line cut before its number ends must not be taken for one.
			if got, ok := parseSeq([]byte(line[:len(timeLayout)+8])); ok {
				t.Fatalf("half a line has number %d", got)
			}
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	attrs := []slog.Attr{slog.Int64("uploaded", 8<<20), slog.Int64("size", 1<<30), slog.Int("percent", 12),
		slog.Int("part", 3)}
	for _, f := range []Format{Text, JSON} {
		for _, n := range []int{1, 64} {
			b.Run(string(f)+"/batch="+strconv.Itoa(n), func(b *testing.B) {
				l := openLog(b, filepath.Join(b.TempDir(), "events"), Options{Format: f})
				batch := make([]Event, n)
				for i := range batch {
					batch[i] = Event{Time: time.Now(), Name: "OnUploadProgress", ID: 12345,
						File: "clips/2026/a film.mp4", Attrs: attrs}
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := l.Append(batch...); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "events/s")
			})
		}
	}
}
