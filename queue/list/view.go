package list

import (
	"fmt"
	"strings"
	"time"

	"inboxfs/queue/transfer"
)

// Row is one line of list.
type Row struct {
	ID       transfer.ID
	State    State
	Size     int64 // bytes
	Uploaded int64 // bytes acknowledged
	Sent     int64 // bytes given to the network: those acknowledged, and those that may still be
	Name     string
}

// Resize takes the size that the file has now. What went out of an earlier content is no more than that.
func (r *Row) Resize(size int64) {
	r.Size, r.Uploaded, r.Sent = size, min(r.Uploaded, size), min(r.Sent, size)
}

// Percent is the share that went out, 0 to 100. An entry that is not verified never shows more than 99.
func (r Row) Percent() int {
	if r.State == Success {
		return 100
	}
	return Percent(r.Sent, r.Size)
}

// Percent is the share of what is not verified yet, 0 to 99.
func Percent(some, all int64) int {
	if all <= 0 {
		return 0
	}
	return int(min(99, float64(some)/float64(all)*100))
}

// Info is everything known of one entry; what status/NAME shows. Zero fields are unset.
type Info struct {
	Row
	Rate                              int64 // bytes per second that go out, lately
	Limit                             int64 // of the whole queue, bytes per second, 0 = none
	Parts, PartsDone                  int
	PartSize                          int64 // bytes; 0 where it does not go in parts
	Retries                           int
	Bucket, Key, UploadID             string
	VideoID, ETag, CRC64, RequestID   string
	Error, Message                    string // why it failed or is held or waits
	Hint                              string // what the user can do about it
	Do, Or                            string // commands for a shell that do so, and another that ends it; may be empty
	Path                              string // the source, of a file added by reference
	Added, Started, Finished, NextTry time.Time
}

// Summary is the state of the whole queue.
type Summary struct {
	State  QueueState
	Counts map[State]Count
	// entries that only wait for their final name, or for a companion to go, or because of a playlist
	Waiting     int64
	ForPlaylist int64  // of these the ready ones, which wait because of a playlist
	Unused      int64  // videos and pictures that VOD keeps though no file uses them: OnMediaUnused told which
	Uploaded    int64  // bytes acknowledged since the mount
	Sent        int64  // these, and those that went out and may still be acknowledged
	Rate        int64  // bytes per second that go out, lately
	Limit       int64  // bytes per second, 0 = none
	Message     string // what the user should do, when something waits for him
	Hint        string // how, where the credentials are what it waits for
	Do          string // the command for a shell that does so

	Done   int64     // bytes that arrived of what there is to upload or, when that is nothing, of what there was last
	Left   int64     // bytes that are to follow: of ready, uploading and paused files
	Oldest time.Time // when the first of those in order of addition was added; zero: there is none
}

// SetAside says which files are not on their way and wait for something; "" when there are none.
func (s Summary) SetAside() string {
	switch s.Waiting {
	case 0:
		return ""
	case 1:
		return "1 file waits for another name, or for a file beside it to go or to come: aside says which"
	}
	return fmt.Sprintf("%d files wait for another name, or for a file beside them to go or to come: aside says which",
		s.Waiting)
}

// LeftOut says how many files were not uploaded and are not on their way: those that failed, are held or canceled, or
// wait for something; "" when there are none.
func (s Summary) LeftOut() string {
	var all []string
	for _, is := range []struct {
		state     State
		one, many string
	}{{Failure, "file failed", "files failed"}, {Held, "file is held", "files are held"},
		{Canceled, "file is canceled", "files are canceled"}} {
		switch n := s.Counts[is.state].Entries; n {
		case 0:
		case 1:
			all = append(all, "1 "+is.one)
		default:
			all = append(all, fmt.Sprintf("%d %s", n, is.many))
		}
	}
	if aside := s.SetAside(); aside != "" {
		all = append(all, aside)
	}
	return strings.Join(all, ", ")
}

// Pending is how many files are ready or under way, and not kept back.
func (s Summary) Pending() int64 {
	return s.Counts[Ready].Entries + s.Counts[Uploading].Entries + s.Counts[Paused].Entries - s.ForPlaylist
}

// Out is how many bytes of what there was to upload went out: those that arrived, and those that may.
func (s Summary) Out() int64 { return s.Done + s.Sent - s.Uploaded }

// Percent is how much of what there was to upload went out, 0 to 100; never 100 before every file was verified, nor
// while one has failed, is held or canceled.
func (s Summary) Percent() int {
	var out Count // of what is not uploaded, and not on its way
	for _, state := range []State{Failure, Held, Canceled} {
		out.Entries += s.Counts[state].Entries
		out.Bytes += s.Counts[state].Bytes
	}
	switch {
	case s.Pending() > 0:
	case out.Entries > 0:
		return Percent(s.Done, s.Done+out.Bytes)
	default:
		return 100
	}
	return Percent(s.Out(), s.Done+s.Left)
}

// TimeLeft is how long the rest takes at the rate of now, but not less than the limit allows; 0 when nobody can tell,
// or there is none.
func (s Summary) TimeLeft() time.Duration { return timeLeft(s.Done+s.Left-s.Out(), s.Rate, s.Limit) }

// TimeLeft is how long the rest of an upload takes at its rate of now, but not less than the limit allows; 0 when
// nobody can tell.
func (i Info) TimeLeft() time.Duration { return timeLeft(i.Size-i.Sent, i.Rate, i.Limit) }

func timeLeft(bytes, rate, limit int64) time.Duration {
	if bytes <= 0 || rate <= 0 {
		return 0
	}
	if limit > 0 {
		rate = min(rate, limit)
	}
	const most = 10_000 * time.Hour
	return time.Duration(min(float64(most), max(1, float64(bytes)/float64(rate))*float64(time.Second))).Round(
		time.Second)
}

// Name is one name in a folder of status/: a file or a folder of them.
type Name struct {
	Name string
	Dir  bool
}
