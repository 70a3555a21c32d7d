package story

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestLinesAndWords reads all Go files. A line has at most 120 columns, where a tab before the text counts four;
// comments use the words of the field. Tags and the long texts of tests stay in one piece.
func TestLinesAndWords(t *testing.T) {
	t.Parallel()
	files := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		whole := wholeLines(set, f, strings.HasSuffix(path, "_test.go"))
		for i, line := range strings.Split(string(text), "\n") {
			tabs := len(line) - len(strings.TrimLeft(line, "\t"))
			if width := utf8.RuneCountInString(line) + 3*tabs; width > 120 && !whole[i+1] {
				t.Errorf("%s:%d has %d columns", path, i+1, width)
			}
		}
		for _, group := range f.Comments {
			if words := strings.Join(strings.Fields(group.Text()), " "); strings.Contains(words, "says whether") {
				t.Errorf("%s: the comment of line %d: a function reports whether", path, set.Position(group.Pos()).Line)
			}
		}
		return nil
	})
	if err != nil || files < 100 {
		t.Fatal(files, err)
	}
}

// wholeLines are the lines of f with a text that cannot be cut: of several lines, a tag of a field, and in tests
// scripts and what takes half a line.
func wholeLines(set *token.FileSet, f *ast.File, test bool) map[int]bool {
	whole := make(map[int]bool)
	ast.Inspect(f, func(n ast.Node) bool {
		f, _ := n.(*ast.Field)
		l, ok := n.(*ast.BasicLit)
		if f != nil && f.Tag != nil {
			l, ok = f.Tag, true
		}
		if !ok || l.Kind != token.STRING {
			return true
		}
		first, last := set.Position(l.Pos()).Line, set.Position(l.End()).Line
		if first < last || f != nil || test && (l.Value[0] == '`' || utf8.RuneCountInString(l.Value) > 60) {
			for line := first; line <= last; line++ {
				whole[line] = true
			}
		}
		return true
	})
	return whole
}
