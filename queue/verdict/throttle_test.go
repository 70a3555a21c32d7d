package verdict_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/upload"
)

// together is how many of the requests were under way at once, at most.
func together(all []ossdev.Request) (most int) {
	for _, a := range all {
		n := 0
		for _, b := range all {
			if !b.Time.After(a.Time) && b.Time.Add(b.Duration).After(a.Time) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// A bucket that is asked too often: those that were under way are refused, and after that it is asked by ever fewer at
// once, whichever of its names the refusal has, instead of by all again. Each request takes a while, to be seen.
func TestThrottled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const refused, wide = 24, 8
	for code, status := range map[string]int{"QpsLimitExceeded": 0, "UploadTrafficRateLimitExceeded": 0,
		"TotalQpsLimitExceeded": 0, "Throttling": 503, "SomethingNew": 429} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			r := open(t, "", false, func(o *upload.Options) {
				o.Parts, o.BackoffBase, o.BackoffCap = wide, 20*time.Millisecond, 100*time.Millisecond
			})
			r.server.AddFault(ossdev.Fault{Action: "UploadPart", Code: code, Status: status, Count: refused,
				Delay: 20 * time.Millisecond})
			r.server.AddFault(ossdev.Fault{Action: "UploadPart", Delay: 20 * time.Millisecond})
			r.drop("a.mp4", 40*part)
			r.arrived("a.mp4", 40*part)
			parts := r.requests("UploadPart", "a.mp4")
			slices.SortFunc(parts, func(a, b ossdev.Request) int { return a.Time.Compare(b.Time) })
			if len(parts) != 40+refused {
				t.Fatalf("%d parts were sent for 40 and %d refusals", len(parts), refused)
			}
			first, then := together(parts[:wide]), together(parts[2*wide:refused])
			if first < wide/2 || then > wide/4 {
				t.Errorf("%d at once before the first refusal, and %d after two rounds of them", first, then)
			}
			// a refusal may come in after the first part that was taken
			if e := r.event("a.mp4", "OnUploadSucceed"); e["etag"] == "" ||
				r.log().count("a.mp4", "OnUploadRetry") > 2 {
				t.Errorf("%v", r.log()["a.mp4"])
			}
		})
	}
}

// Nobody asks a server again before the time that it names.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for name, f := range map[string]ossdev.Fault{
		"429": {Action: "PutObject", Code: "QpsLimitExceeded"},
		"503": {Action: "PutObject", Code: "ServiceUnavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := open(t, "", false)
			f.Count, f.RetryAfter = 1, 1
			r.server.AddFault(f)
			r.drop("first", 10)
			r.until("it is refused", func() bool { return len(r.requests("PutObject", "")) > 0 })
			for i := range 5 {
				r.drop(fmt.Sprint(i), 10) // they are told nothing, and wait all the same
			}
			r.ended()
			refusal := r.requests("PutObject", "")[0]
			for _, q := range r.server.Requests() {
				if wait := q.Time.Sub(refusal.Time); q.RequestID != refusal.RequestID && wait < time.Second &&
					q.Time.After(refusal.Time.Add(100*time.Millisecond)) {
					t.Errorf("%s of %s came %v after the refusal", q.Action, q.Key, wait)
				}
			}
			r.arrived("first", 10)
		})
	}
}

// VOD's API is asked once per file: when that is too often, the next files wait with the first.
func TestVODThrottled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const refused, base = 8, 20 * time.Millisecond
	r := open(t, "", true, func(o *upload.Options) { o.BackoffBase, o.BackoffCap = base, 4*base })
	r.server.AddFault(ossdev.Fault{Action: "CreateUploadVideo", Code: "Throttling.User", Count: refused})
	for i := range 40 {
		r.drop(fmt.Sprintf("%d.mp4", i), 10)
	}
	r.ended()
	asked := r.requests("CreateUploadVideo", "")
	slices.SortFunc(asked, func(a, b ossdev.Request) int { return a.Time.Compare(b.Time) })
	for i, q := range asked[1:refused] {
		if gap := q.Time.Sub(asked[i].Time); gap < base/2 {
			t.Errorf("question %d came %v after the one before it was refused", i+2, gap)
		}
	}
	if len(asked) != 40+refused {
		t.Errorf("%d questions for 40 files and %d refusals", len(asked), refused)
	}
	for i := range 40 {
		r.arrived(fmt.Sprintf("%d.mp4", i), 10)
	}
}
