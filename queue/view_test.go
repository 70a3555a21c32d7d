package queue

import (
	"testing"
	"time"

	"inboxfs/queue/list"
)

// TestTimeLeftKeepsToTheLimit: what goes out faster for a moment, or went so before there was a limit, is no promise.
func TestTimeLeftKeepsToTheLimit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate, limit int64
		want        time.Duration
	}{{100, 0, 9 * time.Second}, {100, 50, 18 * time.Second}, {50, 100, 18 * time.Second}, {0, 50, 0}} {
		s := list.Summary{Done: 50, Left: 950, Uploaded: 250, Sent: 300, Rate: c.rate, Limit: c.limit}
		i := list.Info{Row: list.Row{State: list.Uploading, Size: 1000, Uploaded: 50, Sent: 100}, Rate: c.rate,
			Limit: c.limit}
		if s.TimeLeft() != c.want || i.TimeLeft() != c.want {
			t.Errorf("at %d with limit %d: %v and %v, not %v", c.rate, c.limit, s.TimeLeft(), i.TimeLeft(), c.want)
		}
	}
}
