package daemon

import (
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/control/config"
)

// TestTimetable lives through a weekend in a moment.
func TestTimetable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // its clock begins at midnight UTC, 2000-01-01, a Saturday
		var limits config.Bandwidth
		if err := limits.Set("08:00,1MiB/s 19:00,off Sun-00:00,3MiB/s"); err != nil {
			t.Fatal(err)
		}
		type at struct {
			when string
			rate int64
		}
		var seen []at
		now := func() time.Time { return time.Now().UTC() }
		table := follow(limits, now, func(rate int64) { seen = append(seen, at{now().Format("Mon 15:04"), rate}) })
		time.Sleep(47 * time.Hour)
		synctest.Wait()
		table.close()
		want := []at{{"Sat 00:00", 0}, {"Sat 08:00", 1 << 20}, {"Sat 19:00", 0}, {"Sun 00:00", 3 << 20},
			{"Sun 08:00", 1 << 20}, {"Sun 19:00", 0}}
		if len(seen) != len(want) {
			t.Fatalf("it set %v", seen)
		}
		for i := range want {
			if seen[i] != want[i] {
				t.Errorf("it set %v, not %v", seen[i], want[i])
			}
		}
	})
}
