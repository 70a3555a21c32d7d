package story

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTwoDaemons starts a second inboxfs in every place where one of the two would take the other's spool for drops. It
// refuses, says whose spool it met, leaves nothing behind, and the first goes on.
func TestTwoDaemons(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_START=false")
	s.sh("echo pending > $MNT/inbox/pending.mov; mkdir $MNT/inbox/d free; ln -s spool/inbox drops; " +
		"until grep -q ready $MNT/list; do sleep 0.02; done; find spool free | sort > before")
	mount := func(spool, mnt string) string {
		t.Helper()
		out := s.fails("INBOXFS_SPOOL=" + spool + " timeout 14 " + program + " mount " + mnt)
		s.sh(`find spool free | sort | cmp - before; grep -q ready $MNT/list; ! grep -q " $PWD/free/mnt " /proc/mounts`)
		return out
	}
	const in = "lies in the inbox of another inboxfs, whose spool is $D/spool, " +
		"which would upload and remove what is kept there"
	cases := []struct{ spool, mnt, says string }{
		{"$PWD/spool/inbox", "free/mnt", in}, // as inboxfs@inbox below the spool that root had by default
		{"$PWD/spool/inbox/d", "free/mnt", in},
		{"$PWD/spool/inbox/new/one", "free/mnt", in},
		{"$PWD/drops/d", "free/mnt", in},
		{"$MNT/inbox/d", "free/mnt", "lies in $MNT, where an inboxfs is mounted"},
		{"$MNT/inbox/new", "free/mnt", "lies in $MNT, where an inboxfs is mounted"},
		{"$PWD/own", "spool/inbox/d", "it lies in the inbox of another inboxfs, whose spool is $D/spool"},
		// which is mounted and goes on, so it is not waited for
		{"$PWD/spool", "free/mnt", "mounted at $MNT) uses the spool $D/spool: unmount that one first"},
	}
	if os.Geteuid() == 0 {
		s.sh("mkdir bound own; mount --bind spool/inbox/d bound")
		t.Cleanup(func() { s.sh("umount bound") })
		cases = append(cases, struct{ spool, mnt, says string }{"$PWD/bound/x", "free/mnt", in})
	}
	words := strings.NewReplacer("$D", s.dir, "$MNT", s.mnt)
	for _, c := range cases {
		if out := mount(c.spool, c.mnt); !strings.Contains(out, words.Replace(c.says)) {
			t.Errorf("with %s at %s it says %s", c.spool, c.mnt, out)
		}
	}
	if out := s.fails("INBOXFS_SPOOL=$PWD/spool/inbox/d " + program + " check"); !strings.Contains(out,
		words.Replace(in)) {
		t.Errorf("check says %s", out)
	}
	if out := s.sh("INBOXFS_SPOOL=$PWD/spool " + program + " check || true"); !strings.Contains(out, "mounted at "+
		s.mnt) {
		t.Errorf("check says %s", out)
	}

	// The other way round: the first one's spool lies in the inbox of one that comes later.
	s.sh("mkdir -p outer/inbox; mv spool outer/inbox/inner; ln -s outer/inbox/inner spool")
	if out := s.fails("INBOXFS_SPOOL=$PWD/outer " + program + " mount free/mnt"); !strings.Contains(out, s.dir+
		"/outer/inbox/inner is the spool of an inboxfs") {
		t.Errorf("around the other's spool it says %s", out)
	}
	s.sh("echo start > $MNT/control; echo wait > $MNT/control; echo more > more; cp more $MNT/inbox/; " +
		"echo wait > $MNT/control")
	s.arrived("more", filepath.Join(s.dir, "more"))
	if objects := s.sh("cd objects/story; find . -type f | sort"); objects != "./more\n./pending.mov" {
		t.Errorf("objects:\n%s", objects)
	}
}

// TestSpoolIsDropped copies and moves the spool of another inboxfs into the inbox. Nothing of it becomes an object,
// what it holds is said, and it can be taken out again whole.
func TestSpoolIsDropped(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_INBOX_SETTLE=500ms")
	s.sh("mkdir -p other/inbox/clips; echo a > other/inbox/clips/a.mov; for f in journal.db lock events.log; " +
		"do echo $f > other/$f; done; cp -r other kept; " +
		"mkdir $MNT/inbox/.hold; cp -r other $MNT/inbox/.hold/; mv $MNT/inbox/.hold/other $MNT/inbox/moved; " +
		"cp -r other $MNT/inbox/copied")
	for _, dir := range []string{"moved", "copied"} {
		for _, file := range []string{"journal.db", "lock", "events.log", "inbox/clips/a.mov"} {
			s.is(dir+"/"+file, "held")
		}
		if why := s.field(dir+"/lock", "message"); !strings.Contains(why, `the folder "`+dir+
			`" holds the spool of an inboxfs`) {
			t.Errorf("the reason is %s", why)
		}
	}
	if aside := s.sh("cat $MNT/aside"); strings.Count(aside, "\nspool\t") != 8 {
		t.Errorf("aside has\n%s", aside)
	}
	s.fails("echo release copied/lock > $MNT/control")
	s.fails("echo clear > $MNT/control")
	if said := s.sh("head -n 1 $MNT/control"); !strings.Contains(said, "holds the spool of an inboxfs") ||
		!strings.HasSuffix(said, "; and 7 more") {
		t.Errorf("control says %s", said)
	}
	s.sh("echo start > $MNT/control; echo fine > $MNT/inbox/fine.mov")
	s.stop()
	s.mount() // what it knows of is no reason not to begin
	s.is("copied/lock", "held")
	s.sh("echo wait fine.mov > $MNT/control")
	if objects := s.sh("cd objects/story; find . -type f"); objects != "./fine.mov" {
		t.Errorf("objects:\n%s", objects)
	}
	s.sh("diff -r $MNT/inbox/moved kept; diff -r $MNT/inbox/copied kept; rm -r $MNT/inbox/copied $MNT/inbox/moved; " +
		"echo wait > $MNT/control")
}

// TestOldSpool goes on with a spool that an earlier version made by default, and says so. New ones are made in default.
func TestOldSpool(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		return // root's is not in a home; told as an ordinary user
	}
	s := begin(t, "INBOXFS_START=false", "INBOXFS_SPOOL=")
	s.sh("test -f .local/state/inboxfs/default/journal.db; echo pending > $MNT/inbox/a.mov; " +
		"until grep -q ready $MNT/list; do sleep 0.02; done")
	s.stop()
	s.sh("cd .local/state/inboxfs; mv default/* .; rmdir default")
	s.mount()
	s.sh("grep -q ready $MNT/list; test ! -e .local/state/inboxfs/default")
	if log := s.log.String(); !strings.Contains(log, "the spool is where earlier versions had it") {
		t.Errorf("the log says %s", log)
	}
}
