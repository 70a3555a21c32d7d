package story

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestWhereIsIt: each answer of a newcomer's questions names at most two files, and these have what it says is there.
func TestWhereIsIt(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../.github/CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n## Where is it?\n")
	section, _, _ := strings.Cut(rest, "\n## ")
	place := regexp.MustCompile("`([^`]+/[^`]+)` \\(`([^`]+)`\\)")
	questions := 0
	for row := range strings.Lines(section) {
		if !strings.HasPrefix(row, "| ") || !strings.Contains(row, "?") {
			continue
		}
		questions++
		places := place.FindAllStringSubmatch(row, -1)
		if len(places) > 2 {
			t.Errorf("%d files: %s", len(places), row)
		}
		for _, p := range places {
			if there, err := os.ReadFile("../../" + p[1]); err != nil || !strings.Contains(string(there), p[2]) {
				t.Errorf("%s has no %s: %v", p[1], p[2], err)
			}
		}
	}
	if questions != 10 {
		t.Errorf("%d questions of 10", questions)
	}
}
