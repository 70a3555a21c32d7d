package manual

import (
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/yuin/goldmark/ast"
)

const (
	gap    = 2  // between columns
	narrow = 18 // a column of running text is not to be narrower
)

// rows are the cells of a table, its header first.
func (d dialect) rows(table ast.Node, source []byte) [][]string {
	var all [][]string
	for row := table.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []string
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cells = append(cells, d.line(cell, source))
		}
		all = append(all, cells)
	}
	return all
}

// layTable sets a table into so many columns: side by side where there is room, or else each row as a paragraph.
func layTable(rows [][]string, width int) []string {
	widths, ok := columns(rows, width)
	if !ok {
		return paragraphs(rows, width)
	}
	var out []string
	wrapped := slices.ContainsFunc(rows[1:], func(row []string) bool { return height(row, widths) > 1 })
	for i, row := range rows {
		out = append(out, side(row, widths)...)
		switch {
		case i == 0:
			var rule []string
			for _, w := range widths {
				rule = append(rule, strings.Repeat("-", w))
			}
			out = append(out, strings.Join(rule, strings.Repeat(" ", gap)))
		case wrapped && i < len(rows)-1:
			out = append(out, "")
		}
	}
	return out
}

// columns returns how wide each column of a table may be, and reports whether that leaves them readable.
func columns(rows [][]string, width int) ([]int, bool) {
	natural, least := make([]int, len(rows[0])), make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			natural[i] = max(natural[i], runewidth.StringWidth(cell))
			for word := range strings.FieldsSeq(cell) {
				least[i] = max(least[i], runewidth.StringWidth(word))
			}
		}
	}
	widths, left := make([]int, len(natural)), width-gap*(len(natural)-1)
	open := len(natural) // columns without a width
	for changed := true; changed && open > 0; {
		changed = false
		for i, n := range natural {
			if widths[i] == 0 && n <= left/open { // it has all that it wants, and the others share the rest
				widths[i], changed = max(n, 1), true
				left -= widths[i]
				open--
			}
		}
	}
	for i := range widths {
		if widths[i] == 0 {
			widths[i] = left / open
			left -= widths[i]
			open--
			if widths[i] < max(least[i], narrow) {
				return nil, false
			}
		}
	}
	return widths, true
}

// side sets the cells of a row beside each other.
func side(row []string, widths []int) []string {
	var out []string
	for n := range height(row, widths) {
		var b strings.Builder
		for i, cell := range row {
			text := ""
			if lines := wrap(cell, widths[i]); n < len(lines) {
				text = lines[n]
			}
			b.WriteString(runewidth.FillRight(text, widths[i]))
			b.WriteString(strings.Repeat(" ", gap))
		}
		out = append(out, strings.TrimRight(b.String(), " "))
	}
	return out
}

// height is how many lines a row takes.
func height(row []string, widths []int) int {
	most := 1
	for i, cell := range row {
		most = max(most, len(wrap(cell, widths[i])))
	}
	return most
}

// paragraphs sets each row as its first cell, and below it the others, with the words of their header.
func paragraphs(rows [][]string, width int) []string {
	var out []string
	for i, row := range rows[1:] {
		if i > 0 {
			out = append(out, "")
		}
		out = append(out, wrap(row[0], width)...)
		for k, cell := range row[1:] {
			if cell == "" {
				continue
			}
			if head := rows[0][k+1]; head != "" {
				cell = head + ": " + cell
			}
			out = append(out, indent(wrap(cell, width-4), "    ")...)
		}
	}
	return out
}

// wrap breaks a text into lines at blanks. A word that is longer than a line has one of its own.
func wrap(text string, width int) []string {
	var out []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case runewidth.StringWidth(line)+1+runewidth.StringWidth(word) <= width:
			line += " " + word
		default:
			out, line = append(out, line), word
		}
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

// indent puts the same before each line that is not empty.
func indent(lines []string, by string) []string {
	for i, line := range lines {
		if line != "" {
			lines[i] = by + line
		}
	}
	return lines
}
