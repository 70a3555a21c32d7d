package status

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"inboxfs/queue"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// overview reads status.json.
func overview(dir string) (queue.Overview, error) {
	o := queue.Overview{Summary: list.Summary{Counts: make(map[list.State]list.Count)},
		Entries: make(map[list.State][]list.Info)}
	var read struct {
		Queue map[string]any
		List  []item
	}
	f, err := os.Open(filepath.Join(dir, "status.json"))
	if err != nil {
		return o, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	d := json.NewDecoder(f)
	d.UseNumber()
	if err := d.Decode(&read); err != nil {
		return o, fmt.Errorf("status.json: %w", err)
	}
	number := func(key string) int64 {
		n, _ := read.Queue[key].(json.Number) // left out, or "off"
		i, _ := n.Int64()
		return i
	}
	words := func(key string) string {
		s, _ := read.Queue[key].(string)
		return s
	}
	for _, s := range []list.QueueState{list.Stopped, list.Running, list.Halted, list.Expired} {
		if s.String() == words("state") {
			o.State = s
		}
	}
	for _, s := range list.States {
		o.Counts[s] = list.Count{Entries: number(s.String()), Bytes: number(s.String() + "_bytes")}
	}
	o.Waiting, o.Rate, o.Limit, o.Done, o.Left = number("waiting"), number("rate"), number("limit"), number("done"),
		number("left")
	o.Uploaded, o.Sent = number("uploaded"), max(number("sent"), number("uploaded")) // an older mount has no sent
	o.ForPlaylist = number("waiting_playlist")
	o.Message, o.Hint, o.Do = words("message"), words("hint"), words("do")
	for _, i := range read.List {
		info, err := i.info()
		if err != nil {
			return o, err
		}
		info.Limit = o.Limit
		o.Entries[info.State] = append(o.Entries[info.State], info)
	}
	return o, nil
}

// item is what is shown of an object in the list.
type item struct {
	ID       uint64    `json:"id"`
	Name     string    `json:"name"`
	Quoted   string    `json:"name_quoted"`
	State    string    `json:"state"`
	Size     int64     `json:"size"`
	Uploaded int64     `json:"uploaded"`
	Sent     int64     `json:"sent"`
	Rate     int64     `json:"rate"`
	Error    string    `json:"error"`
	Message  string    `json:"message"`
	Hint     string    `json:"hint"`
	Do       string    `json:"do"`
	Or       string    `json:"or"`
	NextTry  time.Time `json:"next_try"`
	Finished time.Time `json:"finished"`
}

func (i item) info() (list.Info, error) {
	state, ok := list.ParseState(i.State)
	if !ok {
		return list.Info{}, fmt.Errorf("status.json: #%d is %q, which this program does not know", i.ID, i.State)
	}
	if i.Quoted != "" {
		if name, err := strconv.Unquote(i.Quoted); err == nil {
			i.Name = name
		}
	}
	return list.Info{Row: list.Row{ID: transfer.ID(i.ID), State: state, Size: i.Size, Uploaded: i.Uploaded,
		Sent: max(i.Sent, i.Uploaded), Name: i.Name},
		Rate: i.Rate, Error: i.Error, Message: i.Message,
		Hint: i.Hint, Do: i.Do, Or: i.Or, NextTry: i.NextTry, Finished: i.Finished}, nil
}
