package text

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"inboxfs/queue/list"
)

// Size is bytes for people: "1.2 GiB".
func Size(bytes int64) string { return humanize.IBytes(uint64(max(0, bytes))) }

// Number is a count for people: "100,000".
func Number(n int64) string { return humanize.Comma(n) }

// Left is how long something takes, for people: "42 s", "3 min", "2 h 5 min", "4 days".
func Left(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(1, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour && int(d.Minutes())%60 == 0:
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}

// Idle says of a queue with nothing to send that it is so, and what might be taken for more than that.
func Idle(s list.Summary) string {
	switch {
	case s.Counts[list.Receiving].Entries > s.Waiting-s.ForPlaylist:
		return "nothing to upload before what is being received is complete"
	case s.LeftOut() != "":
		return "nothing left to upload, but not everything was"
	}
	return "nothing left to upload"
}

// Name is a name as list has it.
func Name(name string) string { return string(appendName(nil, name)) }

// Cut takes out of the middle what is more than most characters: a name is told by its beginning and its end.
func Cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	r := []rune(s)
	head := (most - 1) * 2 / 3
	return string(r[:head]) + "…" + string(r[len(r)-(most-1-head):])
}
