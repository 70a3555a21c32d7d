package commit

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"inboxfs/queue/eventlog"
)

// packed is an event as the outbox keeps it: everything but the sequence number, which the log gives.
type packed struct {
	Time  time.Time   `json:"t"`
	Name  string      `json:"e"`
	ID    uint64      `json:"i,omitempty"`
	File  []byte      `json:"f,omitempty"` // bytes, because names need not be UTF-8
	Attrs [][3]string `json:"a,omitempty"` // key, kind, value
}

// Pack is the form in which an event waits in the outbox.
func Pack(e *eventlog.Event) []byte {
	p := packed{Time: e.Time, Name: e.Name, ID: e.ID, File: []byte(e.File)}
	for _, a := range e.Attrs {
		p.Attrs = append(p.Attrs, [3]string{a.Key, a.Value.Kind().String(), a.Value.String()})
	}
	line, err := json.Marshal(p)
	if err != nil { // strings, numbers and bytes always marshal
		panic(err)
	}
	return line
}

func unpack(line []byte) (eventlog.Event, error) {
	var p packed
	if err := json.Unmarshal(line, &p); err != nil {
		return eventlog.Event{}, fmt.Errorf("reading an outbox row: %w", err)
	}
	e := eventlog.Event{Time: p.Time, Name: p.Name, ID: p.ID, File: string(p.File)}
	for _, a := range p.Attrs {
		e.Attrs = append(e.Attrs, slog.Attr{Key: a[0], Value: unpackValue(a[1], a[2])})
	}
	return e, nil
}

// unpackValue gives a value back its kind, so that a JSON log shows numbers as numbers. What does not parse stays text.
func unpackValue(kind, text string) slog.Value {
	switch kind {
	case slog.KindInt64.String():
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return slog.Int64Value(n)
		}
	case slog.KindUint64.String():
		if n, err := strconv.ParseUint(text, 10, 64); err == nil {
			return slog.Uint64Value(n)
		}
	case slog.KindBool.String():
		if b, err := strconv.ParseBool(text); err == nil {
			return slog.BoolValue(b)
		}
	case slog.KindDuration.String():
		if d, err := time.ParseDuration(text); err == nil {
			return slog.DurationValue(d)
		}
	}
	return slog.StringValue(text)
}
