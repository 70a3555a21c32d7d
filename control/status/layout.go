package status

import (
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"inboxfs/fs/text"
	"inboxfs/queue"
	"inboxfs/queue/list"
)

// style is how a line is written where a terminal has colors.
type style string

const (
	plain  style = ""
	bold   style = "1"
	red    style = "31"
	yellow style = "33"
	faint  style = "2"
)

// line is one line of the picture, without escapes.
type line struct {
	text string
	look style
}

// fit is layout with as many entries of each state as a screen of that height has room for, so that something is seen
// of all.
func fit(o queue.Overview, dir string, width, height int, now time.Time) (lines []line) {
	for _, try := range []detail{whole, {entries: 20, lines: 6}, {entries: 10, lines: 6},
		{entries: 5, lines: 4}, {entries: 3, lines: 2}, {entries: 2, lines: 1}, {entries: 1, lines: 1}} {
		try.fits = true
		if lines = layout(o, dir, width, try, now); len(lines) <= height {
			break
		}
	}
	return lines
}

// detail is how much is shown: entries of each state at most, and lines of each message. Where all has to fit, a
// command that is too wide is left out.
type detail struct {
	entries, lines int
	fits           bool
}

var whole = detail{entries: text.ShownMost, lines: 6}

// layout draws the queue: in lines of at most width columns, or, if that is 0, in lines of any length without bars.
func layout(o queue.Overview, dir string, width int, d detail, now time.Time) []line {
	p := &picture{width: width, now: now, detail: d}
	p.head(o, dir)
	for _, g := range text.Groups {
		n := o.Counts[g.State].Entries
		if n == 0 {
			continue
		}
		p.add(plain, "")
		p.add(colors[g.State], "%s %s", g.Title, text.Number(n))
		entries := o.Entries[g.State]
		entries = entries[:min(len(entries), g.Most, d.entries)]
		for _, i := range entries {
			p.entry(i)
		}
		if left := n - int64(len(entries)); left > 0 {
			p.add(faint, "  and %s more; list has all", text.Number(left))
		}
	}
	return p.lines
}

// colors are those of the headings.
var colors = map[list.State]style{list.Failure: red, list.Held: yellow, list.Uploading: bold, list.Paused: bold,
	list.Ready:     bold,
	list.Receiving: bold, list.Success: bold, list.Canceled: bold}

// picture is what is drawn so far.
type picture struct {
	width  int
	detail detail
	now    time.Time
	lines  []line
}

// add adds a line and cuts it where it does not fit.
func (p *picture) add(l style, format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	if p.width > 0 {
		s = runewidth.Truncate(s, p.width, "")
	}
	p.lines = append(p.lines, line{s, l})
}

// say adds a text that may take several lines.
func (p *picture) say(l style, indent, s string) {
	if p.width == 0 {
		p.add(l, "%s%s", indent, s)
		return
	}
	for _, part := range wrap(s, p.width-len(indent), p.detail.lines) {
		p.add(l, "%s%s", indent, part)
	}
}

func (p *picture) head(o queue.Overview, dir string) {
	dir = " " + name(dir)
	if room := p.width - len("inboxfs : "+o.State.String()); p.width > 0 && room < 9 {
		dir = ""
	} else if p.width > 0 {
		dir = middle(dir, room+1)
	}
	p.add(bold, "inboxfs%s: %s", dir, o.State)
	if o.Message != "" {
		p.say(yellow, "", strings.TrimSuffix(safe(o.Message)+": "+safe(o.Hint), ": "))
		p.command("", o.Do)
	}
	if o.Pending() == 0 {
		p.add(plain, "%s", text.Idle(o.Summary))
	} else {
		facts := []string{fmt.Sprintf("%d %%", o.Percent()), text.Size(o.Out()) + " of " + text.Size(o.Done+o.Left)}
		if o.Rate > 0 {
			facts = append(facts, text.Size(o.Rate)+"/s")
		}
		if left := o.TimeLeft(); left > 0 && o.State == list.Running {
			facts = append(facts, text.Left(left)+" left")
		}
		if o.Limit > 0 {
			facts = append(facts, "limit "+text.Size(o.Limit)+"/s")
		}
		if p.width > 0 {
			p.add(plain, "%s", bar(o.Percent(), p.width))
		}
		p.say(plain, "", strings.Join(facts, ", "))
	}
	var counts []string
	for _, g := range text.Groups {
		if n := o.Counts[g.State].Entries; n > 0 {
			counts = append(counts, text.Number(n)+" "+g.State.String())
		}
	}
	if len(counts) > 0 {
		p.say(faint, "", strings.Join(counts, ", "))
	}
	if aside := o.SetAside(); aside != "" {
		p.say(yellow, "", aside)
	}
}

// entry adds an entry: its name and figures, its reason, and the commands for it.
func (p *picture) entry(i list.Info) {
	moves := i.State == list.Uploading || i.State == list.Paused
	facts := []string{text.Size(i.Size)}
	if moves {
		facts = []string{fmt.Sprintf("%3d %%", i.Percent()), text.Size(i.Size)}
		if i.Rate > 0 {
			facts = append(facts, text.Size(i.Rate)+"/s")
		}
		if left := i.TimeLeft(); left > 0 {
			facts = append(facts, text.Left(left))
		}
		if !i.NextTry.IsZero() {
			facts = append(facts, "next try in "+text.Left(i.NextTry.Sub(p.now)))
		}
	}
	p.row(name(i.Name), facts, moves, i.Percent())
	if i.Error != "" || i.Message != "" {
		why := strings.TrimPrefix(i.Error+": "+i.Message, ": ")
		p.say(plain, "    ", safe(strings.TrimSuffix(why, ": ")))
	}
	if i.Hint != "" {
		p.say(plain, "    ", safe(i.Hint))
	}
	p.command("    ", i.Do)
	if !p.detail.fits {
		p.command("    ", i.Or)
	}
}

// command adds what can be pasted, whole: a part of it would do something else. A picture that has to fit leaves out
// what is too wide.
func (p *picture) command(indent, do string) {
	if do = safe(do); do != "" && (!p.detail.fits || runewidth.StringWidth(indent+do) <= p.width) {
		p.lines = append(p.lines, line{indent + do, faint})
	}
}

const (
	nameColumns = 16 // a name gets at least these, or a line of its own
	barColumns  = 20
)

// row is a name and figures, with a bar between them where there is room. The figures at the end go first where there
// is not.
func (p *picture) row(name string, facts []string, moves bool, percent int) {
	if p.width == 0 {
		p.add(plain, "  %s  %s", name, strings.TrimSpace(strings.Join(facts, "  ")))
		return
	}
	right := strings.Join(facts, "  ")
	if moves && p.width < 60 { // two lines: the name, and the bar with what fits behind it
		p.add(plain, "  %s", middle(name, p.width-2))
		for len(facts) > 1 && p.width-4-runewidth.StringWidth(right)-2 < 8 {
			facts = facts[:len(facts)-1]
			right = strings.Join(facts, "  ")
		}
		p.add(plain, "  %s  %s", bar(percent, p.width-4-runewidth.StringWidth(right)), right)
		return
	}
	if moves {
		right = bar(percent, barColumns) + " " + pad(right, 32)
	}
	if room := p.width - 4 - runewidth.StringWidth(right); room >= nameColumns || !moves {
		p.add(plain, "  %s  %s", pad(middle(name, room), room), strings.TrimRight(right, " "))
		return
	}
	p.add(plain, "  %s", middle(name, p.width-2))
	p.add(plain, "  %s", right)
}
