package story

import "testing"

// TestTouchMendsNothing does to files that are held or canceled what writes nothing, in quick succession, so that their
// times alone do not tell whether they were written: they are held and canceled still.
func TestTouchMendsNothing(t *testing.T) {
	t.Parallel()
	needPrograms(t, "setfattr")
	needPrograms(t, "python3")
	s := begin(t, "INBOXFS_INBOX_SETTLE=1s")
	for what, does := range map[string]string{
		"touched":            `touch $1; touch $1; touch $1 $1`,
		"modes":              `chmod 600 $1; touch $1`,
		"times":              `touch -m $1; touch -d 2020-01-01 $1; touch $1`,
		"attributes":         `setfattr -n user.oss.meta.a -v b $1; touch $1`,
		"opened":             `chmod 640 $1; python3 -c "open('$1', 'r+b').close()"; chmod 600 $1; exec 3<> $1; exec 3>&-`,
		"renamed":            `mv $1 $1.x; touch $1.x; mv $1.x $1; touch $1`,
		"renamed-while-open": `exec 3<> $1; mv $1 $1.x; exec 3>&-; mv $1.x $1`,
		"linked-while-open":  `exec 3<> $1; ln $1 .$$; rm .$$; exec 3>&-`,
		"over-another":       `echo another > other; mv $1 other; mv other $1`,
		"canceled-while-open": `exec 3<> $1; ! echo cancelFile "$D/$1" > $MNT/control; sleep 0.1; exec 3>&-
			echo resumeFile "$D/$1" > $MNT/control`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := s.within(t, "D="+what)
			s.sh(`mkdir "$MNT/inbox/$D"; ! bash -c 'head -c 30000 /dev/zero; kill -9 $BASHPID' > "$MNT/inbox/$D/held"
				! echo "wait $D/held" > $MNT/control
				echo content > "$MNT/inbox/$D/canceled"; sleep 0.2 # the kernel tells of a close a moment after it
				echo "cancelFile $D/canceled" > $MNT/control`)
			for _, state := range []string{"held", "canceled"} {
				if state == "canceled" && what == "canceled-while-open" {
					continue
				}
				s.sh(`cd "$MNT/inbox/$D"; set -- ` + state + `; ` + does + `; ! echo "wait $D/$1" > $MNT/control`)
				if now := s.state(what + "/" + state); now != state {
					t.Errorf("what was %s is %s", state, now)
				}
				if _, _, ok := s.server.Object(bucket, what+"/"+state); ok {
					t.Errorf("what was %s is uploaded", state)
				}
			}
		})
	}
}
