package viewer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"inboxfs/queue"
)

// patience is how long a mount may take to answer.
const patience = 20 * time.Second

// inTime calls read, and gives it up when ctx ends or patience is over: a read of a mount whose daemon hangs does not return.
func inTime[T any](ctx context.Context, dir string, read func(dir string) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%s does not answer within %v", dir, patience))
	defer cancel()
	answers := make(chan answer, 1)
	go func() {
		v, err := read(dir)
		answers <- answer{v, err}
	}()
	select {
	case a := <-answers:
		return a.value, explain(dir, a.err)
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// explain says in words why a mount cannot be read.
func explain(dir string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no inboxfs is mounted at %s", dir)
	case errors.Is(err, syscall.ENOTCONN), errors.Is(err, syscall.ECONNABORTED):
		return fmt.Errorf("inboxfs at %s has ended without unmounting; start it again", dir)
	}
	return err
}

// flat reads a flat keyed file and tells each key and value.
func flat(path string, tell func(key, value string)) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(b)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if strings.HasPrefix(value, `"`) {
			if s, err := strconv.Unquote(value); err == nil {
				value = s
			}
		}
		tell(key, value)
	}
	return nil
}

// overview reads the queue and its list.
func overview(dir string) (queue.Overview, error) {
	o := queue.Overview{Summary: queue.Summary{Counts: make(map[queue.State]queue.Count)}}
	values := make(map[string]string)
	if err := flat(filepath.Join(dir, "queue"), func(key, value string) { values[key] = value }); err != nil {
		return o, err
	}
	number := func(key string) int64 {
		n, err := strconv.ParseInt(values[key], 10, 64)
		if err != nil {
			return 0 // left out, or "off"
		}
		return n
	}
	for _, s := range []queue.QueueState{queue.Stopped, queue.Running, queue.Halted, queue.Expired} {
		if s.String() == values["state"] {
			o.State = s
		}
	}
	for _, s := range queue.States {
		o.Counts[s] = queue.Count{Entries: number(s.String()), Bytes: number(s.String() + "_bytes")}
	}
	o.Waiting, o.Rate, o.Limit, o.Done, o.Left = number("waiting"), number("rate"), number("limit"), number("done"), number("left")
	o.Message, o.Hint = values["message"], values["hint"]
	f, err := os.Open(filepath.Join(dir, "list.json"))
	if err != nil {
		return o, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	o.Entries, err = choose(bufio.NewReaderSize(f, 1<<20))
	return o, err
}

// item is what is shown of an object in list.json.
type item struct {
	ID       uint64    `json:"id"`
	Name     string    `json:"name"`
	Quoted   string    `json:"name_quoted"`
	State    string    `json:"state"`
	Size     int64     `json:"size"`
	Uploaded int64     `json:"uploaded"`
	Rate     int64     `json:"rate"`
	Error    string    `json:"error"`
	Message  string    `json:"message"`
	Hint     string    `json:"hint"`
	NextTry  time.Time `json:"next_try"`
	Finished time.Time `json:"finished"`
}

func (i item) info() (queue.Info, error) {
	state, ok := queue.ParseState(i.State)
	if !ok {
		return queue.Info{}, fmt.Errorf("list.json: #%d is %q, which this program does not know", i.ID, i.State)
	}
	if i.Quoted != "" {
		if name, err := strconv.Unquote(i.Quoted); err == nil {
			i.Name = name
		}
	}
	return queue.Info{Row: queue.Row{ID: queue.ID(i.ID), State: state, Size: i.Size, Uploaded: i.Uploaded, Name: i.Name}, Rate: i.Rate,
		Error: i.Error, Message: i.Message, Hint: i.Hint, NextTry: i.NextTry, Finished: i.Finished}, nil
}

// choose reads list.json object by object and keeps some of each state, in the order of queue.Overview.
func choose(r io.Reader) (map[queue.State][]queue.Info, error) {
	kept := make(map[queue.State]*shelf)
	d := json.NewDecoder(r)
	if _, err := d.Token(); err != nil { // the bracket
		return nil, fmt.Errorf("list.json: %w", err)
	}
	for d.More() {
		var i item
		if err := d.Decode(&i); err != nil {
			return nil, fmt.Errorf("list.json: %w", err)
		}
		info, err := i.info()
		if err != nil {
			return nil, err
		}
		if kept[info.State] == nil {
			kept[info.State] = &shelf{}
		}
		kept[info.State].add(info)
	}
	chosen := make(map[queue.State][]queue.Info)
	for state, s := range kept {
		chosen[state] = s.take(state)
	}
	return chosen, nil
}
