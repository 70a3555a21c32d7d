package queue

import "inboxfs/queue/list"

// Totals is what a monitor asks for: the state of the queue, and what was counted since the mount.
type Totals struct {
	list.Summary
	Succeeded     int64            // files uploaded
	Failures      map[string]int64 // files failed, by the code of the error
	Retries       int64            // requests and runs that failed and were made again
	Expiries      int64            // how often credentials expired
	JournalErrors int64            // commits that failed
	InFlight      int              // requests that carry bytes of files, now
}

const (
	failureCodes = 50      // how many codes are told apart
	failureOther = "other" // all further ones
)

// Totals is a snapshot.
func (q *Queue) Totals() Totals {
	inFlight := q.o.Uploader.InFlight()
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.totals
	t.Summary, t.InFlight = q.summaryLocked(), inFlight
	t.Failures = make(map[string]int64, len(q.totals.Failures))
	for code, n := range q.totals.Failures {
		t.Failures[code] = n
	}
	return t
}

// failureLocked counts a file that failed. A code is what a server says, so neither their number nor what they hold is
// taken on trust.
func (q *Queue) failureLocked(code string) {
	if q.totals.Failures == nil {
		q.totals.Failures = make(map[string]int64)
	}
	if _, known := q.totals.Failures[code]; !known && (len(q.totals.Failures) >= failureCodes || !plainCode(code)) {
		code = failureOther
	}
	q.totals.Failures[code]++
}

// plainCode reports whether a code looks like one: AccessDenied, InvalidFileName.Extension.
func plainCode(code string) bool {
	for _, c := range code {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-') {
			return false
		}
	}
	return code != "" && len(code) <= 64
}
