package story

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// field is one value of status/NAME, "" when it is unset.
func (s *story) field(name, key string) string {
	s.t.Helper()
	out, err := s.try("cat $MNT/status/" + name)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(out) {
		if value, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), key+" "); ok {
			return value
		}
	}
	return ""
}

// is waits until the newest entry of a name is in a state.
func (s *story) is(name, state string) {
	s.t.Helper()
	s.until(name+" is "+state, func() bool { return s.field(name, "state") == state })
}

// TestLink uploads what absolute and relative links lead to, and touches none of it.
func TestLink(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("head -c 20M /dev/urandom > big.mov; echo small > small.mov; mkdir store; echo far > store/far.mov; " +
		"ln -s store by; " +
		"stat -c '%n %s %Y %Z %h %a' big.mov small.mov store/far.mov > before; mkdir $MNT/inbox/clips; " +
		"ln -s $PWD/big.mov $MNT/inbox/; cd $MNT/inbox/clips; ln -s ../../../small.mov r.mov; " +
		"ln -s ../.././../by/far.mov far.mov")
	s.sh("echo wait > $MNT/control")
	s.arrived("big.mov", filepath.Join(s.dir, "big.mov"))
	s.arrived("clips/r.mov", filepath.Join(s.dir, "small.mov"))
	s.arrived("clips/far.mov", filepath.Join(s.dir, "store", "far.mov"))
	if got, want := s.field("clips/far.mov", "path"), filepath.Join(s.dir, "store", "far.mov"); got != want {
		t.Errorf("the path is %q, not %q", got, want)
	}
	s.until("the links are gone", func() bool { return s.sh("find $MNT/inbox -type l") == "" })
	s.sh("stat -c '%n %s %Y %Z %h %a' big.mov small.mov store/far.mov > after; cmp before after")
	if n := s.count("OnFileAdded"); n != 3 {
		t.Errorf("%d files were added", n)
	}
}

// TestLinkThatLeadsNowhere has links that lead to nothing that can be uploaded: they are held with a reason.
func TestLinkThatLeadsNowhere(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("mkdir folder; mkfifo pipe; ln -s loop loop; ln -s $MNT/inbox round; echo secret > locked; chmod 0 locked; " +
		"cd $MNT/inbox; echo content > .inner")
	cases := []struct{ name, target, why string }{
		{"dangling", "$PWD/later.mov", "nothing: " + s.dir + "/later.mov"},
		{"folder", "$PWD/folder", "a folder: "},
		{"pipe", "$PWD/pipe", "no regular file: "},
		{"loop", "$PWD/loop", "a loop of links: "},
		{"beside", ".inner", "something in this mount: .inner"},
		{"above", "../inbox/.inner", "something in this mount: "},
		{"virtual", "../list", "something in this mount: "},
		{"absolute", "$MNT/inbox/.inner", "something in this mount: "},
		{"events", "$MNT/events", "something in this mount: "},
		{"round", "$PWD/round/.inner", "something in this mount: "},
		{"through", "$MNT/../later.mov", "something in this mount: "},
		{"spooled", "$PWD/spool/inbox/.inner", "something in the spool: "},
		{"journal", "$PWD/spool/journal.db", "something in the spool: "},
		{"slash", "$PWD/before/", "nothing: "},
	}
	if os.Geteuid() == 0 {
		s.sh("echo x > fine; ln -s $PWD/fine $MNT/inbox/alien; chown -h 65534 $MNT/inbox/alien")
		s.is("alien", "held")
		if why := s.field("alien", "message"); !strings.Contains(why, "another user") {
			t.Errorf("alien: %s", why)
		}
	} else {
		cases = append(cases, struct{ name, target, why string }{"locked", "$PWD/locked", "cannot be read: "})
	}
	for _, c := range cases {
		s.sh("ln -s " + c.target + " $MNT/inbox/" + c.name)
	}
	for _, c := range cases {
		s.is(c.name, "held")
		why := s.field(c.name, "message")
		if !strings.Contains(why, "the link points to ") || !strings.Contains(why, c.why) ||
			!strings.Contains(s.field(c.name, "hint"), "release") {
			t.Errorf("%s: %s", c.name, why)
		}
		if aside := s.sh("cat $MNT/aside"); !strings.Contains(aside+"\n", "\t"+c.name+"\n") {
			t.Errorf("%s is not in aside:\n%s", c.name, aside)
		}
	}
	if out := s.fails("echo release dangling > $MNT/control"); !strings.Contains(out, "Invalid argument") {
		t.Errorf("release says %s", out)
	}
	if out := s.sh("head -1 $MNT/control"); !strings.Contains(out, "points to nothing: "+s.dir+"/later.mov") {
		t.Errorf("control says %s", out)
	}
	s.sh("mkdir later.mov")
	s.fails("echo release dangling > $MNT/control")
	if why := s.field("dangling", "message"); !strings.Contains(why, "a folder") {
		t.Errorf("after a second look it says %s", why)
	}
	s.sh("rmdir later.mov; echo content > later.mov; echo release dangling > $MNT/control; " +
		"echo wait dangling > $MNT/control")
	s.arrived("dangling", filepath.Join(s.dir, "later.mov"))
	if n := len(s.server.Requests()); n == 0 || s.count("OnFileAdded") != 1 {
		t.Errorf("%d files were added", s.count("OnFileAdded"))
	}
}

// TestLinkIsHandled removes, moves and replaces links before they are uploaded.
func TestLinkIsHandled(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_START=false")
	s.sh("for f in a b c d e; do echo content of $f > $f.mov; done; cd $MNT/inbox; for f in a b c d; " +
		"do ln -s ../../$f.mov $f; done; " +
		"cp ../../e.mov e; ln -s ../../a.mov .#lock; ln -s ../../a.mov .hidden; mkdir sub")
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		s.is(name, "ready")
	}
	s.sh("cd $MNT/inbox; rm a; mv b sub/moved; ln -sf ../../e.mov c; cp --remove-destination ../../a.mov d; " +
		"rm e; ln -s ../../d.mov e; test ! -e ../status/.#lock; mv .hidden shown")
	s.until("the moved link is looked at again", func() bool { return s.field("sub/moved", "state") == "held" })
	if why := s.field("sub/moved", "message"); !strings.Contains(why, "something in this mount: ../../b.mov") {
		t.Errorf("the moved link: %s", why)
	}
	if out, err := s.try("cat $MNT/status/a"); err == nil {
		t.Errorf("the removed link is still in the list: %s", out)
	}
	s.sh("cd $MNT/inbox/sub; mv moved ..; mv ../moved ../b; echo release b > $MNT/control; " +
		"echo start > $MNT/control; echo wait > $MNT/control")
	for key, file := range map[string]string{"b": "b.mov", "c": "e.mov", "d": "a.mov", "e": "d.mov", "shown": "a.mov"} {
		s.arrived(key, filepath.Join(s.dir, file))
	}
	for _, key := range []string{"a", "sub/moved", "moved", ".hidden", ".#lock"} {
		if _, _, ok := s.server.Object(bucket, key); ok {
			t.Errorf("%s was uploaded", key)
		}
	}
	s.sh("for f in a b c d e; do grep -qx \"content of $f\" $f.mov || exit 1; done")
}

// TestLinkIsMovedWhileUploaded withdraws the upload and sends the file under the link's new name.
func TestLinkIsMovedWhileUploaded(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_UPLOAD_PARTS=1", "INBOXFS_UPLOAD_LIMIT=1MiB")
	s.sh("head -c 4M /dev/urandom > a.mov; ln -s $PWD/a.mov $MNT/inbox/a")
	s.until("a part is sent", func() bool { return len(s.parts("a")) > 0 })
	s.sh("mv $MNT/inbox/a $MNT/inbox/b; echo limit off > $MNT/control; echo wait b > $MNT/control")
	s.arrived("b", filepath.Join(s.dir, "a.mov"))
	if _, _, ok := s.server.Object(bucket, "a"); ok {
		t.Error("it was uploaded under its old name, too")
	}
	s.until("nothing is left half uploaded", func() bool { return len(s.server.Uploads()) == 0 })
}

// TestLinkSurvives a restart and kills, and what happens to it meanwhile is seen.
func TestLinkSurvives(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_START=false")
	s.sh("for f in a b c d; do echo content of $f > $f.mov; done; cd $MNT/inbox; for f in a b c; " +
		"do ln -s ../../$f.mov $f; done; ln -s none held; " +
		"echo add $(dirname $MNT)/d.mov > $MNT/control")
	for _, name := range []string{"a", "b", "c", "d.mov"} {
		s.is(name, "ready")
	}
	s.is("held", "held")
	s.kill()
	s.sh("cd spool/inbox; rm b; ln -sf ../../d.mov c; ln -s ../../b.mov new")
	s.mount()
	s.is("a", "ready")
	s.is("held", "held")
	s.is("new", "ready")
	s.until("the other link is read", func() bool { return strings.HasSuffix(s.field("c", "path"), "/d.mov") })
	if _, err := s.try("cat $MNT/status/b"); err == nil {
		t.Error("a link that is gone is still in the list")
	}
	s.stop()
	s.mount()
	s.sh("echo start > $MNT/control; rm $MNT/inbox/held; echo wait > $MNT/control")
	for key, file := range map[string]string{"a": "a.mov", "c": "d.mov", "new": "b.mov", "d.mov": "d.mov"} {
		s.arrived(key, filepath.Join(s.dir, file))
	}
	s.until("the links are gone", func() bool { return s.sh("find $MNT/inbox -type l") == "" })
	s.sh("ls a.mov b.mov c.mov d.mov")
}

// TestReferencedFileChanges while it is uploaded, by another content, by another file, and by a link in its path.
func TestReferencedFileChanges(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"content":  "echo more >> store/a.mov",
		"replaced": "cp store/a.mov other; cp -p store/a.mov again; mv again store/a.mov",
		"folder":   "mv store old; ln -s old store",
	} {
		for how, add := range map[string]string{"link": "ln -s $PWD/store/a.mov $MNT/inbox/",
			"addFile": "echo add $PWD/store/a.mov > $MNT/control"} {
			for size, key := range map[string]string{"3M": "UploadPart", "300K": "PutObject"} {
				t.Run(name+" "+how+" "+key, func(t *testing.T) {
					t.Parallel()
					s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_UPLOAD_LIMIT=100KiB")
					s.sh("mkdir store; head -c " + size + " /dev/urandom > store/a.mov; " + add)
					s.until("it is on its way", func() bool { return s.count("OnUploadStarted") == 1 })
					s.sh(change + "; echo limit off > $MNT/control")
					s.fails("echo wait a.mov > $MNT/control")
					if code := s.field("a.mov", "error"); code != "FileChanged" {
						t.Errorf("it failed with %q: %s", code, s.field("a.mov", "message"))
					}
					if _, _, ok := s.server.Object(bucket, "a.mov"); ok {
						t.Error("an object was left behind")
					}
					s.until("nothing is left half uploaded", func() bool { return len(s.server.Uploads()) == 0 })
					if name == "folder" && how == "addFile" {
						s.sh("rm store; mv old store") // its path is what it was when it was added
					}
					s.sh("echo retry a.mov > $MNT/control; echo wait a.mov > $MNT/control")
					s.arrived("a.mov", filepath.Join(s.dir, "store", "a.mov"))
				})
			}
		}
	}
}

// TestAddFileRefuses what is no regular file elsewhere.
func TestAddFileRefuses(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("mkdir folder; mkfifo pipe; ln -s $MNT/inbox round; echo x > $MNT/inbox/.x")
	for path, want := range map[string]string{"$PWD/folder": "a folder", "$PWD/pipe": "no regular file",
		"$MNT/inbox/.x": "in this mount",
		"$MNT/queue":    "in this mount", "$PWD/round/.x": "in this mount", "$PWD/spool/inbox/.x": "in the spool",
		"$PWD/none": "no such file",
		"none":      "must be absolute"} {
		out := s.fails("echo add " + path + " > $MNT/control")
		if errno := map[bool]string{true: "No such file",
			false: "Invalid argument"}[want == "no such file"]; !strings.Contains(out, errno) {
			t.Errorf("add %s: %s", path, out)
		}
		if said := s.sh("head -1 $MNT/control"); !strings.Contains(said, want) {
			t.Errorf("add %s: %s", path, said)
		}
	}
}

// TestTreesWithLinks copies and clones as people do, who do not think of links.
func TestTreesWithLinks(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("mkdir -p tree/sub; echo content > tree/file; ln -s file tree/link; ln -s ../file tree/sub/up; " +
		"ln -s sub tree/folder; " +
		"ln -s /no/such/file tree/dangling; ln -P tree/link tree/twin")
	s.sh("cp -a tree $MNT/inbox/copied; diff -r --no-dereference tree $MNT/inbox/copied; " +
		"readlink $MNT/inbox/copied/sub/up; " +
		"ln -P $MNT/inbox/copied/link $MNT/inbox/copied/again")
	for _, name := range []string{"link", "sub/up", "folder", "dangling", "twin", "again"} {
		s.is("copied/"+name, "held")
	}
	s.until("the file arrives", func() bool { _, _, ok := s.server.Object(bucket, "copied/file"); return ok })
	s.sh("tar c tree | tar x -C $MNT/inbox; test -L $MNT/inbox/tree/folder; rm -r $MNT/inbox/tree $MNT/inbox/copied")
	if _, err := s.try("command -v git"); err == nil {
		s.sh("git init -q repo && cd repo && ln -s a l && echo x > a && git add . && " +
			"git -c user.name=a -c user.email=a@b commit -qm a && " +
			"git clone -q --no-hardlinks . $MNT/inbox/clone && test -L $MNT/inbox/clone/l && " +
			"git -C $MNT/inbox/clone status --porcelain | grep -v '^ D' | wc -l | grep -qx 0")
	}
}

// TestLinkToADiskThatHangs makes the disk of a link hang: that of another inboxfs, which is stopped.
func TestLinkToADiskThatHangs(t *testing.T) {
	t.Parallel()
	s, far := begin(t), begin(t, "INBOXFS_START=false")
	far.sh("echo far > $MNT/inbox/far.mov")
	signal := func(sig os.Signal) {
		if err := far.daemon.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	signal(syscall.SIGSTOP)
	defer signal(syscall.SIGCONT)
	s.sh("for i in $(seq 20); do timeout 10 ln -s " + far.mnt + "/inbox/far.mov $MNT/inbox/far$i.mov || exit 1; done")
	s.until("they have settled", func() bool { return s.field("far1.mov", "state") == "receiving" })
	s.sh("echo near > near.mov; ln -s $PWD/near.mov $MNT/inbox/; cp near.mov $MNT/inbox/copy.mov; " +
		"timeout 20 bash -c 'echo wait copy.mov > $MNT/control'")
	s.arrived("copy.mov", filepath.Join(s.dir, "near.mov"))
	if out, err := s.try("timeout -s INT 2 bash -c 'echo add " + far.mnt +
		"/inbox/far.mov > $MNT/control'"); err == nil {
		t.Errorf("a file on a disk that hangs was added: %s", out)
	}
	s.sh("timeout 10 cat $MNT/list $MNT/queue $MNT/aside; timeout 10 rm $MNT/inbox/far20.mov; " +
		"ls -l $MNT/inbox > /dev/null")
	signal(syscall.SIGCONT)
	s.sh("echo wait > $MNT/control")
	s.arrived("far1.mov", filepath.Join(far.dir, "spool", "inbox", "far.mov"))
	s.arrived("near.mov", filepath.Join(s.dir, "near.mov"))
}

// TestNothingOfALinkIsSentTwice counts what reached the endpoint.
func TestNothingOfALinkIsSentTwice(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_INBOX_AFTER_UPLOAD=keep")
	s.sh("echo content > a.mov; ln -s $PWD/a.mov $MNT/inbox/; echo wait > $MNT/control")
	s.kill()
	s.mount()
	s.sh("echo b > $MNT/inbox/b; echo wait b > $MNT/control; test -L $MNT/inbox/a.mov; " +
		"echo clear finished > $MNT/control")
	s.stop()
	s.mount()
	s.sh("echo c > $MNT/inbox/c; echo wait c > $MNT/control")
	if got := s.puts(); !slices.Equal(got, []string{"a.mov", "b", "c"}) {
		t.Errorf("sent were %v", got)
	}
}

// puts is the keys of the objects that were made, in order.
func (s *story) puts() []string {
	var keys []string
	for _, r := range s.server.Requests() {
		if (r.Action == "PutObject" || r.Action == "CompleteMultipartUpload") && r.Status == 200 {
			keys = append(keys, r.Key)
		}
	}
	return keys
}
