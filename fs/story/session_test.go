package story

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFirstSession is the session of the README with the demo.
func TestFirstSession(t *testing.T) {
	t.Parallel()
	s := begin(t)
	sizes := []string{"1K", "5M", "8M", "9M", "200M"} // below, at and above the multipart threshold
	for _, size := range sizes {
		s.sh("head -c " + size + " /dev/urandom > " + size + ".mp4; cp " + size + ".mp4 $MNT/inbox/")
	}
	s.sh("echo wait > $MNT/control")
	var want []string
	for _, size := range sizes {
		s.arrived(size+".mp4", filepath.Join(s.dir, size+".mp4"))
		if got := s.sh("grep ^state $MNT/status/" + size + ".mp4"); got != "state success" {
			t.Errorf("status says %q", got)
		}
		want = append(want, "OnFileAdded:"+size+".mp4", "OnUploadStarted:"+size+".mp4", "OnUploadSucceed:"+size+".mp4")
	}
	var got []string
	for _, e := range s.seen() {
		if !strings.HasPrefix(e, "OnUploadProgress") && e != "OnUploadEnd" {
			got = append(got, e)
		}
	}
	// each in order of addition; stages of files may mix
	for _, stage := range []string{"OnFileAdded", "OnUploadStarted"} {
		of := func(all []string) (some []string) {
			for _, e := range all {
				if strings.HasPrefix(e, stage) {
					some = append(some, e)
				}
			}
			return some
		}
		if diff := cmp.Diff(of(want), of(got)); diff != "" {
			t.Errorf("order of %s:\n%s", stage, diff)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if left := s.sh("ls -A $MNT/inbox"); left != "" {
		t.Errorf("the inbox still has %s", left)
	}
	if n := len(s.server.Uploads()); n != 0 {
		t.Errorf("%d multipart uploads are left", n)
	}
	if shown := s.sh("cat $MNT/events"); shown+"\n" != s.events() {
		t.Error("events does not show the event log")
	}
}

// TestTree copies many small files in folders.
func TestTree(t *testing.T) {
	t.Parallel()
	s := begin(t)
	const folders, files = 20, 50
	for d := range folders {
		for f := range files {
			path := filepath.Join(s.dir, "tree", fmt.Sprintf("d%02d", d), fmt.Sprintf("f%02d", f))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, fmt.Appendf(nil, "content of %s", path), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.sh("cp -r tree $MNT/inbox/ && echo wait > $MNT/control")
	if diff := s.sh("diff -r tree objects/" + bucket + "/tree && echo same"); diff != "same" {
		t.Error(clip(diff))
	}
	var added, started []string
	for _, e := range s.seen() {
		if name, ok := strings.CutPrefix(e, "OnFileAdded:"); ok {
			added = append(added, name)
		}
		if name, ok := strings.CutPrefix(e, "OnUploadStarted:"); ok {
			started = append(started, name)
		}
	}
	if len(added) != folders*files {
		t.Errorf("%d files were added", len(added))
	}
	if diff := cmp.Diff(added, started); diff != "" {
		t.Errorf("not started in order of addition:\n%s", diff)
	}
	creations := 0
	for _, r := range s.server.Requests() {
		if r.Action == "PutObject" || r.Action == "CompleteMultipartUpload" {
			creations++
		}
	}
	if creations != folders*files {
		t.Errorf("%d objects were made for %d files", creations, folders*files)
	}
}

// TestTail follows the events as a user does. The mount is in use meanwhile, and unmount says by whom.
func TestTail(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("tail -n +1 -f $MNT/events > followed 2> tail.err & echo $! > pid")
	s.sh("echo one > $MNT/inbox/a; echo wait a > $MNT/control; echo two > $MNT/inbox/b; echo wait > $MNT/control")
	s.until("tail has shown all", func() bool {
		followed, err := os.ReadFile(filepath.Join(s.dir, "followed"))
		return err == nil && string(followed) == s.events() && strings.Contains(s.events(), "OnUploadSucceed id=2")
	})
	if said := s.fails(program + " unmount mnt"); !strings.Contains(said, "in use by tail (process "+s.sh("cat pid")+
		");") {
		t.Errorf("unmount says %s", said)
	}
	if said := s.sh("kill $(cat pid); cat tail.err"); said != "" {
		t.Errorf("tail says %s", said)
	}
}

// TestDirectIO writes as dd does for a file that is no multiple of the block size: it takes O_DIRECT back for the rest.
func TestDirectIO(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("head -c 3000001 /dev/urandom > a.mov; dd if=a.mov of=$MNT/inbox/a.mov bs=1M oflag=direct; " +
		"echo wait a.mov > $MNT/control")
	s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
}

// TestSizeGrows looks at a file while it is being written.
func TestSizeGrows(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("mkfifo more; (cat more > $MNT/inbox/a.mov) > /dev/null 2>&1 & exec 3> more; head -c 100000 /dev/zero >&3; " +
		"until grep -qx 'size 100000' $MNT/status/a.mov && grep -q '100000.a.mov' $MNT/list; do sleep 0.05; done; " +
		"exec 3>&-")
	s.sh("echo wait a.mov > $MNT/control; until grep -qx 'rate 0' $MNT/queue || ! grep -q ^rate $MNT/queue; " +
		"do sleep 0.1; done")
}
