package status

import (
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"

	"inboxfs/fs/text"
)

// safe is a name or a message as a terminal may show it: with anything in it that is not seen as a character, such as
// an escape or a mark that turns the direction, it becomes a Go string literal. Joiners are part of characters.
func safe(s string) string {
	for _, r := range s {
		if !strconv.IsGraphic(r) && r != '\u200c' && r != '\u200d' {
			return strconv.Quote(s)
		}
	}
	return s
}

// name is a name as list has it, as far as a terminal may show it.
func name(s string) string {
	if shown := safe(s); shown != s {
		return shown
	}
	return text.Name(s)
}

// middle takes out of the middle of s what does not fit into so many columns.
func middle(s string, columns int) string {
	whole := runewidth.StringWidth(s)
	if whole <= columns {
		return s
	}
	if columns < 8 {
		return runewidth.Truncate(s, max(0, columns), "")
	}
	tail := columns / 3
	head := runewidth.Truncate(s, columns-tail-2, "")
	return head + ".." + runewidth.TruncateLeft(s, whole-tail, "")
}

// pad fills s with blanks to so many columns.
func pad(s string, columns int) string { return runewidth.FillRight(s, columns) }

// bar is a progress bar of so many columns; "" where that is too little to see anything.
func bar(percent, columns int) string {
	if columns < 7 {
		return ""
	}
	inner := columns - 2
	full := inner * percent / 100
	return "[" + strings.Repeat("#", full) + strings.Repeat("-", inner-full) + "]"
}

// wrap breaks s into at most so many lines of so many columns, at blanks where there are any.
func wrap(s string, columns, lines int) (all []string) {
	var line string
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case runewidth.StringWidth(line)+1+runewidth.StringWidth(word) <= columns:
			line += " " + word
		default:
			all = append(all, line)
			line = word
		}
	}
	all = append(all, line)
	if len(all) > lines {
		all = all[:lines]
		all[lines-1] = runewidth.Truncate(all[lines-1], max(0, columns-3), "") + " .."
	}
	for i := range all {
		all[i] = middle(all[i], columns)
	}
	return all
}
