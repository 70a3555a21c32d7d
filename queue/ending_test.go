package queue

import (
	"strings"
	"testing"
	"time"

	"inboxfs/queue/list"
)

// failed is the Ending of a program that ended badly.
type failed string

func (f failed) Fault() string { return string(f) }

// TestEndingHolds closes files in good order, and says only later that their writers failed.
func TestEndingHolds(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Settle = 50 * time.Millisecond })
	put := func(name, content string, created bool, end Ending) {
		t.Helper()
		id := r.Open(name, created)
		info := r.write(name, content)
		r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Ending: end})
	}
	put("half", "half", true, failed("curl ended with status 18"))
	put("temp", "half", true, failed("rsync ended with status 20"))
	r.rename("temp", "named", 0)
	id := r.Open("looked", true)
	info := r.write("looked", "half")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(),
		Ending: failed("dd was killed by SIGINT")})
	// by another, who wrote nothing
	r.Close(r.Open("looked", false), Closed{Size: info.Size(), ModTime: info.ModTime()})
	for name, why := range map[string]string{"half": "status 18", "named": "status 20", "looked": "SIGINT"} {
		if held := r.state(name, list.Held); held.Error != codeFault || !strings.Contains(held.Message, why) {
			t.Errorf("%s is held because %q: %q", name, held.Error, held.Message)
		}
	}
	r.up.none(t)

	// Released means trusted: nobody is asked again. Written once more, to the end, means whole.
	if err := r.DoFile(t.Context(), Release, id); err != nil {
		t.Fatal(err)
	}
	r.up.next(t).succeed()
	r.state("looked", list.Success)
	put("half", "half and the rest", false, nil)
	if u := r.up.next(t); u.job.Name != "half" || u.job.Size != 17 {
		t.Errorf("%q with %d bytes is uploaded", u.job.Name, u.job.Size)
	} else {
		u.succeed()
	}
	r.state("half", list.Success)
}

// TestFaultOfOneOfTwoWritersStays has two programs write one file at once, and the one that failed be done first.
func TestFaultOfOneOfTwoWritersStays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.Open("a", true)
	r.Open("a", false)
	info := r.write("a", "mixed")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "write answered EIO"})
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	if held := r.state("a", list.Held); !strings.Contains(held.Message, "EIO") {
		t.Errorf("it is held because %q", held.Message)
	}
}
