package text

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

func TestList(t *testing.T) {
	t.Parallel()
	const header = "#id\tstate\tpercent\tuploaded\tsize\tname\n"
	row := func(name string) list.Row { return list.Row{ID: 7, State: list.Ready, Size: 12, Name: name} }
	for _, c := range []struct {
		name string
		rows []list.Row
		want string
	}{
		{"empty", nil, ""},
		{"in order", []list.Row{
			{ID: 1, State: list.Success, Size: 10, Uploaded: 10, Sent: 10, Name: "a"},
			{ID: 2, State: list.Uploading, Size: 1000, Uploaded: 900, Sent: 1000, Name: "clips/b.mp4"},
			{ID: 18446744073709551615, State: list.Receiving, Name: "c"},
		},
			"1\tsuccess\t100\t10\t10\ta\n2\tuploading\t99\t900\t1000\tclips/b.mp4\n18446744073709551615\treceiving\t0\t0\t0\tc\n"},
		{"blanks and apostrophes stay", []list.Row{row("it's a film.mp4")}, "7\tready\t0\t0\t12\tit's a film.mp4\n"},
		{"other scripts stay", []list.Row{row("上海 – día.mp4")}, "7\tready\t0\t0\t12\t上海 – día.mp4\n"},
		{"the replacement character itself stays", []list.Row{row("a\ufffdb")}, "7\tready\t0\t0\t12\ta\ufffdb\n"},
		{"newline", []list.Row{row("a\nb")}, "7\tready\t0\t0\t12\t\"a\\nb\"\n"},
		{"tab", []list.Row{row("a\tb")}, "7\tready\t0\t0\t12\t\"a\\tb\"\n"},
		{"delete", []list.Row{row("a\x7f")}, "7\tready\t0\t0\t12\t\"a\\x7f\"\n"},
		{"c1 control", []list.Row{row("é\u009b1m")}, "7\tready\t0\t0\t12\t\"é\\u009b1m\"\n"},
		{"quote", []list.Row{row(`say "hi"`)}, "7\tready\t0\t0\t12\t\"say \\\"hi\\\"\"\n"},
		{"hash", []list.Row{row("#7")}, "7\tready\t0\t0\t12\t\"#7\"\n"},
		{"first blank", []list.Row{row(" a")}, "7\tready\t0\t0\t12\t\" a\"\n"},
		{"quote after other script", []list.Row{row(`é"`)}, "7\tready\t0\t0\t12\t\"é\\\"\"\n"},
		{"backslash", []list.Row{row(`a\b`)}, "7\tready\t0\t0\t12\t\"a\\\\b\"\n"},
		{"invalid utf-8", []list.Row{row("caf\xe9")}, "7\tready\t0\t0\t12\t\"caf\\xe9\"\n"},
		{"invalid after valid", []list.Row{row("é\xff")}, "7\tready\t0\t0\t12\t\"é\\xff\"\n"},
	} {
		if diff := cmp.Diff(header+c.want, string(AppendList(nil, c.rows))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// sample has every field set.
func sample() list.Info {
	at := time.Date(2026, 3, 4, 12, 30, 0, 0, time.FixedZone("CST", 8*3600))
	return list.Info{
		Row:  list.Row{ID: 5, State: list.Failure, Size: 200, Uploaded: 50, Sent: 60, Name: "clips/a.mp4"},
		Rate: 1024, Parts: 12, PartsDone: 3, Retries: 2, Bucket: "b", Key: "in/clips/a.mp4", UploadID: "U1",
		VideoID: "V1", ETag: `"0AF3"`, CRC64: "9552015467561427386", RequestID: "R1", Error: "AccessDenied",
		Message: `no right to "put"`, Hint: "grant oss:PutObject", Path: "/data/a.mp4", Added: at,
		Started: at.Add(time.Second), Finished: at.Add(time.Minute),
		NextTry: at.Add(time.Hour),
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	want := `id 5
name clips/a.mp4
state failure
size 200
uploaded 50
sent 60
percent 30
rate 1024
time_left 1
parts 3/12
retries 2
bucket b
key in/clips/a.mp4
upload_id U1
video_id V1
etag 0AF3
crc64 9552015467561427386
request_id R1
error AccessDenied
message no right to "put"
hint grant oss:PutObject
path /data/a.mp4
added 2026-03-04T04:30:00Z
started 2026-03-04T04:30:01Z
finished 2026-03-04T04:31:00Z
next_try 2026-03-04T05:30:00Z
`
	if diff := cmp.Diff(want, string(AppendStatus(nil, sample()))); diff != "" {
		t.Errorf("all set (-want +got):\n%s", diff)
	}
	bare := list.Info{Row: list.Row{ID: 1, State: list.Receiving, Name: "x"}}
	want = "id 1\nname x\nstate receiving\nsize 0\nuploaded 0\nsent 0\npercent 0\n"
	if diff := cmp.Diff(want, string(AppendStatus(nil, bare))); diff != "" {
		t.Errorf("nothing set (-want +got):\n%s", diff)
	}
	for value, line := range map[string]string{
		"two\nlines":      `message "two\nlines"`,
		`"quoted" at all`: `message "\"quoted\" at all"`,
		`in "side" \ it`:  `message in "side" \ it`,
		"caf\xe9":         `message "caf\xe9"`,
		"esc\x1b[1m":      `message "esc\x1b[1m"`,
	} {
		bare.Message = value
		if got := string(AppendStatus(nil, bare)); !strings.HasSuffix(got, "\n"+line+"\n") {
			t.Errorf("message %q gives\n%s", value, got)
		}
	}
}

func TestQueue(t *testing.T) {
	t.Parallel()
	s := list.Summary{State: list.Expired, Waiting: 2, Uploaded: 99, Sent: 103, Rate: 5, Limit: 1 << 20,
		Message: "they have expired", Hint: "renew the token",
		Done: 8, Left: 24, Oldest: time.Unix(1_700_000_000, 0),
		Counts: map[list.State]list.Count{list.Ready: {Entries: 3, Bytes: 30}, list.Held: {Entries: 1, Bytes: 4}}}
	want := `state expired
receiving 0
ready 3
uploading 0
paused 0
success 0
failure 0
canceled 0
held 1
waiting 2
waiting_playlist 0
entries 4
bytes 34
receiving_bytes 0
ready_bytes 30
uploading_bytes 0
paused_bytes 0
success_bytes 0
failure_bytes 0
canceled_bytes 0
held_bytes 4
uploaded 99
sent 103
rate 5
limit 1048576
done 8
left 24
percent 37
time_left 4
oldest 2023-11-14T22:13:20Z
message they have expired
hint renew the token
`
	if diff := cmp.Diff(want, string(AppendQueue(nil, s))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := string(AppendQueue(nil, list.Summary{State: list.Stopped})); !strings.HasSuffix(got,
		"rate 0\nlimit off\ndone 0\nleft 0\npercent 100\n") {
		t.Errorf("no limit and no message give\n%s", got)
	}
}

// TestJSON reads list.json with encoding/json, and compares its keys and values with those of status.
func TestJSON(t *testing.T) {
	t.Parallel()
	if got := string(AppendJSON(nil, nil)); got != "[]\n" {
		t.Errorf("no entries give %q", got)
	}
	names := []string{"clips/a.mp4", "two\nlines", `"`, `\`, "\x00\x1b\x7f\u009b", "caf\xe9", "上海", "😀", "\u2028"}
	var infos []list.Info
	for _, name := range names {
		i := sample()
		i.Name = name
		infos = append(infos, i)
	}
	out := AppendJSON(nil, infos)
	if n := strings.Count(string(out), "\n"); n != len(names)+2 || out[len(out)-1] != '\n' {
		t.Errorf("%d lines for %d entries", n, len(names))
	}
	var got []map[string]any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	for i, name := range names {
		if utf8.ValidString(name) {
			if got[i]["name"] != name {
				t.Errorf("name %q came back as %q", name, got[i]["name"])
			}
			if q, ok := got[i]["name_quoted"]; ok {
				t.Errorf("name %q has name_quoted %q", name, q)
			}
			continue
		}
		quoted, _ := got[i]["name_quoted"].(string)
		if back, err := strconv.Unquote(quoted); err != nil || back != name {
			t.Errorf("name %q came back as %q, %v", name, back, err)
		}
	}
	flat := map[string]string{}
	for line := range strings.Lines(string(AppendStatus(nil, sample()))) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		flat[key] = value
	}
	same := map[string]string{}
	for key, value := range got[0] {
		same[key] = fmt.Sprint(value)
	}
	if diff := cmp.Diff(flat, same); diff != "" {
		t.Errorf("status and list.json differ (-status +list.json):\n%s", diff)
	}
}

// TestOverview: status.json has the keys of queue, and entries as list.json has them.
func TestOverview(t *testing.T) {
	t.Parallel()
	failed, ready := sample(), sample()
	failed.State, failed.Name, ready.State, ready.ID = list.Failure, "caf\xe9", list.Ready, 8
	o := queue.Overview{Summary: list.Summary{State: list.Expired, Message: `say "so"`, Rate: 7},
		Entries: map[list.State][]list.Info{list.Ready: {ready}, list.Failure: {failed}}}
	out := AppendOverview(nil, o)
	var got struct {
		Queue map[string]any
		List  json.RawMessage
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	if want := strings.TrimSuffix(string(AppendJSON(nil, []list.Info{failed, ready})), "\n"); string(
		got.List) != want {
		t.Errorf("the list is %s, not %s", got.List, want)
	}
	for line := range strings.Lines(string(AppendQueue(nil, o.Summary))) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if fmt.Sprint(got.Queue[key]) != value {
			t.Errorf("%s is %v, in queue %s", key, got.Queue[key], value)
		}
		delete(got.Queue, key)
	}
	if len(got.Queue) != 0 {
		t.Errorf("there is more: %v", got.Queue)
	}
	if empty := string(AppendOverview(nil, queue.Overview{})); !json.Valid([]byte(empty)) || !strings.HasSuffix(empty,
		"\"list\":[]}\n") {
		t.Errorf("without entries it is %s", empty)
	}
}

func TestReadme(t *testing.T) {
	t.Parallel()
	lines := strings.SplitAfter(string(AppendReadme(nil)), "\n")
	if n := len(lines) - 1; n < 15 || n > 22 || lines[n] != "" {
		t.Errorf("README has %d lines and ends in %q", n, lines[n])
	}
	for _, line := range lines {
		if utf8.RuneCountInString(line) > 120 {
			t.Errorf("too long to read: %s", line)
		}
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"ok: start", "start\nstop\n", "ok: start\n\nstart\nstop\n"},
		{"error: two\nlines", "start", "\"error: two\\nlines\"\n\nstart\n"},
		{"", "", "\n\n"},
	} {
		if got := string(AppendControl(nil, c[0], c[1])); got != c[2] {
			t.Errorf("%q and %q give %q", c[0], c[1], got)
		}
	}
}

func rows(n int) []list.Row {
	listed := make([]list.Row, n)
	for i := range listed {
		listed[i] = list.Row{ID: transfer.ID(i + 1), State: list.States[i%len(list.States)], Size: 1 << 20,
			Uploaded: int64(i),
			Name:     fmt.Sprintf("camera %d/clip-%07d.mp4", i%17, i)}
	}
	return listed
}

func BenchmarkList(b *testing.B) {
	listed := rows(100_000)
	buf := AppendList(nil, listed)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendList(buf[:0], listed)
	}
	b.ReportMetric(float64(len(listed))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkJSON(b *testing.B) {
	listed := make([]list.Info, 0, 10_000)
	for _, r := range rows(cap(listed)) {
		i := sample()
		i.Row = r
		listed = append(listed, i)
	}
	buf := AppendJSON(nil, listed)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendJSON(buf[:0], listed)
	}
	b.ReportMetric(float64(len(listed))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func TestAside(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 20, 0, 0, 5, time.FixedZone("", 3600))
	files := []queue.Aside{{Why: "ignored", Size: 6148, Modified: at, Name: ".DS_Store"},
		{Why: "temporary", Modified: at, Name: "a b\n.part"}}
	want := "#why\tsize\tmodified\tname\nignored\t6148\t2026-11-22T19:00:00Z\t.DS_Store\ntemporary\t0\t2026-11-22T19:00:00Z\t\"a b\\n.part\"\n"
	if diff := cmp.Diff(want, string(AppendAside(nil, files, false))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := string(AppendAside(nil, nil, true)); !strings.HasPrefix(got, "#why\t") || !strings.Contains(got,
		"\n# and more") || !strings.HasSuffix(got, "\n") {
		t.Errorf("more gives %q", got)
	}
}
