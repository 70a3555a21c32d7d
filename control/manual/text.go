package manual

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// margin is what all but headings are indented by.
const margin = "  "

// terminal is how plain text writes what stands inside a line: as in the source, so that commands can be told from
// words.
var terminal = dialect{
	plain:  func(s string) string { return s },
	code:   func(s string) string { return "`" + s + "`" },
	stress: func(s string) string { return s },
	topic: func(words, name string) string {
		if words == "" {
			return "`inboxfs help " + name + "`"
		}
		return words + " (`inboxfs help " + name + "`)"
	},
}

// Text returns the page as plain text for so many columns.
func (p Page) Text(width int) string {
	source := []byte(p.Source)
	var b strings.Builder
	for n := p.parse().FirstChild(); n != nil; n = n.NextSibling() {
		if n.PreviousSibling() != nil {
			b.WriteByte('\n')
		}
		block := plainBlock(n, source, width-len(margin))
		if n.Kind() != ast.KindHeading {
			block = indent(block, margin)
		}
		b.WriteString(strings.Join(block, "\n") + "\n")
	}
	return b.String()
}

// plainBlock returns the lines of one block.
func plainBlock(n ast.Node, source []byte, width int) []string {
	switch n.Kind() {
	case ast.KindHeading:
		return []string{terminal.line(n, source)}
	case ast.KindCodeBlock, ast.KindFencedCodeBlock:
		return indent(lines(n, source), "  ")
	case east.KindTable:
		return layTable(terminal.rows(n, source), width)
	case ast.KindList:
		var out []string
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			for child := item.FirstChild(); child != nil; child = child.NextSibling() {
				block := indent(plainBlock(child, source, width-2), "  ")
				if child == item.FirstChild() {
					block[0] = "-" + block[0][1:]
				}
				out = append(out, block...)
			}
		}
		return out
	}
	return wrap(terminal.line(n, source), width)
}
