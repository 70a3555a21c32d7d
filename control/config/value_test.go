package config

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want Size
		back string
	}{
		{"0", 0, "0"}, {"1", 1, "1"}, {"1048576", 1 << 20, "1MiB"}, {"8MiB", 8 << 20, "8MiB"},
		{"8 mib", 8 << 20, "8MiB"}, {"8Mi", 8 << 20, "8MiB"},
		{"100MB", 100_000_000, "100MB"}, {"1.5GiB", 3 << 29, "1536MiB"}, {"100KiB", 100 << 10, "100KiB"},
		{"5GiB", 5 << 30, "5GiB"},
		{"1kB", 1000, "1kB"}, {"1500", 1500, "1500"}, {"2TiB", 2 << 40, "2TiB"}, {"1PiB", 1 << 50, "1024TiB"},
		{"9223372036854775807", math.MaxInt64, "9223372036854775807"},
	} {
		var s Size
		if err := s.Set(c.text); err != nil || s != c.want || s.String() != c.back {
			t.Errorf("%q is %d, shown as %q, error %v; want %d, %q", c.text, int64(s), s, err, int64(c.want), c.back)
		}
		var again Size
		if err := again.Set(s.String()); err != nil || again != s {
			t.Errorf("%q does not come back from %q: %d, %v", c.text, s, int64(again), err)
		}
	}
	for _, text := range []string{"", "8 apples", "-1", "MiB", "1e9", "8MiB/s", "9223372036854775808", "16EiB", "0x10",
		"NaN", "+5"} {
		s := Size(7)
		if err := s.Set(text); err == nil || s != 7 {
			t.Errorf("%q was taken as the size %d", text, int64(s))
		}
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want Rate
		back string
	}{
		{"off", 0, "off"}, {" OFF ", 0, "off"}, {"20MiB/s", 20 << 20, "20MiB/s"}, {"20MiB", 20 << 20, "20MiB/s"},
		{"100MB/s", 1e8, "100MB/s"},
		{"100 mb/s", 1e8, "100MB/s"}, {"20 MiB /s", 20 << 20, "20MiB/s"}, {"1500", 1500, "1500/s"},
	} {
		var r, again Rate
		if err := r.Set(c.text); err != nil || r != c.want || r.String() != c.back {
			t.Errorf("%q is %d, shown as %q, error %v; want %d, %q", c.text, int64(r), r, err, int64(c.want), c.back)
		}
		if err := again.Set(r.String()); err != nil || again != r {
			t.Errorf("%q does not come back from %q: %d, %v", c.text, r, int64(again), err)
		}
	}
	for text, says := range map[string]string{"0": "pause", "0MiB/s": "pause", "fast": "not a rate", "": "not a rate",
		"-1":     "not a rate",
		"10Mb/s": "bits", "10Mbit/s": "bits", "10mbps": "bits", "1Gb": "bits", "10Kib/s": "bits"} {
		r := Rate(7)
		if err := r.Set(text); err == nil || r != 7 || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: rate %d, error %v, want one that says %q", text, int64(r), err, says)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want time.Duration
		back string
	}{
		{"2s", 2 * time.Second, "2s"}, {"60s", time.Minute, "1m"}, {"90s", 90 * time.Second, "1m30s"},
		{"1h", time.Hour, "1h"}, {"0", 0, "0s"}, {"0s", 0, "0s"},
		{"500ms", 500 * time.Millisecond, "500ms"}, {"20m", 20 * time.Minute, "20m"},
		{"10h10m", 610 * time.Minute, "10h10m"}, {"1h10s", time.Hour + 10*time.Second, "1h0m10s"},
	} {
		var d, again Duration
		if err := d.Set(c.text); err != nil || time.Duration(d) != c.want || d.String() != c.back {
			t.Errorf("%q is %v, shown as %q, error %v; want %v, %q", c.text, time.Duration(d), d, err, c.want, c.back)
		}
		if err := again.Set(d.String()); err != nil || again != d {
			t.Errorf("%q does not come back from %q: %v", c.text, d, err)
		}
	}
	for _, text := range []string{"", "2", "-2s", "2 seconds", "1d"} {
		d := Duration(7)
		if err := d.Set(text); err == nil || d != 7 {
			t.Errorf("%q was taken as the duration %v", text, d)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []string
	}{
		{"*.a", []string{"*.a"}}, {"*.a, *.b ,c d", []string{"*.a", "*.b", "c d"}}, {`"a,b",c`, []string{"a,b", "c"}},
		{`"say ""x"""`, []string{`say "x"`}},
		{`["*.a", "b,c", "Icon\r"]`, []string{"*.a", "b,c", "Icon\r"}}, {"[Tt]humbs.db", []string{"[Tt]humbs.db"}},
		{"[ab],[cd]", []string{"[ab]", "[cd]"}},
		{"[1]", []string{"[1]"}}, {"", nil}, {"[]", []string{}}, {"日本*", []string{"日本*"}},
	} {
		got, err := parseList(c.text)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q is %q, error %v; want %q", c.text, got, err, c.want)
		}
		back, err := parseList(text(&got))
		if err != nil || len(back) != len(got) || len(got) > 0 && !reflect.DeepEqual(back, got) {
			t.Errorf("%q comes back from %q as %q, error %v", c.text, text(&got), back, err)
		}
	}
	for _, text := range []string{`"a`, "a\nb", `a"b`} {
		if got, err := parseList(text); err == nil {
			t.Errorf("%q was taken as the list %q", text, got)
		}
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Parts{"7": 7, " 100 ": 100, "auto": AutoParts, "Auto": AutoParts} {
		var p, again Parts
		if err := p.Set(text); err != nil || p != want {
			t.Errorf("%q is %v, %v", text, p, err)
		}
		if err := again.Set(p.String()); err != nil || again != p {
			t.Errorf("%q does not come back from %q: %v, %v", text, p, again, err)
		}
	}
	for _, text := range []string{"", "-1", "many", "1.5"} {
		p := Parts(3)
		if err := p.Set(text); err == nil || p != 3 {
			t.Errorf("%q was taken as %v", text, p)
		}
	}
	for _, file := range []string{"[upload]\nparts = \"auto\"\n", "[upload]\nparts = 9\n"} {
		c, err := Load(write(t, file), home, nil)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := c.Print(&b); err != nil || !strings.Contains(b.String(), "\n"+strings.Split(file, "\n")[1]+"\n") {
			t.Errorf("%q is printed as %s, %v", file, &b, err)
		}
	}
	if _, err := Load(write(t, "[upload]\nparts = 0\n"), home, nil); err == nil {
		t.Error("0 parts are taken")
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	var all []string
	for _, k := range Keys() {
		all = append(all, k.Name)
	}
	for word, want := range map[string]string{
		"upload.partsize": "upload.part_size", "upload.part-size": "upload.part_size", "part_size": "upload.part_size",
		"UPLOAD.Files": "upload.files",
		"inbox.keep":   "events.keep", "oss.buket": "oss.bucket", "inbox.spool": "spool", "sttart": "start",
		"quite.something.else": "", "x": "", "": "",
	} {
		if got := Nearest(word, all); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}
