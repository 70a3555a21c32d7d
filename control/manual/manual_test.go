package manual

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
)

// root is where README.md lies, as seen from here.
const root = "../.."

// TestEachPageIsATopic: no page is left out of the list, none is in it twice, and each says what it is about in a line.
func TestEachPageIsATopic(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, ".md")
	}
	listed := slices.Sorted(slices.Values(order))
	if !slices.Equal(listed, names) {
		t.Errorf("listed are %v, and there are %v", listed, names)
	}
	for _, page := range Pages() {
		if !strings.HasPrefix(page.Source, "# ") || page.Title == "" || len(page.Title) > 60 {
			t.Errorf("%s begins with %q", page.Name, page.Title)
		}
	}
	if page, ok := Find("VERBS"); !ok || page.Name != "verbs" {
		t.Errorf("VERBS is %q, %v", page.Name, ok)
	}
	if _, ok := Find("../manual/verbs"); ok {
		t.Error("a path is taken for a topic")
	}
}

// TestTextFits: prose and tables fit a terminal; code is left as it is written.
func TestTextFits(t *testing.T) {
	t.Parallel()
	for _, page := range Pages() {
		code := make(map[string]bool)
		for line := range strings.Lines(page.Source) {
			if inner, ok := strings.CutPrefix(line, "    "); ok {
				code[strings.TrimSpace(inner)] = true
			}
		}
		for _, width := range []int{80, 60} {
			for line := range strings.Lines(page.Text(width)) {
				line = strings.TrimSuffix(line, "\n")
				if runewidth.StringWidth(line) > width && !code[strings.TrimSpace(line)] &&
					strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("%s at %d: %q", page.Name, width, line)
				}
			}
		}
	}
}

// TestWords: the manual keeps the words that the code keeps.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, page := range Pages() {
		text := strings.Join(strings.Fields(page.Source), " ")
		for _, word := range []string{"says whether", "say whether", "set aside", "in doubt"} {
			if strings.Contains(text, word) {
				t.Errorf("%s has %q", page.Name, word)
			}
		}
	}
}

// TestLinesAreShort: who changes a page sees its lines whole. Tables and code are as long as they are.
func TestLinesAreShort(t *testing.T) {
	t.Parallel()
	for _, page := range Pages() {
		for line := range strings.Lines(page.Source) {
			if runewidth.StringWidth(line) > 121 && !strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "    ") {
				t.Errorf("%s has a line of %d columns: %.60s", page.Name, runewidth.StringWidth(line), line)
			}
		}
	}
}

// TestTextKeepsEachWord: what a page says is in what is printed, also from the cells of its tables.
func TestTextKeepsEachWord(t *testing.T) {
	t.Parallel()
	strip := regexp.MustCompile("\\]\\([^)]*\\)|\\[|\\\\\\||\\||-{3,}|[`*#]|^- ")
	for _, page := range Pages() {
		text := " " +
			strings.Join(strings.FieldsFunc(page.Text(80),
				func(r rune) bool { return strings.ContainsRune(" \n`*#[]|\\-", r) }), " ") + " "
		for line := range strings.Lines(page.Source) {
			for _, word := range strings.FieldsFunc(strip.ReplaceAllString(line, " "),
				func(r rune) bool { return strings.ContainsRune(" \n`*#[]|\\-", r) }) {
				if !strings.Contains(text, word) {
					t.Errorf("%s does not print %q of %q", page.Name, word, line)
				}
			}
		}
	}
}

// TestLinksLead: each link of each page of ours leads to a file that is there, and to a heading in it.
func TestLinksLead(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	seen := 0
	for _, pattern := range []string{"*.md", ".github/*.md", "control/manual/*.md", "fs/story/*.md",
		"queue/upload/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			for _, m := range link.FindAllStringSubmatch(prose(t, file), -1) {
				to, anchor, _ := strings.Cut(m[1], "#")
				if strings.Contains(to, "://") {
					continue
				}
				seen++
				target := filepath.Join(filepath.Dir(file), to)
				if to == "" {
					target = file
				}
				if _, err := os.Stat(target); err != nil {
					t.Errorf("%s: %v", file, err)
				} else if anchor != "" && !slices.Contains(anchors(prose(t, target)), anchor) {
					t.Errorf("%s leads to %s, which has no such heading", file, m[1])
				}
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d links were looked at", seen)
	}
}

// TestReadmeIsShort: it is read at one sitting, and leads to each page of the manual.
func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	readme := read(t, filepath.Join(root, "README.md"))
	if n := strings.Count(readme, "\n"); n > 150 {
		t.Errorf("README.md has %d lines", n)
	}
	for _, name := range order {
		if !strings.Contains(readme, "(control/manual/"+name+".md)") {
			t.Errorf("README.md does not lead to %s", name)
		}
	}
}

// TestManNames: each page has a name that no other has, and a heading that lexgrog takes.
func TestManNames(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, page := range Pages() {
		name, section, _ := strings.Cut(page.ManFile(), ".")
		if page.Name == "fstab" {
			name, section = "mount.inboxfs", "8"
		}
		man := page.Man(Release{Version: "0.2.0", Date: "2026-11-30"})
		if seen[name] || !strings.Contains(man, ".SH NAME\n"+escape(name)+` \- `) ||
			!strings.Contains(man, " "+section+` "2026-11-30"`) {
			t.Errorf("%s: %s", page.ManFile(), man[:min(len(man), 300)])
		}
		seen[name] = true
		for line := range strings.Lines(man) {
			if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") && !request.MatchString(line) {
				t.Errorf("%s has a line that is taken for a request: %s", page.ManFile(), line)
			}
		}
	}
}

// request is what roff is asked for here.
var request = regexp.MustCompile(`^\.(TH|SH|PP|IP|nf|fi|nh|ad)\b`)

// prose is a file without its code, where a bracket is no link.
func prose(t *testing.T, file string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(read(t, file)) {
		if !strings.HasPrefix(line, "    ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// anchors are what GitHub calls the headings of a page.
func anchors(text string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(name, " ", "-"))
	}
	return all
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
