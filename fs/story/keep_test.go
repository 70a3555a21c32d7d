package story

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestKeepSendsNothingAgain copies the same folder once more, as a nightly job does, in the ways in which people write
// one.
func TestKeepSendsNothingAgain(t *testing.T) {
	t.Parallel()
	for name, copying := range map[string]string{
		"rsync -a":           "rsync -a src/ $MNT/inbox/",
		"rsync -a --inplace": "rsync -a --inplace src/ $MNT/inbox/",
		"cp -u":              "cp -ru src/. $MNT/inbox/",
		"cp -au":             "cp -au src/. $MNT/inbox/",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			needPrograms(t, strings.Fields(name)[0])
			s := begin(t, "INBOXFS_INBOX_AFTER_UPLOAD=keep", "INBOXFS_UPLOAD_PART_SIZE=1MiB")
			s.sh("mkdir -p src/sub; head -c 3M /dev/urandom > src/a.mov; echo small > src/sub/b; touch src/empty; " +
				"touch -d 2020-01-01 src/sub/b; " +
				copying + "; echo wait > $MNT/control")
			want := s.puts()
			slices.Sort(want)
			if !slices.Equal(want, []string{"a.mov", "empty", "sub/b"}) {
				t.Fatalf("sent were %v", want)
			}
			before, list := s.events(), s.sh("cat $MNT/list")
			quiet := func(when string) {
				t.Helper()
				s.sh(copying + "; touch $MNT/inbox/.last; echo flush > $MNT/control; echo wait > $MNT/control; " +
					"until grep -qx 'waiting 1' $MNT/queue; do sleep 0.05; done; rm $MNT/inbox/.last")
				s.stop() // so that all there is to say is said
				if n := len(s.puts()); n != len(want) {
					t.Errorf("%s: sent were %v", when, s.puts())
				}
				if left := withoutFile(s.events(), ".last"); left != before {
					t.Errorf("%s: events were\n%s", when, clip(left[min(len(before), len(left)):]))
				}
				s.mount()
				if now := s.sh("cat $MNT/list"); now != list {
					t.Errorf("%s: the list was\n%s\nand is\n%s", when, list, now)
				}
			}
			quiet("once more")
			s.kill()
			s.mount()
			quiet("after a kill")
			quiet("after a restart")
			s.sh("echo changed > src/sub/b; " + copying + "; echo wait > $MNT/control")
			s.arrived("sub/b", filepath.Join(s.dir, "src", "sub", "b"))
			if got := s.puts(); len(got) != len(want)+1 || got[len(want)] != "sub/b" {
				t.Errorf("with one file changed, sent were %v", got)
			}
			s.sh("diff -r src $MNT/inbox")
		})
	}
}

// TestKeptFolderIsRenamed: what is kept is uploaded again under its new name, as a file is that is renamed, and what
// the list says of a name is there.
func TestKeptFolderIsRenamed(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_INBOX_AFTER_UPLOAD=keep")
	s.sh("mkdir -p src/sub; echo one > src/a; echo two > src/sub/b; cp -r src $MNT/inbox/card; " +
		"echo wait > $MNT/control")
	s.sh("mv $MNT/inbox/card $MNT/inbox/safe; echo flush > $MNT/control; echo wait safe/a > $MNT/control; " +
		"echo wait safe/sub/b > $MNT/control")
	for _, name := range []string{"a", "sub/b"} {
		for _, folder := range []string{"card/", "safe/"} {
			s.arrived(folder+name, filepath.Join(s.dir, "src", name))
		}
		if key := s.field("safe/"+name, "key"); key != "safe/"+name {
			t.Errorf("status/safe/%s says that its object is %s", name, key)
		}
	}
	s.sh("diff -r src $MNT/inbox/safe; ! grep -v success $MNT/list | grep -v '^#'")
	s.stop()
	s.mount()
	s.sh("echo wait > $MNT/control; diff -r src $MNT/inbox/safe")
	if all := s.stored(); len(all) != 4 || s.count("OnUploadSucceed") != 4 {
		t.Errorf("there are %v", all)
	}
}
