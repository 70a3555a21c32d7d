package text

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"inboxfs/queue/list"
)

// FuzzName shows names in list, status and list.json: each is one line that no terminal obeys, and what a script reads
// back is the name.
func FuzzName(f *testing.F) {
	for _, name := range []string{"a.mp4", " a", "#7", "a b ", `"q"`, "`b`", `\`, "two\nlines", "\x1b[2J", "caf\xe9",
		"é\u009b", "\u202e", "\ufffd", "-", "", "\t", "a\u2028b", "a\u2066b\u2069",
		"a\u200bb", "\ufeffa", "a\u00adb", "a\u061cb", "a\U000e0041b"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if strings.Contains(name, "\x00") || name == "" {
			return // no file can be called so
		}
		row := list.Row{ID: 7, State: list.Ready, Size: 12, Name: name}
		_, line, _ := strings.Cut(string(AppendList(nil, []list.Row{row})), "\n")
		shown, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "7\tready\t0\t0\t12\t")
		if !found || strings.IndexFunc(shown, obeyed) >= 0 {
			t.Fatalf("%q is shown as %q", name, line)
		}
		if read := shown; strings.HasPrefix(shown, `"`) {
			var err error
			if read, err = strconv.Unquote(shown); err != nil || read != name {
				t.Errorf("%q is read from %s as %q (%v)", name, shown, read, err)
			}
		} else if read != name || read[0] == '#' || read[0] == ' ' {
			t.Errorf("%q is shown as %q", name, shown)
		}
		info := list.Info{Row: row, Message: name, Error: name}
		for line := range bytes.Lines(AppendStatus(nil, info)) {
			if i := bytes.IndexFunc(bytes.TrimSuffix(line, []byte("\n")), obeyed); i >= 0 {
				t.Errorf("status has %q", line)
			}
		}
		var all []map[string]any
		for line := range bytes.Lines(AppendJSON(nil, []list.Info{info})) {
			if bytes.IndexFunc(bytes.TrimSuffix(line, []byte("\n")), obeyed) >= 0 {
				t.Errorf("list.json has %q", line)
			}
		}
		if err := json.Unmarshal(AppendJSON(nil, []list.Info{info}), &all); err != nil || len(all) != 1 {
			t.Fatalf("list.json of %q: %v", name, err)
		}
		read, _ := all[0]["name"].(string)
		if quoted, ok := all[0]["name_quoted"].(string); ok {
			var err error
			if read, err = strconv.Unquote(quoted); err != nil {
				t.Error(err)
			}
		}
		if read != name {
			t.Errorf("%q is %q in list.json", name, read)
		}
	})
}

// obeyed is what Hidden has to find, by the categories themselves.
func obeyed(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }

func TestHidden(t *testing.T) {
	t.Parallel()
	for r := range rune(unicode.MaxRune + 1) {
		if Hidden(r) != obeyed(r) {
			t.Fatalf("%U: %v", r, Hidden(r))
		}
		if s := Seen("a" + string(r) + "é"); obeyed(r) && (strings.ContainsFunc(s, obeyed) || len(s) < 5) ||
			!obeyed(r) && s != "a"+string(r)+"é" {
			t.Fatalf("%U is seen as %q", r, s)
		}
	}
}
