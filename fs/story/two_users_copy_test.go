package story

import (
	"fmt"
	"testing"
)

// TestCopiesOfTwoUsers has another user of the mount copy files into it. Where root mounts, they are that user's, and
// every program works. Where an ordinary user does, all there belongs to that user: what is set of a file behind its
// content is refused by the kernel, and a program that fails for that leaves a file that is held. Nobody sets
// attributes of what is another's.
func TestCopiesOfTwoUsers(t *testing.T) {
	t.Parallel()
	needPrograms(t, "rsync setfattr")
	for _, owner := range []int{0, nobody} {
		t.Run(fmt.Sprintf("mounted by %d", owner), func(t *testing.T) {
			t.Parallel()
			s := beginShared(t, owner, "INBOXFS_INBOX_SETTLE=300ms")
			s.does(uint32(owner), "chmod 1777 $MNT/inbox; echo mine > $MNT/inbox/mine; echo kept > $MNT/inbox/kept.part; "+
				"setfattr -n user.oss.acl -v private $MNT/inbox/kept.part")
			s.does(0, "mkdir -m 777 $DIR/here; cd $DIR/here; mkdir d; echo content | tee a > d/a; chmod 640 a d/a; touch -d 2020-01-01 a d/a; "+
				fmt.Sprintf("chown -R %d:%[1]d .", other))
			for _, c := range []struct {
				script string
				plain  bool   // it asks for nothing that only the owner may
				name   string // of what it makes
			}{
				{"cp a $MNT/inbox/plain", true, "plain"},
				{"cat a > $MNT/inbox/cat", true, "cat"},
				{"cp -p a $MNT/inbox/times", false, "times"},
				{"install a $MNT/inbox/install", false, "install"},
				{"cp -p a m && mv m $MNT/inbox/moved", true, "moved"},
				{"rsync -a d/ $MNT/inbox/synced/", false, ""},
				{"cp -r d $MNT/inbox/tree", false, ""},
				{"tar c d | tar x --one-top-level=tar -C $MNT/inbox", false, ""},
				{"echo x > $MNT/inbox/x.part && setfattr -n user.oss.meta.x -v y $MNT/inbox/x.part", false, ""},
			} {
				out, err := s.as(other, "umask 022; set -e; cd $DIR/here; "+c.script)
				if works := c.plain || owner == 0; works != (err == nil) {
					t.Errorf("%s: %v, %s", c.script, err, out)
				} else if c.name != "" {
					s.is(c.name, map[bool]string{true: "success", false: "held"}[works])
				}
			}
			for _, script := range []string{"setfattr -n user.oss.acl -v public-read $MNT/inbox/kept.part",
				"setfattr -x user.oss.acl $MNT/inbox/kept.part", "setfattr -n user.oss.callback -v '{}' $MNT/inbox/kept.part",
				"mv $MNT/inbox/kept.part $MNT/inbox/kept", "ln $MNT/inbox/kept.part $MNT/inbox/kept", "rm -f $MNT/inbox/kept.part"} {
				if out, err := s.as(other, script); err == nil {
					t.Errorf("another user may: %s (%s)", script, out)
				}
			}
			if got := s.does(uint32(owner), "getfattr --absolute-names --only-values -n user.oss.acl $MNT/inbox/kept.part"); got != "private" {
				t.Errorf("the attribute is %q now", got)
			}
		})
	}
}
