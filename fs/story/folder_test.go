package story

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// In these stories an emptied folder goes a second after the last thing happened in its tree, not a minute: the program
// is that of the kill matrix.

// impatient is begin for them.
func impatient(t *testing.T, env ...string) *story {
	t.Helper()
	return begin(t, append(env, "PROGRAM="+killable(t))...)
}

// needPrune skips a story of folders that go where the kernel is older than Linux 6.18, which does not say who uses
// them.
func needPrune(s *story) {
	s.t.Helper()
	if out, err := s.try(`printf '%s\n' 6.18 "$(uname -r)" | sort -V -C`); err != nil {
		s.t.Skipf("THIS STORY IS NOT TOLD: the kernel is too old %s", out)
	}
}

// goes waits until there is no such thing in the inbox. It looks at the spool: a look at the mount is a use.
func (s *story) goes(name string) {
	s.t.Helper()
	s.until(name+" goes", func() bool { _, err := s.try("test ! -e spool/inbox/" + name); return err == nil })
}

// sweeps waits until emptied folders have gone that were emptied before.
func (s *story) sweeps() {
	s.t.Helper()
	s.sh("rm -rf witness; mkdir witness; echo 1 > witness/1; cp -r witness $MNT/inbox/")
	s.goes("witness")
}

// TestFolderTakenOver gives the name of a folder that uploads emptied to something else, while nothing is uploaded.
func TestFolderTakenOver(t *testing.T) {
	t.Parallel()
	s := impatient(t)
	needPrune(s)
	s.sh(
		`echo 1 > f; mkdir far; for d in file link folder; do mkdir $d; cp f $d/; cp -r $d $MNT/inbox/; done; echo wait > $MNT/control
		echo pause > $MNT/control; cd $MNT/inbox; rmdir file link folder
		echo precious > file; ln -s ../../f link; mkdir folder; cp $HOME/f folder/g; cp $HOME/f folder/h; sleep 2`)
	if left := s.sh("cd spool/inbox && find . | sort"); left != ".\n./file\n./folder\n./folder/g\n./folder/h\n./link" {
		t.Errorf("what is left:\n%s", left)
	}
	s.sh("echo resume > $MNT/control; echo wait > $MNT/control; test $(cat objects/story/file) = precious; " +
		"cmp f objects/story/link; cmp f objects/story/folder/g")
	if n := s.count("OnFileDeleted"); n != 0 {
		t.Errorf("%d files were deleted", n)
	}
}

// TestTimeLapse drops one picture after another into a folder, each long after the one before was uploaded, in all ways
// to make the folder first, and the program is killed in between.
func TestTimeLapse(t *testing.T) {
	t.Parallel()
	s := impatient(t)
	needPrune(s)
	s.sh(`echo 1 > p; mkdir daily; echo 0 > daily/first
		mkdir $MNT/inbox/made; mkdir -p $MNT/inbox/deep/made; install -d $MNT/inbox/installed
		python3 -c 'import os; os.makedirs(os.environ["MNT"] + "/inbox/python/made")'
		cp -r daily $MNT/inbox/came; ls $MNT/inbox/came`)
	for i := range 4 {
		s.sh(
			fmt.Sprintf(
				`for d in made deep/made installed python/made came; do cp p $MNT/inbox/$d/%d; done; echo wait > $MNT/control`, i))
		s.sweeps()
		if i == 1 {
			s.kill()
			s.mount()
		}
	}
	s.sh("cp p $MNT/inbox/made; cp p $MNT/inbox/came; echo wait > $MNT/control; cmp p objects/story/made/p; " +
		"cmp p objects/story/came/p; cmp p objects/story/python/made/3")
}

// TestFolderIsEntered works in a folder that came with its files.
func TestFolderIsEntered(t *testing.T) {
	t.Parallel()
	s := impatient(t)
	needPrune(s)
	s.sh(`mkdir -p d/e; echo 1 > d/e/f; mkfifo go
		cp -r d $MNT/inbox/; (cd $MNT/inbox/d/e && exec bash -c 'read go < $HOME/go; echo 2 > g && pwd && test $PWD = $(pwd -P)' > $HOME/said 2>&1) &
		echo wait > $MNT/control`)
	s.sweeps()
	s.sh("echo > go")
	s.until("it has written", func() bool { return s.sh("cat said") == s.mnt+"/inbox/d/e" })
	s.sh("echo wait > $MNT/control; echo 2 | cmp - objects/story/d/e/g")
	s.sweeps()
	s.sh("test -d $MNT/inbox/d/e")
}

// TestFolderGoes drops trees: their folders go, unless they are to be kept, and a file that takes their place is held.
func TestFolderGoes(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		env   []string
		drop  string
		stays bool
	}{
		"removed": {drop: "cp -r daily $MNT/inbox/"},
		"killed":  {drop: "echo stop > $MNT/control; cp -r daily $MNT/inbox/; sleep 0.5"},
		"kept": {env: []string{"INBOXFS_INBOX_EMPTIED_FOLDERS=keep"}, drop: "cp -r daily $MNT/inbox/",
			stays: true},
		"files too": {env: []string{"INBOXFS_INBOX_AFTER_UPLOAD=keep"}, drop: "cp -r daily $MNT/inbox/", stays: true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := impatient(t, c.env...)
			needPrune(s)
			s.sh("mkdir -p daily/a/b; echo 1 > daily/a/1; echo 2 > daily/a/b/2; echo 3 > b; " + c.drop)
			if what == "killed" {
				s.kill()
				s.mount()
				s.sh("echo start > $MNT/control")
			}
			s.sh("echo wait > $MNT/control; cmp daily/a/b/2 objects/story/daily/a/b/2")
			if c.stays {
				time.Sleep(2 * time.Second)
				s.sh("test -d spool/inbox/daily/a/b; cp b $MNT/inbox/daily; echo wait > $MNT/control; " +
					"cmp b objects/story/daily/b")
				return
			}
			s.goes("daily")
			s.sh("cp b $MNT/inbox/daily")
			s.until("the file is held", func() bool {
				return strings.Contains(s.sh("cat $MNT/list"),
					"\theld\t0\t0\t2\tdaily")
			})
			if _, _, ok := s.server.Object(bucket, "daily"); ok {
				t.Error("an object is called as the folder was")
			}
			if why := s.sh("cat $MNT/list.json"); !strings.Contains(why, "move it to where it belongs") {
				t.Errorf("it says %s", why)
			}
			s.sh("echo release daily > $MNT/control; echo wait > $MNT/control; " +
				"grep -q 'OnUploadSucceed.* file=daily .* key=daily ' $MNT/events")
		})
	}
}
