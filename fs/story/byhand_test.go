package story

import (
	"fmt"
	"path/filepath"
	"testing"
)

// TestPutIntoTheSpoolAfterAKill puts files into the spool by hand right after a kill, while another file was open: they
// are uploaded, and only half a file is held. When half a file is not where it was any more, each new one may be a copy
// of it.
func TestPutIntoTheSpoolAfterAKill(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	for _, copied := range []bool{false, true} {
		t.Run(fmt.Sprint("copied ", copied), func(t *testing.T) {
			t.Parallel()
			m := newMatrix(t, killable(t), 1, nil, "INBOXFS_START=false")
			m.sh("head -c 300k /dev/urandom > a; head -c 300k /dev/urandom > b; head -c 300k /dev/urandom > half")
			l := m.again()
			m.sh("cp a $MNT/inbox/over; cp a $MNT/inbox/old")
			m.until("they are ready", func() bool {
				return m.mustList()["over"] == "ready" &&
					m.mustList()["old"] == "ready"
			})
			m.sh(`(head -c 100k half; exec sleep 60) > $MNT/inbox/half &
				until [ -s spool/inbox/half ]; do sleep 0.01; done
				echo cancel old > $MNT/control && echo restore old > $MNT/control # so the journal knows of half
				kill -9 ` + fmt.Sprint(l.cmd.Process.Pid) + `; kill %1
				cd spool/inbox; mkdir folder; cp ../../b new; cp ../../b folder/new; cp ../../b over; mv old moved`)
			if copied { // as a restored spool has it
				m.sh("cd spool/inbox; cp half ../half; mv ../half half")
			}
			<-l.over
			l = m.again()
			by := map[string]string{"new": "b", "folder/new": "b", "over": "b", "moved": "a"}
			if copied {
				by = map[string]string{"moved": "a"}
			}
			m.sh("echo start > $MNT/control; echo wait > $MNT/control || true") // it fails: half is held
			for name, content := range by {
				m.arrived(name, filepath.Join(m.dir, content))
			}
			list := m.mustList()
			delete(list, "name") // of the column
			for name, state := range list {
				if held := by[name] == ""; held != (state == "held") {
					t.Errorf("%s is %s", name, state)
				}
			}
			m.finish(l)
		})
	}
}
