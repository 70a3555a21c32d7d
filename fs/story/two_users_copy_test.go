package story

import (
	"fmt"
	"testing"
)

// TestCopiesOfTwoUsers has another user of the mount do what one does with files, whoever mounted: what that user makes
// is that user's, and every program works as on a disk. Nobody changes what is another's.
func TestCopiesOfTwoUsers(t *testing.T) {
	t.Parallel()
	needPrograms(t, "rsync setfattr setfacl install tar")
	for _, owner := range []int{0, nobody} {
		t.Run(fmt.Sprintf("mounted by %d", owner), func(t *testing.T) {
			t.Parallel()
			s := beginShared(t, owner, "INBOXFS_INBOX_SETTLE=300ms", "INBOXFS_INBOX_AFTER_UPLOAD=keep",
				"INBOXFS_INBOX_MODE=1777")
			s.does(uint32(owner), "echo mine > $MNT/inbox/mine; echo kept > $MNT/inbox/kept.part; "+
				"setfattr -n user.oss.acl -v private $MNT/inbox/kept.part")
			s.does(0,
				"mkdir -m 777 $DIR/here; cd $DIR/here; mkdir d; echo content | tee a > d/a; chmod 440 a; "+
					"chmod 640 d/a; touch -d 2020-01-01 a d/a; "+
					fmt.Sprintf("chown -R %d:%[1]d .", other))
			for _, c := range []struct{ script, name string }{
				{"cp a $MNT/inbox/plain", "plain"},
				{"cat a > $MNT/inbox/cat", "cat"},
				{"cp -p a $MNT/inbox/times", "times"},
				{"install -m 444 a $MNT/inbox/install", "install"},
				{"cp -p a m; mv m $MNT/inbox/moved", "moved"},
				{"rsync -a d/ $MNT/inbox/synced/; rsync -a --exclude=nothing d/ $MNT/inbox/synced/", "synced/a"},
				{"cp -r d $MNT/inbox/tree", "tree/a"},
				{"cp -a d $MNT/inbox/all", "all/a"},
				{"tar c d | tar x --one-top-level=tar -C $MNT/inbox", "tar/d/a"},
				{"echo x > $MNT/inbox/x; setfattr -n user.oss.meta.x -v y $MNT/inbox/x; setfacl -m u:7:r $MNT/inbox/x",
					"x"},
				{
					"cd $MNT/inbox; echo one > more; echo two >> more; touch -d 2021-01-01 more; chmod 4711 more; " +
						"mv more most; ln most again", "most"},
				{
					"cd $MNT/inbox; mkdir f f/g; echo x > f/g/x; mv f/g g; rm g/x; rmdir g f; mkdir -m 2777 s; " +
						"echo y > s/y; rm cat", "s/y"},
			} {
				if out, err := s.as(other, "umask 022; set -e; cd $DIR/here; "+c.script); err != nil {
					t.Errorf("%s: %v, %s", c.script, err, out)
					continue
				}
				s.is(c.name, "success")
			}
			const owners = "cd $MNT/inbox; stat -c '%n %u:%g %a' plain times moved synced synced/a all/a tar/d most " +
				"again s s/y"
			want := fmt.Sprintf("plain %[1]d:%[1]d 440\ntimes %[1]d:%[1]d 440\nmoved %[1]d:%[1]d 440\nsynced "+
				"%[1]d:%[1]d 755\n"+
				"synced/a %[1]d:%[1]d 640\nall/a %[1]d:%[1]d 640\ntar/d %[1]d:%[1]d 755\nmost %[1]d:%[1]d "+
				"4711\nagain %[1]d:%[1]d 4711\n"+
				"s %[1]d:%[1]d 2777\ns/y %[1]d:%[1]d 644", other)
			if got := s.does(other, owners); got != want {
				t.Errorf("they belong to\n%s\nwant\n%s", got, want)
			}
			for _, script := range []string{"setfattr -n user.oss.acl -v public-read $MNT/inbox/kept.part",
				"setfattr -x user.oss.acl $MNT/inbox/kept.part",
				"setfattr -n user.oss.callback -v '{}' $MNT/inbox/kept.part",
				"mv $MNT/inbox/kept.part $MNT/inbox/kept", "ln $MNT/inbox/kept.part $MNT/inbox/kept",
				"rm -f $MNT/inbox/kept.part",
				"touch -d 2020-01-01 $MNT/inbox/mine", "chmod 666 $MNT/inbox/mine", "echo x >> $MNT/inbox/mine",
				"chown 0 $MNT/inbox/plain", "chgrp 0 $MNT/inbox/plain", "chown $(id -u) $MNT/inbox/mine",
				"getfattr -n user.inboxfs.owner $MNT/inbox/plain",
				"setfattr -n user.inboxfs.owner -v '0 0' $MNT/inbox/plain"} {
				if out, err := s.as(other, script); err == nil {
					t.Errorf("another user may: %s (%s)", script, out)
				}
			}
			const third = 60002 // of whom each keeps what is private
			s.does(other, "cd $MNT/inbox; umask 077; echo private > secret")
			if out, err := s.as(third,
				"cat $MNT/inbox/secret || cat $MNT/inbox/all/a || rm $MNT/inbox/plain"); err == nil {
				t.Errorf("a third user may: %s", out)
			}
			if got := s.does(uint32(owner),
				"getfattr --absolute-names --only-values -n user.oss.acl $MNT/inbox/kept.part"); got != "private" {
				t.Errorf("the attribute is %q now", got)
			}
			s.stop()
			s.mount()
			if got := s.does(other, owners); got != want {
				t.Errorf("after a restart they belong to\n%s\nwant\n%s", got, want)
			}
			s.does(other, "set -e; cd $MNT/inbox; touch -d 2022-02-02 plain; rm most; chmod 600 all/a")
		})
	}
}
