package upload

import (
	"log/slog"
	"os"
	"time"

	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
)

// What OSS takes.
const (
	minPart  = 100 << 10 // bytes, of any part but the last
	maxPart  = 5 << 30   // bytes, of a part and of a single put
	maxParts = 10_000
	maxSize  = 48_800_000_000_000 // of a file, 48.8 TB
	mib      = 1 << 20
)

// Options says how files are sent. Zero fields take the default in parentheses.
type Options struct {
	PartSize  int64 // bytes (8 MiB); more where a file would need over 10,000 parts
	Threshold int64 // files up to this size, in bytes, go in one request (PartSize)
	Parts     int   // parts of one file at once (5)
	// instead: of all files together as many as bring the most; see queue/upload/level (false)
	Auto        bool
	MaxTries    int           // tries of a request in a row without any progress, before the run ends (4)
	BackoffBase time.Duration // before the second try, ± half; doubles from try to try (500 ms)
	BackoffCap  time.Duration // at most, ± half (10 s)
	Grace       time.Duration // for parts in flight when the run ends with a Resumable or Renew error (5 s)
	Prefix      string        // what keys begin with; {date}, {hostname} and {id} are filled in ("")
	Overwrite   string        // "replace" or "forbid" ("replace")
	Attributes  attribute.Set // what files have whose own extended attributes do not say otherwise (none)
	Log         *slog.Logger  // (discarded)
	Now         func() time.Time
	Hostname    func() (string, error) // (os.Hostname)
}

func (o Options) withDefaults() Options {
	if o.PartSize <= 0 {
		o.PartSize = 8 * mib
	}
	o.PartSize = min(max(o.PartSize, minPart), maxPart)
	if o.Threshold <= 0 {
		o.Threshold = o.PartSize
	}
	o.Threshold = min(o.Threshold, maxPart)
	if o.Parts <= 0 {
		o.Parts = 5
	}
	if o.MaxTries <= 0 {
		o.MaxTries = 4
	}
	if o.BackoffBase <= 0 {
		o.BackoffBase = 500 * time.Millisecond
	}
	if o.BackoffCap <= 0 {
		o.BackoffCap = 10 * time.Second
	}
	o.BackoffCap = max(o.BackoffCap, o.BackoffBase)
	if o.Grace <= 0 {
		o.Grace = 5 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Hostname == nil {
		o.Hostname = os.Hostname
	}
	return o
}

// partSize is the size of the parts of a file.
func (o Options) partSize(job transfer.Job) int64 {
	if job.Ahead {
		return o.aheadSize()
	}
	if least := (job.Size + maxParts - 1) / maxParts; least > o.PartSize {
		return min((least+mib-1)/mib*mib, maxPart)
	}
	return o.PartSize
}
