package text

import (
	"time"

	"inboxfs/queue"
)

// AppendQueue appends queue: what the whole queue does, how many entries are in each state, how many bytes of file
// those are (bytes, and STATE_bytes), how many of the receiving ones only wait to be renamed (waiting), bytes acknowledged
// since the mount (uploaded), and rate and limit in bytes per second, the limit being "off" when there is none. Of what there
// is to upload, done bytes have arrived since there was last nothing, left bytes are to follow, which is a percent of both and
// takes time_left seconds at that rate; oldest is when the first of these files was added. message is there when something
// waits for the user, and hint when that is new credentials.
func AppendQueue(b []byte, s queue.Summary) []byte {
	f := flat{b}
	f.text("state", s.State.String())
	var total queue.Count
	for _, state := range queue.States {
		c := s.Counts[state]
		f.number(state.String(), c.Entries)
		total.Entries += c.Entries
		total.Bytes += c.Bytes
	}
	f.number("waiting", s.Waiting)
	f.number("entries", total.Entries)
	f.number("bytes", total.Bytes)
	for _, state := range queue.States {
		f.number(state.String()+"_bytes", s.Counts[state].Bytes)
	}
	f.number("uploaded", s.Uploaded)
	f.number("rate", s.Rate)
	if s.Limit > 0 {
		f.number("limit", s.Limit)
	} else {
		f.text("limit", "off")
	}
	f.number("done", s.Done)
	f.number("left", s.Left)
	f.number("percent", int64(s.Percent()))
	if left := s.TimeLeft(); left > 0 {
		f.number("time_left", int64(left/time.Second))
	}
	if !s.Oldest.IsZero() {
		f.time("oldest", s.Oldest)
	}
	if s.Message != "" {
		f.text("message", s.Message)
	}
	if s.Hint != "" {
		f.text("hint", s.Hint)
	}
	return f.b
}
