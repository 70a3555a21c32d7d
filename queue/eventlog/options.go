package eventlog

import (
	"fmt"
	"time"
)

// Format is how a line is written.
type Format string

const (
	Text Format = "text" // key=value, as log/slog's text handler
	JSON Format = "json" // one object
)

// Options are the choices there are; the zero value of each field means its default.
type Options struct {
	Format  Format           // Text
	MaxSize int64            // rotate above so many bytes; 16 MiB
	Keep    int              // rotated files kept; 5
	Grace   time.Duration    // how long readers may need to look again; 3 s. At least their poll interval
	Now     func() time.Time // time.Now; called from several goroutines
	// OnError is told why a rotation failed; the log goes on in its current file and tries again later. It is called
	// from Append, with no lock held that a reader takes, and must not call Append. nil: nobody is told.
	OnError func(error)
}

func (o Options) withDefaults() (Options, error) {
	switch o.Format {
	case "":
		o.Format = Text
	case Text, JSON:
	default:
		return o, fmt.Errorf("events format %q is unknown; use %q or %q", string(o.Format), Text, JSON)
	}
	if o.MaxSize <= 0 {
		o.MaxSize = 16 << 20
	}
	if o.Keep <= 0 {
		o.Keep = 5
	}
	if o.Grace <= 0 {
		o.Grace = 3 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	return o, nil
}
