package story

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// used fails unless each media that VOD has is the one of an uploaded file, whole, and no upload is open. A count below
// 0 is any.
func (s *story) used(count int) {
	s.t.Helper()
	var wrong string
	ok := becomes(20*time.Second, func() bool {
		wrong = ""
		shown := make(map[string]bool)
		for line := range strings.Lines(s.sh("cat $MNT/list.json | tr ',' '\\n' | grep video_id || true")) {
			shown[strings.Trim(strings.TrimPrefix(strings.TrimSpace(line), `"video_id":`), `"{}[] `)] = true
		}
		for _, m := range s.server.Media() {
			if m.Status != "UploadSucc" || !shown[m.ID] {
				wrong += fmt.Sprintf("%s %s of %s is %s, shown %v\n", m.Type, m.ID, m.Title, m.Status, shown[m.ID])
			}
		}
		for _, u := range s.server.Uploads() {
			wrong += fmt.Sprintf("%s is open\n", u.Key)
		}
		if n := len(s.server.Media()); n != count && count >= 0 {
			wrong += fmt.Sprintf("%d media, want %d\n", n, count)
		}
		return wrong == ""
	})
	if !ok {
		s.t.Errorf("VOD has what is not used:\n%s", wrong)
	}
}

// becomes reports whether something is so within a time.
func becomes(d time.Duration, ok func() bool) bool {
	for end := time.Now().Add(d); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// TestNothingUnused has files renamed, overwritten, deleted and cleared while they are sent to VOD, and answers lost:
// what VOD made for them goes, all but that of what is there in the end.
func TestNothingUnused(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_UPLOAD_PART_SIZE=256KiB",
		"INBOXFS_UPLOAD_LIMIT=200KiB/s")
	made := func(n int) {
		t.Helper()
		s.until(fmt.Sprint(n, " uploads are open"), func() bool { return len(s.server.Uploads()) == n })
	}
	s.sh("for f in a b c d; do head -c 900000 /dev/urandom > $f.mp4; done; head -c 900000 /dev/urandom > p.png; " +
		"head -c 900000 /dev/urandom > z.zip")
	s.sh("cp a.mp4 b.mp4 c.mp4 p.png $MNT/inbox/")
	made(4)
	s.sh("mv $MNT/inbox/a.mp4 $MNT/inbox/renamed.mp4; cp d.mp4 $MNT/inbox/b.mp4; rm $MNT/inbox/c.mp4; " +
		"mv $MNT/inbox/p.png $MNT/inbox/q.png; cp z.zip $MNT/inbox/")
	s.server.AddFault(ossdev.Fault{Action: "CreateUploadVideo", Key: "lost.mp4", ResetAfter: true, Count: 2})
	s.sh("cp d.mp4 $MNT/inbox/lost.mp4; echo limit off > $MNT/control; echo wait > $MNT/control")
	s.used(5)
	for _, m := range s.server.Media() {
		if m.Title == "a" || m.Title == "c" || m.Title == "p" {
			t.Errorf("%s of %s is still there", m.ID, m.Title)
		}
	}
	if n := s.count("OnUploadSucceed"); n != 5 {
		t.Errorf("%d uploads", n)
	}

	s.sh("echo limit 200KiB/s > $MNT/control; cp a.mp4 $MNT/inbox/e.mp4; cp p.png $MNT/inbox/e.png; " +
		"cp z.zip $MNT/inbox/e.zip")
	made(3)
	s.sh("echo clearFiles > $MNT/control")
	s.until("all but the uploaded are gone", func() bool {
		return len(s.server.Media()) == 5 &&
			len(s.server.Uploads()) == 0
	})
}

// TestNoRightToDelete has an account that may not delete: it is said, and done at a start with the right.
func TestNoRightToDelete(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_UPLOAD_PART_SIZE=256KiB",
		"INBOXFS_UPLOAD_LIMIT=200KiB/s")
	h := s.server.AddFault(ossdev.Fault{Action: "DeleteVideo", Code: "Forbidden.RAM"})
	s.sh("head -c 900000 /dev/urandom > a.mp4; cp a.mp4 $MNT/inbox/")
	s.until("an upload is open", func() bool { return len(s.server.Uploads()) == 1 })
	s.sh("rm $MNT/inbox/a.mp4")
	s.unused(1, 1)
	s.kill()
	s.mount()
	s.unused(1, 1)
	if n := h.Hits(); n > 3 {
		t.Errorf("it is asked %d times", n)
	}
	h.Remove()
	s.kill()
	s.mount()
	s.used(0)
	s.unused(0, 1)
}

// TestKilledVODLeavesNothing kills a daemon at each point around VOD and at random moments, while videos are copied,
// renamed, overwritten and deleted.
func TestKilledVODLeavesNothing(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	m := newMatrix(t, killable(t), 1, nil, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL",
		"INBOXFS_UPLOAD_LIMIT=4MiB/s")
	for _, f := range m.faults {
		f.Remove()
	}
	var kills []kill
	for _, point := range []string{"video: announced", "video: made", "video: journaled", "media: disowned",
		"initiate: journaled", "part: told",
		"complete: answered", "put: answered", "abort: to be sent", "abort: answered"} {
		kills = append(kills, kill{point: point, nth: 1 + random.IntN(2)})
	}
	for range 5 {
		kills = append(kills, kill{after: time.Duration(100+random.IntN(900)) * time.Millisecond})
	}
	random.Shuffle(len(kills), func(i, j int) { kills[i], kills[j] = kills[j], kills[i] })
	m.sh("head -c 700000 /dev/urandom > a; head -c 70000 /dev/urandom > s")
	names := []string{"a.mp4", "b.mp4", "c.mp4", "d.mov", "e.mp3"}
	reached := 0
	for _, k := range kills {
		var env []string
		life := k.after
		if k.point != "" {
			env, life = []string{"KILLPOINT=" + k.String()}, 3*time.Second
		}
		l := m.start(env...)
		if m.answers(l) {
			for end := time.Now().Add(life); !l.dead() && time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
				from, to := "$MNT/inbox/"+names[random.IntN(len(names))], "$MNT/inbox/"+names[random.IntN(len(names))]
				// It may die while these run, and the file may be gone.
				_, _ = m.try([]string{"cp a " + from, "cp s " + from, "mv " + from + " " + to, "rm -f " +
					from}[random.IntN(4)])
			}
			if !l.dead() {
				if err := l.cmd.Process.Kill(); err != nil && !l.dead() {
					t.Error(err)
				}
			} else {
				reached++
			}
		}
		<-l.over
		if m.daemon = nil; !l.killed() {
			t.Fatalf("%v: the daemon ended by itself: %v\n%s", k, l.err, clip(m.log.String()))
		}
	}
	t.Logf("%d of %d points were reached", reached, len(kills)-5)
	l := m.again()
	// What was cut by a kill is held.
	m.sh("echo limit off > $MNT/control; for f in $(ls $MNT/inbox); do echo release $f > $MNT/control || true; done; " +
		"echo wait > $MNT/control || true")
	m.used(-1)
	m.finish(l)
}
