package skew

import (
	"net/http"
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	date := func(at time.Time) string { return at.Format(http.TimeFormat) }
	cases := []struct {
		local time.Time
		date  string
		want  bool
	}{
		{now, date(now.Add(time.Hour)), true}, {now, date(now.Add(-26 * time.Hour)), true},
		{now, date(now.Add(90 * 24 * time.Hour)), false},
		{now, "", false}, {now, "nonsense", false}, {now, date(time.Unix(0, 0)), false},
		{time.Unix(100, 0), date(now), true}, // no battery
		{time.Unix(100, 0), date(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)), false},
		{now, "Fri, 01 Jan 9999 00:00:00 GMT", false},
	}
	for _, c := range cases {
		k := Clock{Now: func() time.Time { return c.local }}
		if got := k.Learn(c.date); got != c.want {
			t.Errorf("at %v learn(%q) = %v", c.local, c.date, got)
		}
		want := ""
		if c.want {
			want = c.date
		}
		if got := k.Date(); got != want {
			t.Errorf("at %v after %q: date %q", c.local, c.date, got)
		}
	}
}
