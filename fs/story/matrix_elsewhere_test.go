package story

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// elsewhere is the points that TestKillMatrix does not reach, and the tests that kill there.
var elsewhere = map[string]string{
	"video: announced": "TestKilledVOD", "video: made": "TestKilledVOD", "video: journaled": "TestKilledVOD",
	"media: disowned":        "TestKilledVODLeavesNothing",
	"journal: found damaged": "TestKilledDamage", "journal: set aside": "TestKilledDamage",
	"folder: removed":   "TestKilledFolder",
	"too late: removed": "TestKilledTooLate",
}

// killedAt starts a daemon that dies at a point, on the way to which the script leads, and says so if it does not.
func (m *matrix) killedAt(point, script string) {
	m.t.Helper()
	l := m.start("KILLPOINT=" + point + "#1")
	if m.answers(l) {
		if out, err := m.try(script); err != nil && !l.diedWithin(time.Second) {
			m.t.Fatalf("%s: %v\n%s", script, err, out)
		}
	}
	if !l.diedWithin(3 * time.Minute) {
		m.t.Fatalf("%s was not reached", point)
	}
	if m.daemon = nil; !l.killed() {
		m.t.Fatalf("%s: the daemon ended by itself: %v\n%s", point, l.err, clip(m.log.String()))
	}
}

// again starts the daemon for good.
func (m *matrix) again() *life {
	m.t.Helper()
	l := m.start()
	if !m.answers(l) {
		m.t.Fatalf("the daemon does not start: %v\n%s", l.err, clip(m.log.String()))
	}
	return l
}

// TestKilledVOD kills a daemon around what it learns from VOD. One video comes of it, also where VOD's answer was lost.
func TestKilledVOD(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	for _, point := range []string{"video: announced", "video: made", "video: journaled", "initiate: journaled",
		"part: told", "complete: answered"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			m := newMatrix(t, killable(t), 1, nil, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL")
			m.sh("head -c 1M /dev/urandom > a.mpg")
			m.killedAt(point, "cp a.mpg $MNT/inbox/")
			l := m.again()
			m.sh("echo wait a.mpg > $MNT/control")
			uploaded := 0
			for _, media := range m.server.Media() {
				if media.Status != "UploadSucc" {
					continue
				}
				uploaded++
				object, _, ok := m.server.Object(media.Bucket, media.Key)
				if !ok {
					t.Fatal("there is no object")
				}
				m.sh("cmp a.mpg " + object)
			}
			if n := len(m.server.Media()); uploaded != 1 || n != 1 {
				t.Errorf("%d of %d videos are uploaded", uploaded, n)
			}
			if n := len(m.server.Uploads()); n > 0 {
				t.Errorf("%d multipart uploads are left", n)
			}
			m.finish(l)
		})
	}
}

// TestKilledDamage kills a daemon while it sets a damaged journal aside.
func TestKilledDamage(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	m := newMatrix(t, killable(t), 1, nil, "INBOXFS_START=false")
	m.sh("head -c 300k /dev/urandom > a; head -c 300k /dev/urandom > half")
	l := m.again()
	m.sh("cp a $MNT/inbox/")
	m.until("it is ready", func() bool { return m.mustList()["a"] == "ready" })
	// more than what counts as about when it was killed, of which the journal's last change tells
	time.Sleep(3 * time.Second)
	m.sh("cp a $MNT/inbox/b")
	m.until("it is ready", func() bool { return m.mustList()["b"] == "ready" })
	m.sh(`(head -c 100k half; sleep 60) > $MNT/inbox/half &
		until [ -s spool/inbox/half ]; do sleep 0.01; done
		kill -9 ` + fmt.Sprint(l.cmd.Process.Pid) + `; kill %1`)
	<-l.over
	path := filepath.Join(m.dir, "spool", "journal.db")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("damaged ", 10_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil { // as a disk would damage it
		t.Fatal(err)
	}
	m.killedAt("journal: found damaged", "")
	m.killedAt("journal: set aside", "")
	time.Sleep(3 * time.Second)
	m.killedAt("journal: laid out", "")
	time.Sleep(3 * time.Second)
	l = m.again()
	// A journal that is gone cannot tell a kill from a power cut, so what came in the last minutes is held, too.
	m.sh("echo start > $MNT/control; ! grep -q '^state held' $MNT/status/a || echo release a > $MNT/control; " +
		"echo wait a > $MNT/control")
	m.arrived("a", filepath.Join(m.dir, "a"))
	if state := m.mustList()["half"]; state != "held" {
		t.Errorf("half a file is %s", state)
	}
	if aside, err := filepath.Glob(path + ".damaged-*"); err != nil || len(aside) != 1 {
		t.Errorf("journals that were kept: %v, %v", aside, err)
	}
	m.finish(l)
}

// TestKilledTooLate kills a daemon that has removed the object which a file left under its old name.
func TestKilledTooLate(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	m := newMatrix(t, killable(t), 1, nil)
	m.server.AddFault(ossdev.Fault{Key: "w", Action: "PutObject", Late: 1500 * time.Millisecond, Count: 1})
	m.sh("head -c 1000 /dev/urandom > a")
	m.killedAt("too late: removed",
		"cp a $MNT/inbox/w; until grep -q '^state uploading' $MNT/status/w; do sleep 0.01; done; sleep 0.5; "+
			"mv $MNT/inbox/w $MNT/inbox/v")
	l := m.again()
	m.sh("echo wait > $MNT/control")
	m.arrived("v", filepath.Join(m.dir, "a"))
	if _, _, ok := m.server.Object(bucket, "w"); ok {
		t.Error("the object under the old name is there again")
	}
	m.finish(l)
}

// TestKilledFolder kills a daemon that removes folders which uploads have emptied.
func TestKilledFolder(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	m := newMatrix(t, killable(t), 1, nil)
	m.sh("head -c 1000 /dev/urandom > a")
	m.sh("mkdir -p over/under; cp a over/under/")
	m.killedAt("folder: removed", "cp -r over $MNT/inbox/; echo wait over/under/a > $MNT/control")
	l := m.again()
	m.sh("test ! -e $MNT/inbox/over/under; mkdir -p $MNT/inbox/over/under; cp a $MNT/inbox/over/under/b; " +
		"echo wait > $MNT/control")
	m.arrived("over/under/a", filepath.Join(m.dir, "a"))
	m.arrived("over/under/b", filepath.Join(m.dir, "a"))
	m.finish(l)
}
