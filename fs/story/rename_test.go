package story

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
)

// renameat2 is a program for what mv cannot ask for. Its arguments are two names and the flags.
const renameat2 = `cat > renameat2.py <<'END'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.renameat2(-100, os.fsencode(sys.argv[1]), -100, os.fsencode(sys.argv[2]), int(sys.argv[3])):
    sys.exit(os.strerror(ctypes.get_errno()))
END
`

// TestRenames moves drops about before, while and after they are uploaded. Each line of a script ends at once, so that
// it meets the drop as the line before it left it; what is in the bucket in the end, as "KEY CONTENT", and how many
// objects were made for it, reports whether each generation became one object.
func TestRenames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script string // in inbox
		want   string // of each key
		made   int
	}{
		"temporary onto final":   {"echo 1 > a.part; mv a.part a", "a 1", 1},
		"temporary onto pending": {"echo 1 > a; echo 2 > .a.tmp; mv .a.tmp a", "a 2", 1},
		"final onto temporary":   {"echo 1 > a; mv a a.part; echo 2 > b", "b 2", 1},
		"pending onto pending":   {"echo 1 > a; echo 2 > b; mv a b", "b 1", 1},
		"pending onto ready": {
			"echo 1 > b; until echo flush b > $MNT/control; do sleep 0.01; done; grep -q ready ../list || sleep 0.3; " +
				"echo 2 > a; mv a b", "b 2", 1},
		"no replace, and it is there": {"echo 1 > a; echo 2 > b; mv -n a b; cat a > /dev/null", "a 1,b 2", 2},
		"renameat2 no replace": {
			"echo 1 > a; echo 2 > b; ! python3 ../../renameat2.py a b 1 2> err || exit 1; rm err; " +
				"python3 ../../renameat2.py a c 1", "b 2,c 1", 2},
		"exchange":                  {"echo 1 > a; echo 22 > b; python3 ../../renameat2.py a b 2", "a 22,b 1", 2},
		"exchange with a temporary": {"echo 1 > a; echo 2 > .b; python3 ../../renameat2.py a .b 2", "a 2", 1},
		"exchange of folders": {"mkdir d e; echo 1 > d/a; echo 2 > e/b; python3 ../../renameat2.py d e 2",
			"d/b 2,e/a 1", 2},
		"folder":                     {"mkdir -p d/e; echo 1 > d/a; echo 2 > d/e/b; mv d f", "f/a 1,f/e/b 2", 2},
		"folder out of a hidden one": {"mkdir -p .d; echo 1 > .d/a; mv .d d", "d/a 1", 1},
		"into a folder":              {"mkdir d; echo 1 > a; mv a d/", "d/a 1", 1},
		"while the writer is open":   {"exec 3> a; echo 1 >&3; mv a b; echo 2 >&3; exec 3>&-", "b 1_2", 1},
		"writer open, onto another": {"echo 0 > b; exec 3> a; echo 1 >&3; mv a b; echo 2 >&3; exec 3>&-", "b 1_2",
			1},
		"onto one whose writer is open": {"exec 3> b; echo 1 >&3; echo 2 > a; mv a b; echo 3 >&3; exec 3>&-", "b 2", 1},
		"folder while a writer is open": {"mkdir d; exec 3> d/a; echo 1 >&3; mv d e; echo 2 >&3; exec 3>&-", "e/a 1_2",
			1},
		"unlink with the writer open":   {"exec 3> a; echo 1 >&3; rm a; echo 2 >&3; exec 3>&-; echo 3 > b", "b 3", 1},
		"unlink and make anew":          {"exec 3> a; echo 1 >&3; rm a; echo 2 > a; echo 3 >&3; exec 3>&-", "a 2", 1},
		"sleep holds the unlinked file": {"sleep 0.5 3> a & rm a; echo 2 > a; wait", "a 2", 1},
		"overwrite a pending one":       {"echo 1 > a; echo 22 > a", "a 22", 1},
		"overwrite in place": {"echo 12345 > a; printf 9 | dd of=a bs=1 seek=2 conv=notrunc status=none",
			"a 12945", 1},
		"there and back": {"echo 1 > a; mv a b; mv b a", "a 1", 1},
		"os.replace":     {"echo 1 > a; python3 -c 'import os; os.replace(\"a\", \"b\")'", "b 1", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_INBOX_SETTLE=300ms", "INBOXFS_INBOX_RELAY_SETTLE=300ms")
			s.sh(renameat2)
			s.sh("set -e; echo stop > $MNT/control; cd $MNT/inbox; " + c.script)
			s.sh("echo start > $MNT/control; echo wait > $MNT/control || cat $MNT/list")
			s.objects(c.want, c.made)
		})
	}
}

// objects fails unless the bucket has what want lists, made by so many requests, and nothing is half uploaded.
func (s *story) objects(want string, made int) {
	s.t.Helper()
	all := strings.Split(s.sh("cd objects/"+bucket+
		" 2>/dev/null && find . -type f | sed 's/^..//' | while read f; do echo \"$f $(tr '\\n' _ < $f | "+
		"sed 's/_$//')\"; done"), "\n")
	slices.Sort(all)
	if got := strings.Join(all, ","); got != want {
		s.t.Errorf("the bucket has %q, want %q\n%s", got, want, s.sh("cat $MNT/list"))
	}
	n := 0
	for _, r := range s.server.Requests() {
		if r.Status == 200 && (r.Action == "PutObject" || r.Action == "CompleteMultipartUpload") {
			n++
		}
	}
	if n != made {
		s.t.Errorf("%d objects were made, want %d", n, made)
	}
	s.until("nothing is half uploaded", func() bool { return len(s.server.Uploads()) == 0 })
	s.seen()
}

// TestMovedWhileUploaded changes a drop in the middle of its upload: what is in the bucket then is whole, and what was
// sent of the old one is gone.
func TestMovedWhileUploaded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, key, file string }{
		"renamed": {"mv $MNT/inbox/a.mov $MNT/inbox/b.mov", "b.mov", "big.mov"},
		"in a renamed folder": {
			"mkdir $MNT/inbox/d && mv $MNT/inbox/a.mov $MNT/inbox/d/ && mv $MNT/inbox/d $MNT/inbox/e", "e/a.mov",
			"big.mov"},
		"overwritten": {"cp other.mov $MNT/inbox/a.mov", "a.mov", "other.mov"},
		"replaced": {"cp other.mov $MNT/inbox/.tmp && mv $MNT/inbox/.tmp $MNT/inbox/a.mov", "a.mov",
			"other.mov"},
		"appended to": {"cat big.mov >> $MNT/inbox/a.mov && cat big.mov big.mov > twice.mov", "a.mov",
			"twice.mov"},
		"removed and new": {"rm $MNT/inbox/a.mov && cp other.mov $MNT/inbox/a.mov", "a.mov", "other.mov"},
		"removed and opened": {
			"exec 3>> $MNT/inbox/a.mov; rm $MNT/inbox/a.mov; cat other.mov >&3; exec 3>&-; " +
				"cp other.mov $MNT/inbox/c.mov", "c.mov", "other.mov"},
		"exchanged": {
			"cp other.mov $MNT/inbox/.b && python3 renameat2.py $MNT/inbox/a.mov $MNT/inbox/.b 2 && rm $MNT/inbox/.b",
			"a.mov", "other.mov"},
		"opened and unchanged": {"exec 3>> $MNT/inbox/a.mov; sleep 0.3; exec 3>&-", "a.mov", "big.mov"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=100KiB")
			slow := s.server.AddFault(ossdev.Fault{Action: "UploadPart", SlowBody: 100 << 10})
			s.sh(renameat2 +
				"head -c 8M /dev/urandom > big.mov; head -c 3M /dev/urandom > other.mov; cp big.mov $MNT/inbox/a.mov")
			s.until("a part is there", func() bool { return s.count("OnUploadProgress") >= 1 })
			s.sh(c.script)
			slow.Remove()
			s.sh("echo wait > $MNT/control || true")
			s.arrived(c.key, filepath.Join(s.dir, c.file))
			if n := s.count("OnUploadSucceed"); n != 1 {
				t.Errorf("%d objects", n)
			}
			s.until("nothing is half uploaded", func() bool { return len(s.server.Uploads()) == 0 })
			s.seen()
		})
	}
}

// TestOverwriteFinished drops a name again after it was uploaded: a generation of its own.
func TestOverwriteFinished(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"remove", "keep"} {
		t.Run(after, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_INBOX_AFTER_UPLOAD="+after)
			s.sh("cd $MNT/inbox; echo 1 > a; echo wait a > ../control; echo 2 > a; echo wait a > ../control")
			s.objects("a 2", 2)
			s.sh("cd $MNT/inbox; echo 3 > .a; mv .a a; echo wait a > ../control")
			s.objects("a 3", 3)
			if after == "keep" {
				s.sh("cd $MNT/inbox; exec 3>> a; exec 3>&-; touch a; chmod 600 a; sleep 0.3; echo wait > ../control")
				s.objects("a 3", 3)
				s.sh("cd $MNT/inbox; mv a b; echo wait b > ../control")
				s.objects("a 3,b 3", 4)
			}
		})
	}
}

// TestLinkWithoutItsTwin writes to a file of which the queue removed another name.
func TestLinkWithoutItsTwin(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("cd $MNT/inbox; echo stop > ../control; echo 1 > .a; ln .a b; echo delete .a > ../control; echo 2 >> b; " +
		"truncate -s 3 b")
	if got := s.sh("cut -f 6 $MNT/list"); got != "name\nb" {
		t.Errorf("the list has %q", got)
	}
	s.sh("echo start > $MNT/control; echo wait > $MNT/control")
	s.objects("b 1_2", 1)
}
