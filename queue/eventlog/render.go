package eventlog

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// timeLayout is RFC 3339 with milliseconds, always of the same width.
const timeLayout = "2006-01-02T15:04:05.000Z"

// maxIdleBuffer is how much of a large batch's memory a renderer keeps for the next.
const maxIdleBuffer = 1 << 20

// renderer turns events into lines. It is for one goroutine at a time.
type renderer struct {
	buf     bytes.Buffer // the batch
	line    bytes.Buffer // the line that the handler writes
	handler slog.Handler
	fix     func(dst *bytes.Buffer, line []byte)

	last     time.Time // the millisecond that lastText shows: events come in bunches
	lastText string
}

func newRenderer(f Format) *renderer {
	r := &renderer{}
	o := &slog.HandlerOptions{ReplaceAttr: r.replace}
	if f == JSON {
		r.handler, r.fix = slog.NewJSONHandler(&r.line, o), escapeUnprintable
	} else {
		r.handler, r.fix = slog.NewTextHandler(&r.line, o), quoteDelete
	}
	return r
}

// reset begins a new batch.
func (r *renderer) reset() {
	if r.buf.Cap() > maxIdleBuffer {
		r.buf = bytes.Buffer{}
	}
	r.buf.Reset()
}

// add renders one line into the batch.
func (r *renderer) add(e *Event, seq uint64, now time.Time) error {
	t := e.Time
	if t.IsZero() {
		t = now
	}
	// The record's own time, level and message stay empty: time must be of fixed width, and the others have no place.
	attrs := make([]slog.Attr, 3, 5)
	attrs[0], attrs[1] = slog.String("time", r.formatTime(t)), slog.Uint64("seq", seq)
	attrs[2] = slog.String("event", e.Name)
	if e.ID != 0 {
		attrs = append(attrs, slog.Uint64("id", e.ID))
	}
	if e.ID != 0 || e.File != "" {
		attrs = append(attrs, slog.String("file", e.File))
	}
	var rec slog.Record
	rec.AddAttrs(attrs...)
	rec.AddAttrs(e.Attrs...)
	r.line.Reset()
	if err := r.handler.Handle(context.Background(), rec); err != nil {
		return err
	}
	r.fix(&r.buf, r.line.Bytes())
	return nil
}

func (r *renderer) formatTime(t time.Time) string {
	t = t.UTC().Truncate(time.Millisecond)
	if r.lastText == "" || !t.Equal(r.last) {
		r.last, r.lastText = t, t.Format(timeLayout)
	}
	return r.lastText
}

// replace drops the level and the message that the handlers add by themselves: only theirs is of type slog.Level, and
// only theirs is empty. It brings times in an event's own fields to the form of the first one.
func (r *renderer) replace(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 {
		switch a.Key {
		case slog.LevelKey:
			if _, ok := a.Value.Any().(slog.Level); ok {
				return slog.Attr{}
			}
		case slog.MessageKey:
			if a.Value.Kind() == slog.KindString && a.Value.String() == "" {
				return slog.Attr{}
			}
		}
	}
	if a.Value.Kind() == slog.KindTime {
		a.Value = slog.StringValue(a.Value.Time().UTC().Format(timeLayout))
	}
	return a
}

// quoteDelete adds line to dst. slog's text handler quotes every value with a control character except DEL (0x7f),
// which it prints as it is when nothing else asks for quotes. Inside quotes it is escaped, so a bare DEL stands in an
// unquoted value, which has no blank and no '=': its ends are the nearest of these.
func quoteDelete(dst *bytes.Buffer, line []byte) {
	for {
		del := bytes.IndexByte(line, 0x7f)
		if del < 0 {
			dst.Write(line)
			return
		}
		from := bytes.LastIndexByte(line[:del], '=') + 1
		to := del + bytes.IndexAny(line[del:], " \n")
		dst.Write(line[:from])
		dst.Write(strconv.AppendQuote(dst.AvailableBuffer(), string(line[from:to])))
		line = line[to:]
	}
}

// escapeUnprintable adds line to dst. slog's JSON handler escapes what JSON demands. That leaves DEL, the C1 controls
// (U+009B begins a terminal sequence as ESC [ does) and the marks that reverse the direction of text. In JSON they
// can only stand inside a string, where \u says the same.
func escapeUnprintable(dst *bytes.Buffer, line []byte) {
	start := 0
	for i := 0; i < len(line); {
		if line[i] < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRune(line[i:])
		if !unicode.IsPrint(r) {
			dst.Write(line[start:i])
			for _, unit := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(dst, `\u%04x`, unit)
			}
			start = i + size
		}
		i += size
	}
	dst.Write(line[start:])
}
