package queue

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// succeedHeld uploads a drop, and holds the commit of its success back.
func succeedHeld(t *testing.T, set ...func(*Options)) (r *rig, id transfer.ID, release func()) {
	t.Helper()
	r, h := newHeldRig(t, set...)
	id = r.drop("a", "content")
	u := r.up.next(t)
	u.watch.Started("b", "a", "")
	r.events("OnUploadStarted:a")
	release = h.hold()
	u.succeed()
	r.until(func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.active == 0 },
		func() string { return "the run does not end" })
	return r, id, release
}

func TestWriterWhileSuccessIsCommitted(t *testing.T) {
	t.Parallel()
	r, _, release := succeedHeld(t)
	id := r.Open("a", false)
	release()
	r.events("OnUploadSucceed:a")
	if _, err := os.Stat(r.path("a")); err != nil {
		t.Fatal("the file was removed under its writer")
	}
	info := r.write("a", "appended to")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	u := r.up.next(t)
	if u.job.Size != info.Size() {
		t.Errorf("%d bytes are uploaded", u.job.Size)
	}
	u.succeed()
	r.state("a", list.Success)
	r.gone("a")
}

func TestReaderOfAllWhileSuccessIsCommitted(t *testing.T) {
	t.Parallel()
	r, first, release := succeedHeld(t)
	id := r.Open("a", false)
	release()
	r.events("OnUploadSucceed:a")
	r.Close(id, Closed{Size: 7, ModTime: time.Now()}) // nothing was written
	if info := r.state("a", list.Success); info.ID != first {
		t.Errorf("the entry is #%d, not #%d", info.ID, first)
	}
	r.gone("a")
	r.up.none(t)
}

func TestStopAndStartWhileSuccessIsCommitted(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, verbs := range [][2]Verb{{Stop, Start}, {Pause, Resume}} {
		r, _, release := succeedHeld(t)
		for _, v := range verbs {
			if err := r.Do(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
		r.up.none(t)
		release()
		r.state("a", list.Success)
		r.gone("a")
	}
}

func TestTouchWhileSuccessIsCommitted(t *testing.T) {
	t.Parallel()
	r, id, release := succeedHeld(t)
	r.touch("a", time.Now().Add(-time.Hour))
	release()
	r.state("a", list.Success)
	r.gone("a")
	r.close()
	r = openRig(t, r.dir)
	if info := r.state("a", list.Success); info.ID != id {
		t.Errorf("after the restart it is #%d", info.ID)
	}
}

func TestRenameWhileSuccessIsCommitted(t *testing.T) {
	t.Parallel()
	r, id, release := succeedHeld(t)
	got := r.rename("a", "b", 0)
	release()
	r.up.next(t).succeed()
	r.state("b", list.Success)
	if n := len(r.List()); n != 2 || got == id {
		t.Errorf("the list has %d entries, and #%d became #%d", n, id, got)
	}
}

// TestNewContentWhileTheOldRunWindsDown has a run that takes its time to end, as one does that waits for the answer to
// an Initiate, while the file gets new content and becomes ready.
func TestNewContentWhileTheOldRunWindsDown(t *testing.T) {
	t.Parallel()
	// one is free, so that it is taken from the line while the old run lasts
	r := newRig(t, func(o *Options) { o.Files = 2 })
	linger := make(chan struct{})
	r.up.linger = linger
	r.drop("a", "content")
	r.up.next(t).watch.Started("b", "a", "")
	id := r.Open("a", false)
	info := r.write("a", "new content")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	r.state("a", list.Ready)
	close(linger)
	r.up.next(t).succeed()
	r.state("a", list.Success)
}

func TestRenameOfEmptyFolder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := os.Mkdir(r.path("untitled folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if id := r.rename("untitled folder", "clips", 0); id != 0 {
		t.Errorf("a folder is drop #%d", id)
	}
	if listed := r.List(); len(listed) != 0 {
		t.Errorf("the list is %v", listed)
	}
}

func TestRenameOfFolderThatIsCalledLikeAnUploadedFile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("d", "content")
	r.up.next(t).succeed()
	r.state("d", list.Success)
	r.gone("d")
	if err := r.Do(t.Context(), Stop); err != nil {
		t.Fatal(err)
	}
	r.drop("d/a", "content")
	r.state("d/a", list.Ready)
	r.rename("d", "e", 0)
	r.state("e/a", list.Ready)
}

func TestRenameOfIgnoredFolder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.write(".Trashes/a", "content")
	r.rename(".Trashes", "kept", 0)
	r.up.next(t).succeed()
	r.state("kept/a", list.Success)
}

func TestDropCalledLikeAReferencedFile(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte("elsewhere"), 0o644); err != nil {
		t.Fatal(err)
	}
	ref, err := r.Add(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	r.state("a", list.Ready)
	drop := r.drop("a", "dropped content")
	if drop == ref {
		t.Fatal("the drop is taken for the file added by reference")
	}
	r.state("a", list.Ready)
	if err := r.Do(t.Context(), Start); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{path, r.path("a")} {
		u := r.up.next(t)
		if u.job.Path != want {
			t.Errorf("%s is uploaded, not %s", u.job.Path, want)
		}
		u.succeed()
	}
	r.state("a", list.Success)
	r.gone("a")
	if _, err := os.Stat(path); err != nil {
		t.Error("the referenced file is gone")
	}
}

// TestReferencedFileIsNeverMixed changes a referenced file between two runs: parts of the old content are on the
// server.
func TestReferencedFileIsNeverMixed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte("12345678"), 0o644); err != nil {
		t.Fatal(err)
	}
	id, err := r.Add(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	u := r.up.next(t)
	u.begin(t, "U")
	u.watch.Acked(transfer.Part{Number: 1, Size: 4}, 0)
	if err := r.Do(t.Context(), Stop); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("abcdefgh"), 0o644); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Second)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	if err := r.Do(t.Context(), Start); err != nil {
		t.Fatal(err)
	}
	u = r.up.next(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if u.job.Like(info) != transfer.Other {
		t.Error("the run may go on with parts of another content")
	}
	u.fail(transfer.Final, "FileChanged")
	r.state("a", list.Failure)

	if err := os.WriteFile(path, []byte("longer than before"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := r.DoFile(t.Context(), Retry, id); err != nil {
		t.Fatal(err)
	}
	if u = r.up.next(t); u.job.Size != 18 || u.job.Resume != nil && u.job.Resume.UploadID != "" {
		t.Errorf("tried again it is %+v", u.job)
	}
	u.succeed()
	r.state("a", list.Success)
}

// TestNothingOfANameStartsWhileARunOfItEnds has a run linger whose file got another name, and a new file take the old
// one: what the run has sent may arrive late, and would replace the new object by the old one.
func TestNothingOfANameStartsWhileARunOfItEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Files = 3 })
	linger := make(chan struct{})
	end := sync.OnceFunc(func() { close(linger) })
	defer end()
	r.up.linger = linger
	r.drop("a", "old content")
	r.up.next(t).watch.Started("b", "a", "")
	if err := os.Rename(r.path("a"), r.path(".waits")); err != nil {
		t.Fatal(err)
	}
	r.Renamed("a", ".waits", 0, Owner)
	r.drop("a", "new content")
	r.state("a", list.Ready)
	r.drop("b", "other")
	u := r.up.next(t)
	if u.job.Name != "b" { // one that is ready later, but has nothing to do with it
		t.Fatalf("%s is uploaded while a run of that name has not ended", u.job.Name)
	}
	u.succeed()
	end()
	if u = r.up.next(t); u.job.Name != "a" || u.job.Size != 11 {
		t.Errorf("the job is %+v", u.job)
	}
	u.succeed()
	r.state("a", list.Success)
}
