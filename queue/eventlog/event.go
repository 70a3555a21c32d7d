package eventlog

import (
	"log/slog"
	"time"
)

// Event is one thing that happened. Attrs follow the fixed fields in their order.
type Event struct {
	Time  time.Time
	Name  string // OnFileAdded, OnUploadStarted, ...
	ID    uint64 // 0: not about one file
	File  string // its name below inbox, "" likewise
	Attrs []slog.Attr
}
