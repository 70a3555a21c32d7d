package text

import (
	"time"

	"inboxfs/queue/list"
)

// AppendQueue appends queue: what the whole queue does, how many entries are in each state, how many bytes of file
// those are (bytes, and STATE_bytes), how many media VOD keeps that no file uses (unused), how many of the receiving
// ones only wait to be renamed (waiting), bytes acknowledged since the mount (uploaded), and rate and limit in bytes
// per second, the limit being "off" when there is none. Of what there is to upload, done bytes have arrived since there
// was last nothing, left bytes are to follow, which is a percent of both and takes time_left seconds at that rate;
// oldest is when the first of these files was added. message is there when something waits for the user, hint when that
// is new credentials, and do, where a command helps, is that, for a shell.
func AppendQueue(b []byte, s list.Summary) []byte {
	f := flat{b}
	writeQueue(&f, s)
	return f.b
}

func writeQueue(p pairs, s list.Summary) {
	p.text("state", s.State.String())
	var total list.Count
	for _, state := range list.States {
		c := s.Counts[state]
		p.number(state.String(), c.Entries)
		total.Entries += c.Entries
		total.Bytes += c.Bytes
	}
	p.number("waiting", s.Waiting)
	p.number("waiting_playlist", s.ForPlaylist)
	if s.Unused > 0 {
		p.number("unused", s.Unused)
	}
	p.number("entries", total.Entries)
	p.number("bytes", total.Bytes)
	for _, state := range list.States {
		p.number(state.String()+"_bytes", s.Counts[state].Bytes)
	}
	p.number("uploaded", s.Uploaded)
	p.number("sent", s.Sent)
	p.number("rate", s.Rate)
	if s.Limit > 0 {
		p.number("limit", s.Limit)
	} else {
		p.text("limit", "off")
	}
	p.number("done", s.Done)
	p.number("left", s.Left)
	p.number("percent", int64(s.Percent()))
	if left := s.TimeLeft(); left > 0 {
		p.number("time_left", int64(left/time.Second))
	}
	if !s.Oldest.IsZero() {
		p.time("oldest", s.Oldest)
	}
	if s.Message != "" {
		p.text("message", s.Message)
	}
	if s.Hint != "" {
		p.text("hint", s.Hint)
	}
	if s.Do != "" {
		p.text("do", s.Do)
	}
}
