package manual

import (
	"path"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// parse returns the page as a tree.
func (p Page) parse() ast.Node {
	markdown := goldmark.New(goldmark.WithExtensions(extension.Table))
	return markdown.Parser().Parse(text.NewReader([]byte(p.Source)))
}

// dialect is how an output writes what stands inside a line.
type dialect struct {
	plain, code, stress func(string) string
	topic               func(words, name string) string // a link to another page
}

// line returns what is below a node as one line.
func (d dialect) line(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.WriteString(d.plain(string(c.Segment.Value(source))))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.WriteString(d.plain(string(c.Value)))
		case *ast.CodeSpan:
			b.WriteString(d.code(raw(c, source)))
		case *ast.Emphasis:
			b.WriteString(d.stress(raw(c, source)))
		case *ast.AutoLink:
			b.WriteString(d.plain(string(c.URL(source))))
		case *ast.Link:
			b.WriteString(d.link(d.line(c, source), raw(c, source), string(c.Destination)))
		default:
			b.WriteString(d.line(c, source))
		}
	}
	return b.String()
}

// link is the words of a link, and where it leads.
func (d dialect) link(words, plain, to string) string {
	file, _, _ := strings.Cut(to, "#")
	switch {
	case file == "": // on this page
		return words
	case strings.Contains(file, "://"):
		return words + d.plain(" ("+to+")")
	}
	name := strings.TrimSuffix(path.Base(file), ".md")
	if plain == name {
		words = ""
	}
	return d.topic(words, name)
}

// raw is the text below a node without any mark-up.
func raw(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(source))
			if t.SoftLineBreak() {
				b.WriteByte(' ')
			}
			continue
		}
		b.WriteString(raw(c, source))
	}
	return b.String()
}

// lines are the lines of a block of code.
func lines(n ast.Node, source []byte) []string {
	var all []string
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		all = append(all, strings.TrimRight(string(segment.Value(source)), "\n"))
	}
	return all
}
