package names

import (
	"path"
	"strings"
	"testing"
)

func TestFoldedGlobs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"(?i)a[b-d]?.x", "AC9.X", true}, {"(?i)a[b-d]?.x", "AE9.X", false},
		{"(?i)[^a-c]x*y", "Bx1Y", false}, {"(?i)[^a-c]x*y", "Dx1Y", true},
		{`(?i)\[a\]*b?`, "[A]xB1", true}, {`(?i)\a?`, "Ax", true}, {`(?i)\??`, "?x", true}, {`(?i)\??`, "xx", false},
		{`(?i)[\]x]?`, "]1", true}, {`(?i)[\]x]?`, "X1", true},
		{"(?i)[X-b]?", "y1", true}, {"(?i)[X-b]?", "A1", true}, {"(?i)[X-b]?", "c1", false},
		{"(?i)ä?", "äx", true}, {"(?i)ä?", "Äx", false}, // ASCII only
		{"a?c", "aäc", true}, {"a?c", "aßßc", false}, {"[α-γ]*", "β1", true},
		{"a*b*c", "aXXbYYc", true}, {"a*b*c", "aXXcYYb", false}, {"ab*ba", "aba", false}, {"ab*ba", "abba", true},
		{"*", "x", true}, {"?", "x", true}, {"?", "xy", false}, {"[a]b]c", "ab]c", true}, {"[*]b", "*b", true},
		{"[*]b", "xb", false},
		{"aXXXXXX", "ab1C2d3", true}, {"aXXXXXX", "ab1c2d3", false}, {"aXXXXXX", "aXXXXXX", true},
		{"aXXXXXX", "Ab1c2d3", false},
		{"aXXXXXX", "ab1C2d", false}, {"aXXXXXX", "ab1C2d34", false}, {"aXXXXXX", "ab1C2d.", false},
		{"XXXXXX", "b1C2d3", true},
		{"*.XXXXXX", "a.b.b1C2d3", true}, {"*.XXXXXX", "A.b.b1c2d3", false}, {"XXXXXX", "b1C", false},
		{"XXXXXX/", "b1C2d3/x", true},
		{"aXXXXXX.x", "aXXXXXX.x", true}, {"aXXXXXX.x", "ab1C2d3.x", false}, {`a\XXXXXX`, "aXXXXXX", true},
		{`a\XXXXXX`, "ab1C2d3", false},
		{"a/", "a", false}, {"a/", "a/x", true}, {"a*/", "abc/x", true}, {"a*/", "x/abc", false},
		{"a/", "a/", true}, {"a*", "abc/x", false}, {"a*", "abc/", false}, {"a*", "x/abc", true},
	} {
		r, err := Compile([]string{c.pattern}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Class(c.name) == Ignored; got != c.want {
			t.Errorf("%q takes %q: %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
}

// FuzzMatch holds the index, the literal ends and the case folding against path.Match alone.
func FuzzMatch(f *testing.F) {
	for _, p := range append(DefaultIgnore[:len(DefaultIgnore):len(DefaultIgnore)], DefaultWait...) {
		f.Add(strings.TrimPrefix(strings.TrimSuffix(p, "/"), foldMark), "clip.mp4.part", true)
	}
	f.Add(`[X-b]\a?[^\]]`, "yA?x", true)
	f.Add("[a-z]*[0-9]", "Ab1", false)
	f.Fuzz(func(t *testing.T, glob, name string, fold bool) {
		if strings.Contains(name, "/") || name == "" || strings.HasPrefix(glob, foldMark) ||
			strings.Contains(glob, random) {
			return
		}
		text := glob
		if fold {
			text = foldMark + glob
		}
		r, err := Compile(nil, []string{text})
		_, bad := path.Match(glob, "")
		if err != nil {
			if bad == nil && glob != "" && !strings.Contains(glob, "/") && !hasBang(glob) {
				t.Fatalf("%q refused: %v", text, err)
			}
			return
		}
		if bad != nil {
			t.Fatalf("%q compiled", text)
		}
		if strings.HasSuffix(glob, "/") {
			return
		}
		want := false
		switch {
		case !fold:
			want, err = path.Match(glob, name)
		case asciiLower(glob) == glob && !strings.ContainsAny(glob, "[\\"): // else folding is not just lower case
			want, err = path.Match(glob, asciiLower(name))
		default:
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		folders, err := Compile(nil, []string{text + "/"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			rules *Rules
			path  string
			want  bool
		}{{r, name, want}, {r, "d/" + name, want}, {r, name + "/", false}, {folders, name, false},
			{folders, name + "/", want}, {folders, name + "/x", want}} {
			if got := c.rules.Class(c.path) == Waiting; got != c.want {
				t.Fatalf("%q, for folders %v, takes %q: %v, want %v", text, c.rules == folders, c.path, got, c.want)
			}
		}
	})
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = otherCase(c)
		}
	}
	return string(b)
}

func TestClassAllocatesNothing(t *testing.T) { // not parallel: AllocsPerRun counts the whole process
	r := defaults(t)
	for _, c := range defaultNames {
		for _, name := range c.names {
			if n := testing.AllocsPerRun(10, func() { r.Class(name) }); n != 0 {
				t.Errorf("Class(%q) allocates %v times", name, n)
			}
		}
	}
}

func BenchmarkClass(b *testing.B) {
	r := defaults(b)
	for _, c := range []struct{ what, name string }{
		{"final", "clip-0001.mp4"},
		{"deep", "2024/05/17/camera-1/clip-0001.mp4"},
		{"part", "clip-0001.mp4.part"},
		{"hidden", ".clip-0001.mp4.x1Y2z3"},
		{"junk", "clips/.DS_Store"},
		{"near", "sediments.mov"},
	} {
		b.Run(c.what, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Class(c.name)
			}
		})
	}
}
