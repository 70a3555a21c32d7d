package queue

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"inboxfs/queue/list"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// killed copies what a kill -9 would leave of a rig, as of now, into a folder of its own.
func (r *rig) killed() string {
	r.t.Helper()
	dir := r.t.TempDir()
	r.killedTo(dir)
	return dir
}

// killedTo is killed for a folder that is there.
func (r *rig) killedTo(dir string) {
	r.t.Helper()
	// A mark goes behind the row that makes it superfluous, and a label is changed before its row: so they are copied.
	for _, name := range []string{"opened", "journal.db"} {
		if err := copyFile(filepath.Join(r.dir, name), filepath.Join(dir, name)); err != nil {
			r.t.Fatal(err)
		}
	}
	links := make(copiedLinks)
	err := filepath.WalkDir(r.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(r.dir, path)
		if err != nil || d.IsDir() {
			return os.MkdirAll(filepath.Join(dir, rel), 0o755)
		}
		if d.Type() == os.ModeSymlink {
			text, err := os.Readlink(path)
			err = errors.Join(err, os.Symlink(text, filepath.Join(dir, rel)))
			info, infoErr := d.Info()
			if infoErr != nil || os.Geteuid() != 0 {
				return errors.Join(err, infoErr)
			}
			st := info.Sys().(*syscall.Stat_t)
			return errors.Join(err, os.Lchown(filepath.Join(dir, rel), int(st.Uid), int(st.Gid)))
		}
		if rel == "journal.db" || rel == "opened" {
			return nil
		}
		return links.copy(path, filepath.Join(dir, rel))
	})
	if err == nil {
		err = copyKnown(r.dir, dir)
	}
	if err == nil {
		err = r.copyMarks(dir)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if spool.IsPiece(from) {
		if err := unix.Setxattr(to, spool.Piece, []byte{'1'}, 0); err != nil {
			return err
		}
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}

func TestRestartKeepsListOrderAndParts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, kill := range []bool{false, true} {
		r := newRig(t, func(o *Options) { o.Start = false })
		for _, name := range []string{"b", "a", "c"} {
			r.drop(name, "12345678")
			r.state(name, list.Ready)
		}
		if err := r.Do(t.Context(), Start); err != nil {
			t.Fatal(err)
		}
		u := r.up.next(t)
		u.begin(t, "U")
		u.watch.Acked(transfer.Part{Number: 2, Size: 4, CRC64: 22, ETag: "E2"}, 0)
		c, err := r.Find("c")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.DoFile(t.Context(), Cancel, c); err != nil { // waits for the commit, which has the part in it
			t.Fatal(err)
		}
		dir := r.dir
		if kill {
			dir = r.killed()
		}
		before := r.List()
		r.close()

		r = openRig(t, dir, func(o *Options) { o.Start = false })
		after := r.List()
		before[0].State = list.Ready // it was uploading
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("killed: %v; the list changed:\n%s", kill, diff)
		}
		if err := r.Do(t.Context(), Start); err != nil {
			t.Fatal(err)
		}
		u = r.up.next(t)
		want := &transfer.Multipart{Bucket: "b", Key: "b", UploadID: "U", PartSize: 4, Header: 9,
			Parts: []transfer.Part{{Number: 2, Size: 4, CRC64: 22, ETag: "E2"}}}
		if diff := cmp.Diff(want, u.job.Resume); diff != "" {
			t.Errorf("killed: %v; it goes on with:\n%s", kill, diff)
		}
		u.succeed()
		r.up.next(t).succeed()
		r.state("a", list.Success)
		r.state("c", list.Canceled)
	}
}

func TestKillWhileWritingIsHeld(t *testing.T) {
	t.Parallel()
	rememberedOrNot(t, func(t *testing.T, killed func(*rig) string) {
		r := newRig(t)
		r.Open("known", true)
		r.write("known", "half")
		r.drop("whole", "whole")
		r.up.next(t) // it settled, so the journal knows of the open one, too
		r.receive("unknown", "received within the last moment")
		dir := killed(r)
		r.close()
		r = openRig(t, dir)
		for _, name := range []string{"known", "unknown"} {
			if info := r.state(name, list.Held); !strings.Contains(info.Message, "inboxfs") {
				t.Errorf("%s is held because %q", name, info.Message)
			}
		}
		r.up.next(t).succeed()
		r.state("whole", list.Success)
	})
}

func TestFilesPutIntoTheSpoolMeanwhileAreDrops(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "old")
	r.up.next(t)
	r.close()
	r.write("a", "newer")
	r.write("sub/b", "b")
	r = openRig(t, r.dir, func(o *Options) { o.Files = 2 })
	sizes := map[string]int64{}
	for range 2 {
		u := r.up.next(t)
		sizes[u.job.Name] = u.job.Size
		u.succeed()
	}
	if diff := cmp.Diff(map[string]int64{"a": 5, "sub/b": 1}, sizes); diff != "" {
		t.Error(diff)
	}
	r.state("a", list.Success)
	r.state("sub/b", list.Success)
}

// TestOutboxClosesTheGap loses the event log's tail, as a kill between the commit and the append would.
func TestOutboxClosesTheGap(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	u := r.up.next(t)
	u.watch.Started("b", "a", "")
	u.succeed()
	all := r.events("OnUploadEnd")
	dir := r.killed()
	r.close()
	log := filepath.Join(dir, "events.log")
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	var cut string
	for _, line := range lines {
		if strings.Contains(line, "OnUploadStarted") { // which has no row of its own, but this
			break
		}
		cut += line
	}
	if err := os.WriteFile(log, []byte(cut), 0o600); err != nil {
		t.Fatal(err)
	}
	r = openRig(t, dir)
	if diff := cmp.Diff(all, r.events("OnUploadEnd")); diff != "" {
		t.Error(diff)
	}
}

func TestDamagedJournalIsSetAside(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	r.drop("a", "content")
	r.state("a", list.Ready)
	r.close()
	path := filepath.Join(r.dir, "journal.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("garbage", 10000)), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(time.Hour) // the damage came later than the file
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	r = openRig(t, r.dir)
	r.up.next(t).succeed()
	r.state("a", list.Success)
	if aside, _ := filepath.Glob(path + ".damaged*"); len(aside) != 1 {
		t.Error("the damaged journal was not kept")
	}
}
