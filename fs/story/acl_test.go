package story

import (
	"strings"
	"testing"
)

// TestACL gives files access control lists. They are kept, checked, inherited, and copied with what cp -a and rsync -A
// copy.
func TestACL(t *testing.T) {
	t.Parallel()
	needPrograms(t, "setfacl getfacl rsync")
	s := shared(t)
	s.sh(`cd $MNT/inbox; umask 022
		for f in told.mov mute.mov; do echo content > $f; chmod 600 $f; done; setfacl -m u:54321:r told.mov
		mkdir team; chmod 700 team; setfacl -m u:54321:rwx -d -m u:54321:rw team
		umask 002; echo made > team/made.mov`)
	for script, may := range map[string]bool{
		"cat $MNT/inbox/told.mov $MNT/inbox/team/made.mov": true,
		"echo more >> $MNT/inbox/team/made.mov":            true,
		"echo own > $MNT/inbox/team/own.mov":               true,
		"echo more >> $MNT/inbox/told.mov":                 false,
		"cat $MNT/inbox/mute.mov":                          false,
		"setfacl -m u:54321:rw $MNT/inbox/told.mov":        false,
		"cd $MNT/inbox/team; cp -p made.mov copied.mov":    true,
		"cp /bin/true $MNT/inbox/team/c; chmod 2755 $MNT/inbox/team/c; setfacl -m u:0:r $MNT/inbox/team/c; test ! -g $MNT/inbox/team/c": true,
	} {
		if out, err := s.as(someone, script); (err == nil) != may {
			t.Errorf("%s: %v\n%s", script, err, out)
		}
	}
	if out, err := s.as(nobody, "cat $MNT/inbox/told.mov"); err == nil {
		t.Errorf("who is not on the list reads %s", out)
	}
	const lines = `getfacl -cE $F | grep -c -e user:54321:r-- -e mask::r--`
	if n := s.sh("cd $MNT/inbox; F=told.mov; " + lines); n != "2" {
		t.Errorf("of the list come back %s lines", n)
	}
	s.sh("cd $MNT/inbox; chmod g= told.mov")
	if out, err := s.as(someone, "cat $MNT/inbox/told.mov"); err == nil {
		t.Errorf("the mask was taken, and who is on the list reads %s", out)
	}
	s.sh("cd $MNT/inbox; setfacl -b told.mov; mkdir plain; echo x > x; setfacl -m u:54321:r x; cp -a x plain/; " +
		"rsync -A x plain/y")
	for _, copied := range []string{"x", "plain/x", "plain/y"} {
		if n := s.sh("cd $MNT/inbox; F=" + copied + "; " + lines); n != "2" {
			t.Errorf("%s has %s lines of the list", copied, n)
		}
	}
	if said := s.sh("getfacl -cE $MNT/inbox/told.mov"); strings.Contains(said, "54321") {
		t.Errorf("what was taken back stays: %s", said)
	}
	for _, name := range []string{"told.mov", "mute.mov", "team/made.mov", "team/own.mov", "team/copied.mov", "plain/x",
		"plain/y"} {
		s.is(name, "ready")
	}
}

// TestACLAlone: where only one user gets in, lists are kept all the same, for who copies them from here.
func TestACLAlone(t *testing.T) {
	t.Parallel()
	needPrograms(t, "setfacl getfacl")
	s := begin(t, "INBOXFS_START=false")
	said := s.sh(
		`cd $MNT/inbox; echo x > x; setfacl -m u:54321:r x; cp -a x y; getfacl -cE x y | grep -c user:54321:r--`)
	if said != "2" {
		t.Errorf("of two files %s have the list", said)
	}
	s.is("x", "ready")
	s.is("y", "ready")
}
