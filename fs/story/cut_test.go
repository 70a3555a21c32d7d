package story

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/ossdev/wire"
)

// TestLineThatCuts has the parts of the default size, and a line that ends each connection after a megabyte.
func TestLineThatCuts(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	s := prepareAt(t, ossdev.Options{})
	line, err := wire.Start(strings.TrimPrefix(s.server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := line.Close(); err != nil {
			t.Error(err)
		}
	})
	s.env = append(s.env, "INBOXFS_OSS_ENDPOINT=http://"+line.Addr)
	line.CutAfter(1_000_000)
	s.mount()
	t.Cleanup(s.end)
	s.sh("head -c 20M /dev/urandom > large.mov; head -c 3M /dev/urandom > small.mov; " +
		"echo limit 4MiB/s > $MNT/control; cp *.mov $MNT/inbox/")
	size := 0 // how much shorter than what the line takes goes by what it took
	s.until("status says that parts are short", func() bool {
		size, err = strconv.Atoi(s.field("large.mov", "part_size"))
		return err == nil && size < 1_000_000
	})
	s.sh("echo limit off > $MNT/control; echo wait > $MNT/control")
	s.whole("large.mov", "small.mov")
	told := strings.Contains(s.events(), fmt.Sprintf(" part_size=%d\n", size))
	if !told || !strings.Contains(s.log.String(), "shorter parts are tried") {
		t.Errorf("events:\n%s\nlog:\n%s", s.events(), s.log.String())
	}
	t.Logf("%d connections were cut", line.Cuts())
}
