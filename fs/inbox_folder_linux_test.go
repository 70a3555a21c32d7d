package fs

import (
	"context"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"inboxfs/fs/writer"
	"inboxfs/queue"
	"inboxfs/queue/spool"
)

// folderQueue is a queue that uploads at once whatever is in its way.
type folderQueue struct {
	*fakeQueue
	mu sync.Mutex
	by queue.Folders
}

func (q *folderQueue) Shown(by queue.Folders) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.by = by
}

func (*folderQueue) Uploads(folder string) bool { return !strings.HasPrefix(folder, ".") }

type folderTest struct {
	*testMount
	q *folderQueue
}

func mountFolders(t *testing.T) *folderTest {
	t.Helper()
	it := &folderTest{q: &folderQueue{fakeQueue: &fakeQueue{}}}
	it.testMount = mountTest(t, func(o *Options) { o.Queue = it.q })
	return it
}

// walk visits all that is below inbox in the spool.
func (it *folderTest) walk(t *testing.T, visit func(path string, d fs.DirEntry) error) {
	t.Helper()
	err := filepath.WalkDir(it.options.Inbox, func(path string, d fs.DirEntry, err error) error {
		if err == nil && path != it.options.Inbox {
			err = visit(path, d)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// folders lists the folders in the spool.
func (it *folderTest) folders(t *testing.T) (all []string) {
	t.Helper()
	it.walk(t, func(path string, _ fs.DirEntry) error {
		all = append(all, strings.TrimPrefix(path, it.options.Inbox+"/"))
		return nil
	})
	return all
}

// sweep takes all files away, and has the folders removed that go. It returns those that are left, as "a a/b c",
// whether some went, and whether some may go later.
func (it *folderTest) sweep(t *testing.T, rest time.Duration) (left string, more, later bool) {
	t.Helper()
	it.walk(t, func(path string, d fs.DirEntry) error {
		if d.IsDir() {
			return nil
		}
		return os.Remove(path)
	})
	below := it.folders(t)
	slices.Reverse(below)
	it.q.mu.Lock()
	gone, again := it.q.by.Remove(below, rest)
	it.q.mu.Unlock()
	return strings.Join(it.folders(t), " "), len(gone) > 0, len(again) > 0
}

// removeOnce is sweep until nothing goes any more.
func (it *folderTest) removeOnce(t *testing.T, rest time.Duration) string {
	t.Helper()
	for {
		if left, more, _ := it.sweep(t, rest); !more {
			return left
		}
	}
}

// upload is sweep until nothing goes any more, and nothing will.
func (it *folderTest) upload(t *testing.T, rest time.Duration) string {
	t.Helper()
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if left, more, later := it.sweep(t, rest); !more && !later || time.Since(began) > limit/2 {
			return left
		}
	}
}

// theTree is what the scripts copy.
const theTree = "cd $T && mkdir -p d/a/b && echo 1 > d/1 && echo 2 > d/a/2 && echo 3 > d/a/b/3; "

// TestFolderCame drops trees: their folders go with their files.
func TestFolderCame(t *testing.T) {
	t.Parallel()
	needPrune(t)
	for what, script := range map[string]string{
		"cp -r":                        "cp -r d $M/inbox/",
		"cp -a":                        "cp -a d $M/inbox/",
		"cp -r to another name":        "cp -r d $M/inbox/e",
		"mv":                           "mv d $M/inbox/",
		"rsync":                        "rsync -a d $M/inbox/",
		"rsync of what is in it":       "rsync -a d/ $M/inbox/e/",
		"rsync --inplace":              "rsync -a --inplace d $M/inbox/",
		"tar":                          "tar cf t.tar d; tar xf t.tar -C $M/inbox",
		"tar from a pipe":              "tar c d | tar x -C $M/inbox",
		"bsdtar":                       "tar cf t.tar d; bsdtar xf t.tar -C $M/inbox",
		"unzip":                        "zip -qr t.zip d; unzip -q t.zip -d $M/inbox",
		"install":                      "install -D d/1 $M/inbox/x/y/1",
		"cpio":                         "find d | cpio -o --quiet > t.cpio; cd $M/inbox; cpio -id --quiet < $T/t.cpio",
		"only in folders below":        "rm d/1 d/a/2; cp -r d $M/inbox/",
		"links":                        "ln -s 1 d/l; ln d/1 d/h; cp -a d $M/inbox/",
		"under a hidden name at first": "cp -r d $M/inbox/.d; mv $M/inbox/.d $M/inbox/d",
		"seen in a listing":            "cp -r d $M/inbox/; ls -la $M/inbox > list",
		"two of them":                  "cp -r d $M/inbox/; cp -r d $M/inbox/e",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			need(t, strings.Fields(what)[0])
			it := mountFolders(t)
			it.ok(t, theTree+"set -e; "+script+"; test -n \"$(ls $M/inbox)\"")
			if left := it.upload(t, 0); left != "" {
				t.Errorf("%s left", left)
			}
		})
	}
}

// need skips the test where a program is missing. Others are words.
func need(t *testing.T, program string) {
	t.Helper()
	if !slices.Contains(writer.Carriers, program) {
		return
	}
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("SKIPPED, NOTHING TESTED: %v", err)
	}
}

// needPrune skips the test where the kernel cannot be asked whether a folder is used.
func needPrune(t *testing.T) {
	t.Helper()
	if !kernelAtLeast(t, 6, 18) {
		t.Skip("SKIPPED, NOTHING TESTED: the kernel is older than Linux 6.18")
	}
}

// TestFolderIsUsed makes folders, or uses them, in all ways that there are: they stay, though uploads emptied them.
func TestFolderIsUsed(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ script, stays string }{
		"made by mkdir":                 {"mkdir $M/inbox/d; cp d/1 $M/inbox/d/", "d"},
		"made by mkdir -p":              {"mkdir -p $M/inbox/d/a; cp d/1 $M/inbox/d/a/; cp d/1 $M/inbox/d/", "d d/a"},
		"made by mkdir, a tree dropped": {"mkdir $M/inbox/x; cp -r d $M/inbox/x/", "x"},
		"made by install -d":            {"install -d $M/inbox/d; cp d/1 $M/inbox/d/", "d"},
		"made by a program of its own": {
			`cd $M/inbox; python3 -c 'import os; os.makedirs("x/y"); open("x/y/f", "w").write("1")'`, "x x/y"},
		"a file comes later":           {"cp -r d $M/inbox/; cp d/1 $M/inbox/d/a/4", "d d/a"},
		"a folder comes later":         {"cp -r d $M/inbox/; cp -r d $M/inbox/d/e", "d"},
		"a file comes later, up there": {"cp -r d $M/inbox/; cp d/1 $M/inbox/d/4", "d"},
		"rsync again":                  {"rsync -a d $M/inbox/; touch d/1; rsync -a d $M/inbox/", "d d/a d/a/b"},
		"a file is removed":            {"cp -r d $M/inbox/; rm $M/inbox/d/a/2", "d d/a"},
		"listed":                       {"cp -r d $M/inbox/; ls $M/inbox/d/a", "d d/a"},
		"searched":                     {"cp -r d $M/inbox/; find $M/inbox -name x", "d d/a d/a/b"},
		"its name asked for":           {"cp -r d $M/inbox/; sleep 1.1; test -d $M/inbox/d", "d"},
		"its mode changed":             {"cp -r d $M/inbox/; chmod 770 $M/inbox/d", "d"},
		"an attribute set":             {"cp -r d $M/inbox/; setfattr -n user.x -v 1 $M/inbox/d", "d"},
		"renamed":                      {"cp -r d $M/inbox/; mv $M/inbox/d $M/inbox/e", "e"},
		"renamed below":                {"cp -r d $M/inbox/; mv $M/inbox/d/a $M/inbox/d/x", "d d/x"},
		"moved out":                    {"cp -r d $M/inbox/; mv $M/inbox/d/a $M/inbox/x", "d x"},
		"a file moved in":              {"cp -r d $M/inbox/; cp d/1 $M/inbox/; mv $M/inbox/1 $M/inbox/d/a/", "d d/a"},
		"made in, by another":          {"cp -r d $M/inbox/; mkdir $M/inbox/d/x", "d d/x"},
		"removed and made anew": {"cp -r d $M/inbox/; rm -r $M/inbox/d; mkdir $M/inbox/d; cp d/1 $M/inbox/d/",
			"d"},
		"a link made": {"cp -r d $M/inbox/; ln -s x $M/inbox/d/l", "d"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			it := mountFolders(t)
			out, code := it.sh(t, theTree+"set -e; "+c.script)
			if code != 0 {
				t.Skipf("SKIPPED, NOTHING TESTED: %s", out)
			}
			if left := it.upload(t, 0); left != c.stays {
				t.Errorf("%q left, and not %q", left, c.stays)
			}
		})
	}
}

// TestFolderIsHeld keeps folders of a tree in use while uploads empty them, in ways of which no request tells.
func TestFolderIsHeld(t *testing.T) {
	t.Parallel()
	python := "exec python3 -c 'import os, sys, ctypes\n%s\nprint(\".\", flush=True)\nsys.stdin.readline()'"
	held := func(code string) string { return strings.Replace(python, "%s", code, 1) }
	for what, c := range map[string]struct {
		script string
		root   bool
	}{
		"the working directory": {"cd $M/inbox/d/a; echo .; read go", false},
		"a descriptor":          {held(`f = os.open(os.environ["M"] + "/inbox/d/a", os.O_RDONLY)`), false},
		"a path descriptor":     {held(`f = os.open(os.environ["M"] + "/inbox/d/a", os.O_PATH)`), false},
		"watched": {
			held(
				`c = ctypes.CDLL(None); assert c.inotify_add_watch(c.inotify_init(), (os.environ["M"] + "/inbox/d/a").encode(), 0xfff) > 0`),
			false},
		"mounted elsewhere": {
			"mkdir at; mount --bind $M/inbox/d/a at; echo .; read go; echo 4 > at/4; test -e $M/inbox/d/a/4; umount at",
			true},
		"mounted over": {"mount -t tmpfs none $M/inbox/d/a; echo .; read go; umount $M/inbox/d/a", true},
		"in a namespace": {
			"exec unshare -m sh -c 'mkdir at; mount --bind $M/inbox/d/a at; umount -l $M; echo .; read go; " +
				"echo 4 > at/4'", true},
		"a child of cp's": {"exec sh -c 'cd $M/inbox/d/a; exec sh -c \"echo .; read go; echo 4 > 4\"'", false},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			if c.root && os.Geteuid() != 0 {
				t.Skip("SKIPPED, NOTHING TESTED: only root mounts")
			}
			it := mountFolders(t)
			// Entered right after it came, when the kernel does not ask for its name.
			d := it.dialog(t, theTree+"cp -r d $M/inbox/; "+c.script)
			d.read()
			if left := it.upload(t, 0); left != "d d/a" {
				t.Errorf("%q left", left)
			}
			d.next()
			if _, err := io.ReadAll(d.out); err != nil { // until it has ended
				t.Fatal(err)
			}
			if left := it.upload(t, 0); left != "d d/a" {
				t.Errorf("%q left when it was not in use any more", left)
			}
		})
	}
}

// TestFolderOfALivingProgram has the program go on that brings the files: until it ends nobody knows what it will
// bring.
func TestFolderOfALivingProgram(t *testing.T) {
	t.Parallel()
	needPrune(t)
	it := mountFolders(t)
	d := it.dialog(t, "ln -s "+self(t)+" $T/cp; export INBOXFS_TEST_CHILD=1; $T/cp carry $M/inbox; echo .; read go")
	for range 3 {
		d.read()
		if left := it.removeOnce(t, 0); left != "d d/a" {
			t.Fatalf("%q left", left)
		}
		d.next()
	}
	d.read()
	if left := it.upload(t, 0); left != "" {
		t.Errorf("%q left at its end", left)
	}
}

// TestFolderAfterRestart keeps what is known of folders while nothing is mounted.
func TestFolderAfterRestart(t *testing.T) {
	t.Parallel()
	it := mountFolders(t)
	it.ok(t, theTree+
		"cp -r d $M/inbox/came; cp -r d $M/inbox/; mkdir $M/inbox/lone; cp -r d/a $M/inbox/lone/; ls $M/inbox/d/a; "+
		"cp -r d/a $M/inbox/empty; rm $M/inbox/empty/2 $M/inbox/empty/b/3")
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if err := it.server.Unmount(ctx); err != nil {
		t.Fatal(err)
	}
	o := it.options
	o.Queue = it.q
	it.mount(t, o)
	if left := it.upload(t, 0); left != "d d/a empty empty/b lone" {
		t.Errorf("%q left", left)
	}
}

// TestFolderWasSeen lets nothing go that somebody may just be about to use: the kernel does not ask again for what it
// was told.
func TestFolderWasSeen(t *testing.T) {
	t.Parallel()
	needPrune(t)
	it := mountFolders(t)
	it.ok(t, theTree+"cp -r d $M/inbox/")
	if left := it.removeOnce(t, time.Hour); left != "d d/a d/a/b" {
		t.Errorf("%q left", left)
	}
}

// TestFolderAttribute hides what is known of a folder from everybody.
func TestFolderAttribute(t *testing.T) {
	t.Parallel()
	it := mountFolders(t)
	it.ok(t, theTree+"cp -r d $M/inbox/")
	dir := filepath.Join(it.options.Inbox, "d")
	if c, ok := spool.ReadCarrier(dir); !ok || c.PID == 0 || c.Unique == 0 {
		t.Fatalf("it is not known that it came with its files: %v", c)
	}
	it.ok(t,
		"cd $M/inbox; test -z \"$(getfattr -d -m - d)\"; ! getfattr -n user.inboxfs.carrier d; "+
			"! setfattr -n user.inboxfs.carrier -v '1 1' d; "+
			"! setfattr -x user.inboxfs.carrier d; setfattr -n user.other -v x d; "+
			"test \"$(getfattr --only-values -n user.other d)\" = x; getfattr -d d | grep other")
	if _, ok := spool.ReadCarrier(dir); ok {
		t.Error("nobody has seen that it is used")
	}
}

// TestLabelAttribute hides from everybody what a file says of its entry, and no copy in the mount has it.
func TestLabelAttribute(t *testing.T) {
	t.Parallel()
	it := mountFolders(t)
	it.ok(t, "echo x > $M/inbox/f; setfattr -n user.other -v x $M/inbox/f")
	if _, _, there, err := spool.Relabel(it.options.Inbox, "f", spool.Label{ID: 7, State: "held"}); err != nil ||
		!there {
		t.Fatal(there, err)
	}
	it.ok(t,
		"cd $M/inbox; test \"$(getfattr --absolute-names -d -m - f | grep -v '^#')\" = 'user.other=\"x\"'; "+
			"! getfattr -n user.inboxfs.label f; "+
			"! setfattr -n user.inboxfs.label -v x f; ! setfattr -x user.inboxfs.label f; cp -a f g; rm f")
	if all, err := spool.Labels(filepath.Join(it.options.Inbox, "g")); err != nil || len(all) > 0 {
		t.Errorf("the copy has the labels %v, %v", all, err)
	}
}
