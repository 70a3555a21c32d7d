package webpage

import (
	"fmt"
	"html"
	"strings"
	"time"

	"inboxfs/fs/text"
	"inboxfs/queue"
	"inboxfs/queue/hint"
	"inboxfs/queue/list"
)

// view is what page.html shows, in words.
type view struct {
	Title    string
	Reload   bool // soon: something is moving
	State    string
	Message  string // what is with the whole queue
	Hint     string // and what the user can do
	Do       string // by which command
	Percent  int
	Bar      bool
	Facts    string
	Counts   []count
	Waiting  string // how many files are not in any group because of their names
	Sections []section
	At       time.Time
	Mount    string
}

// count is one line of the summary.
type count struct{ State, Entries, Size string }

// section is the entries of one state.
type section struct {
	State, Title, Entries string
	All                   string // the command that means all of them
	Rows                  []row
	Left                  string // how many are not shown
}

// row is one entry.
type row struct {
	Name, Facts   string
	Bar           bool
	Percent       int
	Code, Message string
	Hint          string // what the user can do
	Do, Or        string // the commands for a shell
}

const (
	nameMost    = 240    // characters of a name that are shown
	messageMost = 500    // and of a message
	rowRoom     = 450    // bytes that a row takes without them, at most
	roomMost    = 160000 // bytes of all rows together
)

// newView puts an overview in words, and stops when the room for rows is used up: what matters comes first.
func newView(o queue.Overview, at time.Time, mount string) view {
	v := view{State: o.State.String(), Message: text.Seen(o.Message),
		Hint: text.Seen(o.Hint), Do: text.Seen(o.Do), At: at,
		Mount:   text.Seen(mount),
		Percent: o.Percent(), Bar: o.Pending() > 0,
		Reload: o.Rate > 0 || o.Counts[list.Uploading].Entries > 0 ||
			o.Counts[list.Receiving].Entries > o.Waiting-o.ForPlaylist}
	v.Title, v.Facts = title(o, v.Mount), facts(o.Summary)
	if o.Waiting > 0 {
		v.Waiting = text.Number(o.Waiting)
	}
	room := roomMost
	for _, g := range text.Groups {
		c := o.Counts[g.State]
		if c.Entries == 0 {
			continue
		}
		v.Counts = append(v.Counts, count{g.State.String(), text.Number(c.Entries), text.Size(c.Bytes)})
		s := section{State: g.State.String(), Title: g.Title, Entries: text.Number(c.Entries)}
		if g.State == list.Failure && c.Entries > 1 {
			s.All = hint.Way{Mount: mount}.Do(queue.Retry.String(), "")
		}
		for _, i := range o.Entries[g.State] {
			r := newRow(i, at)
			if room -= r.room(); room < 0 || len(s.Rows) == g.Most {
				break
			}
			s.Rows = append(s.Rows, r)
		}
		if left := c.Entries - int64(len(s.Rows)); left > 0 {
			s.Left = text.Number(left)
		}
		v.Sections = append(v.Sections, s)
	}
	return v
}

// title is what the browser's tab shows: what is wrong first, then how far all is.
func title(o queue.Overview, mount string) string {
	var parts []string
	if n := o.Counts[list.Failure].Entries; n > 0 {
		parts = append(parts, text.Number(n)+" failed")
	}
	if n := o.Counts[list.Held].Entries; n > 0 {
		parts = append(parts, text.Number(n)+" held")
	}
	if o.Pending() > 0 {
		parts = append(parts, fmt.Sprintf("%d %%", o.Percent()))
	}
	if o.State != list.Running {
		parts = append(parts, o.State.String())
	}
	return strings.Join(append(parts, "inboxfs "+mount), " – ")
}

// facts is the line below the great bar.
func facts(s list.Summary) string {
	if s.Pending() == 0 {
		return text.Idle(s)
	}
	parts := []string{fmt.Sprintf("%s of %s", text.Size(s.Out()), text.Size(s.Done+s.Left))}
	if s.Rate > 0 {
		parts = append(parts, text.Size(s.Rate)+"/s")
	}
	if left := s.TimeLeft(); left > 0 && s.State == list.Running {
		parts = append(parts, text.Left(left)+" left")
	}
	if s.Limit > 0 {
		parts = append(parts, "limit "+text.Size(s.Limit)+"/s")
	}
	return strings.Join(parts, " · ")
}

func newRow(i list.Info, at time.Time) row {
	said := func(s string, most int) string { return text.Cut(text.Seen(s), most) }
	r := row{Name: text.Cut(text.Name(i.Name), nameMost), Code: said(i.Error, 64),
		Message: said(i.Message, messageMost),
		Hint:    said(i.Hint, messageMost),
		Do:      text.Seen(i.Do), Or: text.Seen(i.Or),
		Percent: i.Percent(), Bar: i.State == list.Uploading || i.State == list.Paused}
	parts := []string{text.Size(i.Size)}
	switch {
	case r.Bar:
		parts = []string{fmt.Sprintf("%d %% of %s", r.Percent, text.Size(i.Size))}
		if i.Rate > 0 {
			parts = append(parts, text.Size(i.Rate)+"/s")
		}
		if left := i.TimeLeft(); left > 0 {
			parts = append(parts, text.Left(left)+" left")
		}
		if !i.NextTry.IsZero() {
			parts = append(parts, "next try in "+text.Left(i.NextTry.Sub(at)))
		}
	case i.State == list.Success && !i.Finished.IsZero():
		parts = append(parts, i.Finished.In(at.Location()).Format(when(i.Finished, at)))
	}
	r.Facts = strings.Join(parts, " · ")
	return r
}

// when is how a time is written: without its day when that is today.
func when(t, now time.Time) string {
	if t.In(now.Location()).Format(time.DateOnly) == now.Format(time.DateOnly) {
		return "15:04"
	}
	return "2006-01-02 15:04"
}

// room is how many bytes the row takes at most.
func (r row) room() int {
	n := rowRoom
	for _, s := range []string{r.Name, r.Name, r.Facts, r.Code, r.Message, r.Hint, r.Do, r.Or} {
		n += len(html.EscapeString(s))
	}
	return n
}
