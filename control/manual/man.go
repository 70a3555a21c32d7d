package manual

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// manWidth is what man leaves of 80 columns.
const manWidth = 70

// Release is what the foot of each man page says.
type Release struct{ Version, Date string }

// manName is the name and section of a topic's man page. The page on commands is that of the program.
func manName(topic string) (name, section string) {
	switch topic {
	case "commands":
		return "inboxfs", "1"
	case "fstab":
		return "mount.inboxfs", "8"
	}
	return "inboxfs-" + topic, "7"
}

// summary is the line of a page in the list of man pages. The page on commands is that of the program.
func (p Page) summary() string {
	if p.Name == "commands" {
		return "a folder that uploads to Alibaba Cloud OSS and ApsaraVideo VOD"
	}
	return p.Title
}

// ManFile is what the man page of a topic is called on disk.
func (p Page) ManFile() string {
	name, section := manName(p.Name)
	return name + "." + section
}

// inMan is how a man page writes what stands inside a line.
var inMan = dialect{
	plain:  escape,
	code:   func(s string) string { return `\fB` + escape(s) + `\fR` },
	stress: func(s string) string { return `\fI` + escape(s) + `\fR` },
	topic: func(words, topic string) string {
		name, section := manName(topic)
		page := `\fB` + escape(name) + `\fR(` + section + `)`
		if words == "" {
			return page
		}
		return words + " (" + page + ")"
	},
}

// synopsis is how the program is called that the page is about.
func (p Page) synopsis() []string {
	switch p.Name {
	case "fstab":
		return []string{"mount -t inboxfs CONFIG|none MOUNTPOINT [-o OPTION[,OPTION...]]"}
	case "commands": // as its table says
		return codes(p.parse(), []byte(p.Source))
	}
	return []string{"inboxfs help " + p.Name}
}

// codes are the commands in the first column of the first table.
func codes(page ast.Node, source []byte) []string {
	var all []string
	for n := page.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Kind() != east.KindTable {
			continue
		}
		for row := n.FirstChild().NextSibling(); row != nil; row = row.NextSibling() {
			for c := row.FirstChild().FirstChild(); c != nil; c = c.NextSibling() {
				if c.Kind() == ast.KindCodeSpan {
					all = append(all, raw(c, source))
				}
			}
		}
		break
	}
	return all
}

// Man returns the page as the source of a man page.
func (p Page) Man(r Release) string {
	name, section := manName(p.Name)
	source := []byte(p.Source)
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s %s \"%s\" \"inboxfs %s\" \"inboxfs\"\n.nh\n.ad l\n",
		escape(strings.ToUpper(name)), section, r.Date, escape(r.Version))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", escape(name), escape(p.summary()))
	b.WriteString(".SH SYNOPSIS\n" + preformatted(p.synopsis()))
	b.WriteString(".SH DESCRIPTION\n")
	for n := p.parse().FirstChild().NextSibling(); n != nil; n = n.NextSibling() { // without the title
		b.WriteString(manBlock(n, source))
	}
	fmt.Fprintf(&b, ".SH SEE ALSO\n%s\n", seeAlso(p.Name))
	return b.String()
}

// manBlock returns one block as roff.
func manBlock(n ast.Node, source []byte) string {
	switch n.Kind() {
	case ast.KindHeading:
		return ".SH " + strings.ToUpper(escape(raw(n, source))) + "\n"
	case ast.KindCodeBlock, ast.KindFencedCodeBlock:
		return preformatted(lines(n, source))
	case east.KindTable:
		return preformatted(layTable(terminal.rows(n, source), manWidth))
	case ast.KindList:
		var b strings.Builder
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			b.WriteString(".IP \\(bu 2\n")
			for child := item.FirstChild(); child != nil; child = child.NextSibling() {
				b.WriteString(filled(inMan.line(child, source)))
			}
		}
		return b.String() + ".PP\n"
	}
	return ".PP\n" + filled(inMan.line(n, source))
}

// filled is a paragraph in lines of moderate length, none of which is taken for a request.
func filled(s string) string {
	lines := wrap(s, 100)
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// preformatted keeps lines as they are.
func preformatted(lines []string) string {
	var b strings.Builder
	b.WriteString(".PP\n.nf\n")
	for _, line := range lines {
		b.WriteString(`\&` + escape(line) + "\n")
	}
	return b.String() + ".fi\n"
}

// seeAlso names the other pages.
func seeAlso(topic string) string {
	var all []string
	for _, name := range append([]string{"commands"}, order...) {
		if name != topic && (name != "commands" || len(all) == 0) {
			all = append(all, inMan.topic("", name))
		}
	}
	return strings.Join(all, ",\n")
}

// escape writes what roff would read as something else. Hyphens are those that a shell takes.
var escape = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace
