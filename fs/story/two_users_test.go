package story

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
)

// other is a second ordinary user, who shares the mount of nobody.
const other = 60001

// beginShared mounts as a user who lets others in. What sh runs, root runs; as and does run as another user.
// FLAGS=... in env is for inboxfs.
func beginShared(t *testing.T, owner int, env ...string) *story {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("THIS STORY IS NOT TOLD: only root can be two other users")
	}
	needFUSE(t)
	if _, err := exec.LookPath("fusermount3"); err != nil {
		t.Skip("THIS STORY IS NOT TOLD: fusermount3 is missing; install fuse3")
	}
	if out, err := exec.Command("grep", "-qx", "user_allow_other", "/etc/fuse.conf").CombinedOutput(); err != nil {
		t.Skipf("THIS STORY IS NOT TOLD: add user_allow_other to /etc/fuse.conf (%s)", out)
	}
	s := prepareAt(t, ossdev.Options{}, append([]string{"INBOXFS_ALLOW_OTHER=true"}, env...)...)
	// the testing package makes them private
	for dir := s.dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(s.dir, owner, owner); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(s.dir, "as-owner")
	script := fmt.Sprintf("#!/bin/sh\nexec setpriv --reuid %d --regid %[1]d --clear-groups %s \"$@\" $FLAGS\n", owner,
		program)
	if err := os.WriteFile(run, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	s.env = append(s.env, "PROGRAM="+run)
	s.mount()
	t.Cleanup(s.end)
	return s
}

// does is as for a script that must succeed, in the folder of the story.
func (s *story) does(uid uint32, script string, groups ...uint32) string {
	s.t.Helper()
	out, err := s.as(uid, "cd $DIR; "+script, groups...)
	if err != nil {
		s.t.Fatalf("as %d: %s\n%v\n%s", uid, script, err, out)
	}
	return strings.TrimSuffix(out, "\n")
}

// TestLinksOfTwoUsers has another user of the mount try to have a private file of its owner uploaded, with links, names
// and verbs, before and after a restart. The owner's own links arrive.
func TestLinksOfTwoUsers(t *testing.T) {
	t.Parallel()
	s := beginShared(t, nobody, "INBOXFS_INBOX_SETTLE=300ms")
	s.does(nobody,
		"mkdir -m 700 private; echo secret > private/key; echo fine > fine.mov; chmod 644 fine.mov; "+
			"chmod 777 $MNT/inbox; mkdir -m 777 $MNT/inbox/shared $MNT/inbox/shared/d; mkdir here; chmod 777 here")
	if out, err := s.as(other, "cat $DIR/private/key"); err == nil {
		t.Fatalf("the other user reads it himself: %s", out)
	}
	s.does(nobody,
		"ln -s $PWD/fine.mov $MNT/inbox/fine; ln -s $PWD/fine.mov $MNT/inbox/first; "+
			"mv $MNT/inbox/first $MNT/inbox/second; ln -s ../../../../private/key $MNT/inbox/shared/d/moved")
	s.does(other, `set -e; cd $MNT/inbox
		ln -s $OLDPWD/private/key direct; ln -s ../../private/key relative; ln -s $OLDPWD/private/key shared/other
		ln -s $OLDPWD/private/key ._hidden; mv ._hidden unhidden; ln -s $OLDPWD/private/key .later; mv .later later
		ln -s $OLDPWD/private/key $OLDPWD/here/elsewhere; mv $OLDPWD/here/elsewhere .
		mkdir -m 777 .Trash-1; ln -s $OLDPWD/private/key .Trash-1/trashed; mv .Trash-1 bin; mv shared/d shared/e`)
	// the second is still another's
	s.does(nobody, "set -e; cd $MNT/inbox; ln -s $OLDPWD/private/key ._own; mv ._own own; mv direct renamed")
	held := []string{"renamed", "relative", "shared/other", "unhidden", "later", "elsewhere", "bin/trashed",
		"shared/e/moved", "own"}
	for range 2 {
		for _, name := range held {
			s.is(name, "held")
			why, hint := s.field(name, "message"), s.field(name, "hint")
			if !strings.Contains(why, "so it is not followed") || !strings.Contains(hint, "addFile") {
				t.Errorf("%s is held: %s (%s)", name, why, hint)
			}
			if _, err := s.as(nobody, "echo release "+name+" > $MNT/control"); err == nil {
				t.Errorf("%s is released", name)
			}
		}
		s.stop()
		s.mount()
	}
	for _, script := range []string{"echo addFile $DIR/private/key > $MNT/control", "echo release later > $MNT/control",
		"cat $MNT/control",
		"ln $MNT/inbox/shared/e/moved $MNT/inbox/again"} {
		if out, err := s.as(other, script); err == nil || !strings.Contains(strings.ToLower(out), "permi") {
			t.Errorf("%s: %v, %s", script, err, out)
		}
	}
	s.does(nobody,
		"echo addFile $PWD/private/key > $MNT/control; echo wait key > $MNT/control; echo wait fine > $MNT/control; "+
			"echo wait second > $MNT/control")
	if got := s.sh("cd objects/story && find . -type f | sort | tr '\\n' ' '"); got != "./fine ./key ./second " {
		t.Errorf("objects: %s", got)
	}
}
