package config

import (
	"strings"
	"testing"
	"time"
)

func TestBandwidth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, at, want string }{
		{"off", "Mon 12:00", "off"},
		{"20 MiB/s", "Mon 12:00", "20MiB/s"},
		{"08:00,1MiB/s 19:00,off", "Mon 07:59", "off"},
		{"08:00,1MiB/s 19:00,off", "Mon 08:00", "1MiB/s"},
		{"08:00,1MiB/s 19:00,off", "Sun 18:59", "1MiB/s"},
		{"08:00,1MiB/s 19:00,off", "Sun 19:00", "off"},
		{"Mon-08:00,1MiB/s fri-19:00,off", "Sun 12:00", "off"},
		{"Mon-08:00,1MiB/s fri-19:00,off", "Mon 07:59", "off"},
		{"Mon-08:00,1MiB/s fri-19:00,off", "Thu 03:00", "1MiB/s"},
		{"Saturday-00:00,off 08:00,2MB/s", "Sat 07:59", "off"},
		{"Saturday-00:00,off 08:00,2MB/s", "Sat 08:00", "2MB/s"},
		{"08:00,1MiB/s Tue-08:00,off", "Tue 08:30", "off"}, // the later word counts
		{"08:00,1MiB/s Tue-08:00,off", "Wed 08:30", "1MiB/s"},
		{"23:00,512KiB/s", "Wed 22:59", "512KiB/s"},
	} {
		var b, again Bandwidth
		if err := b.Set(c.text); err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		at, err := time.Parse("Mon 15:04", c.at)
		if err != nil {
			t.Fatal(err)
		}
		for at.Weekday().String()[:3] != c.at[:3] { // Parse reads the day and makes nothing of it
			at = at.AddDate(0, 0, 1)
		}
		if rate, _ := b.At(at); rate.String() != c.want {
			t.Errorf("%q on %s is %s, not %s", c.text, c.at, rate, c.want)
		}
		if err := again.Set(b.String()); err != nil || again.String() != b.String() {
			t.Errorf("%q becomes %q and then %q, %v", c.text, b, again, err)
		}
	}
	for _, c := range []struct{ text, want string }{
		{"fast", "timetable such as"}, {"8am,1MiB/s", "HH:MM"}, {"25:00,off", "HH:MM"}, {"Foo-08:00,off", "HH:MM"},
		{"08:00,0", "never send"}, {"08:00,20Mb", "in bits"}, {"08:00,1MiB/s 19:00", "19:00"}, {",", "HH:MM"},
	} {
		var b Bandwidth
		if err := b.Set(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, which does not say %q", c.text, err, c.want)
		}
	}
}
