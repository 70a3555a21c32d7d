package status

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"
)

// The few escapes that are needed; all terminals of today know them.
const (
	enter = "\x1b[?1049h\x1b[?25l" // the alternate screen, without a cursor
	leave = "\x1b[?25h\x1b[?1049l"
	wipe  = "\x1b[2J"
)

// screen is a terminal on which a picture is kept up to date.
type screen struct {
	out           *os.File
	color         bool
	width, height int
	shown         []string // what each row has; nothing after the size changed
	stale         bool     // the size changed: rows may be anywhere
}

// terminal is out as a screen; nil if it is none that lines can be changed on.
func terminal(out *os.File) *screen {
	if !term.IsTerminal(int(out.Fd())) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	s := &screen{out: out, color: os.Getenv("NO_COLOR") == ""}
	s.measure()
	return s
}

// measure looks how large the terminal is now.
func (s *screen) measure() {
	w, h, err := term.GetSize(int(s.out.Fd()))
	if err != nil || w <= 0 || h <= 0 {
		w, h = 80, 24
	}
	s.stale = s.stale || w != s.width || h != s.height
	s.width, s.height = w, h
}

// draw brings the screen to show lines, as many as it holds, and writes only those that changed.
func (s *screen) draw(lines []line) error {
	var b strings.Builder
	if s.stale {
		b.WriteString(wipe)
		s.shown, s.stale = nil, false
	}
	if len(lines) > s.height {
		left := len(lines) - s.height + 1
		lines = append(lines[:s.height-1:s.height-1], line{fmt.Sprintf("(%d lines below)", left), faint})
	}
	for row := range max(len(lines), len(s.shown)) {
		now, before := "", ""
		if row < len(lines) {
			now = s.paint(lines[row])
		}
		if row < len(s.shown) {
			before = s.shown[row]
		}
		if now != before {
			fmt.Fprintf(&b, "\x1b[%d;1H%s\x1b[K", row+1, now)
		}
	}
	s.shown = s.shown[:0]
	for _, l := range lines {
		s.shown = append(s.shown, s.paint(l))
	}
	_, err := s.out.WriteString(b.String())
	return err
}

// paint is a line with its color.
func (s *screen) paint(l line) string {
	if !s.color || l.look == plain {
		return l.text
	}
	return "\x1b[" + string(l.look) + "m" + l.text + "\x1b[0m"
}

// print writes lines below what is there.
func (s *screen) print(lines []line) error {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(s.paint(l) + "\n")
	}
	_, err := s.out.WriteString(b.String())
	return err
}
