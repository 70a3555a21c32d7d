package queue

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/sameness"
	"inboxfs/queue/transfer"
)

// knowsWriters skips a test where nobody can tell who has a file open.
func knowsWriters(t *testing.T, r *rig) {
	t.Helper()
	r.write("probe", "")
	defer os.Remove(r.path("probe")) // made only to ask
	f, err := os.OpenFile(r.path("probe"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() // likewise
	reader, err := os.Open(r.path("probe"))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close() // likewise
	if !sameness.IsWritten(reader) {
		t.Skip("SKIPPED, NOTHING TESTED: here nobody can tell who has a file open")
	}
}

// TestSizeAndTimeOfAnUploadedFile puts a file into the spool that has the size and the time of one that was uploaded
// under its name.
func TestSizeAndTimeOfAnUploadedFile(t *testing.T) {
	t.Parallel()
	relinked := func(t *testing.T, path string) { relink(t, path, elsewhere(t, "another")) }
	for what, c := range map[string]struct {
		keep    bool
		do      func(t *testing.T, path string)
		another bool
	}{
		"another content":           {false, func(t *testing.T, path string) { disguise(t, path, "another") }, true},
		"kept, another content":     {true, func(t *testing.T, path string) { disguise(t, path, "another") }, true},
		"the same content":          {false, func(t *testing.T, path string) { disguise(t, path, "content") }, false},
		"kept, the same content":    {true, func(t *testing.T, path string) { disguise(t, path, "content") }, false},
		"nothing":                   {false, func(*testing.T, string) {}, false},
		"a link to another content": {false, relinked, true},
		"kept, a link to another":   {true, relinked, true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *Options) { o.Keep = true })
			id := r.drop("a", "content")
			r.up.next(t).succeed()
			r.state("a", list.Success)
			r.mu.Lock()
			r.list.Get(id).goes = !c.keep // as if it was killed before that went
			r.stageRowLocked(r.list.Get(id))
			r.mu.Unlock()
			r.close()
			c.do(t, r.path("a"))
			for range 2 {
				r = openRig(t, r.dir, func(o *Options) { o.Keep = c.keep })
				if c.another {
					u := r.up.next(t)
					if u.job.ID == id {
						t.Error("it has the entry of the other")
					}
					u.succeed()
				}
				if c.keep {
					r.up.none(t)
					if looks := r.looks("a"); !c.another && !strings.Contains(what, "link") {
						r.until(func() bool {
							r.mu.Lock()
							defer r.mu.Unlock()
							return r.list.Get(id).looksLocked(
								looks)
						},
							func() string { return "nobody compared it" })
					}
				} else {
					r.gone("a")
				}
				if info := r.state("a", list.Success); !c.another && info.ID != id {
					t.Errorf("it is #%d, and was #%d", info.ID, id)
				}
				r.close()
				c.another = false
				id = r.find("a")
			}
		})
	}
}

func relink(t *testing.T, path, to string) {
	t.Helper()
	if err := errors.Join(os.Remove(path), os.Symlink(to, path)); err != nil {
		t.Fatal(err)
	}
}

// TestCopyOfBefore: what was uploaded by an inboxfs that left no mark is compared before it goes, and left as it is
// where it stays.
func TestCopyOfBefore(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, keep := range []bool{false, true} {
		r := newRig(t, func(o *Options) { o.Keep = true })
		id := r.drop("a", "content")
		r.up.next(t).succeed()
		r.state("a", list.Success)
		r.mu.Lock()
		r.list.Get(id).mark, r.list.Get(id).goes = 0, !keep
		r.stageRowLocked(r.list.Get(id))
		r.mu.Unlock()
		r.close()
		if keep {
			disguise(t, r.path("a"), "another")
		}
		r = openRig(t, r.dir, func(o *Options) { o.Keep = keep })
		r.up.none(t)
		if _, err := os.Stat(r.path("a")); keep && err != nil {
			t.Error(err)
		}
		if !keep {
			r.gone("a")
		}
	}
}

// TestPartsOfBefore: what an older inboxfs sent of a file counts where it equals that.
func TestPartsOfBefore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.drop("a", "12345678")
	u := r.up.next(t)
	u.begin(t, "U")
	u.watch.Acked(transfer.Part{Number: 1, Size: 4}, 0)
	if err := r.Do(t.Context(), Stop); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.list.Get(id).mark = 0
	r.stageRowLocked(r.list.Get(id))
	r.mu.Unlock()
	r.close()
	r = openRig(t, r.dir)
	u = r.up.next(t)
	if like := u.job.Like(r.stat("a")); like != transfer.Alike {
		t.Errorf("it is %v", like)
	}
	u.job.Took(r.stat("a"))
	if like := u.job.Like(r.stat("a")); like != transfer.Same {
		t.Errorf("taken it is %v", like)
	}
	if err := r.Do(t.Context(), Stop); err != nil { // which is in the journal behind all that
		t.Fatal(err)
	}
	dir := r.killed()
	r = openRig(t, dir) // what was sent of it counts no more than before, although it looks as it did
	if u = r.up.next(t); u.job.Resume == nil || !u.job.Resume.Ahead {
		t.Errorf("after a kill it goes on from %+v", u.job.Resume)
	}
}

// TestPartsAfterALossOfPower: a disk may have what was written last and not the times of that, so parts count where
// they equal what is there.
func TestPartsAfterALossOfPower(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, lost := range []bool{false, true} {
		r := newRig(t)
		r.drop("a", "12345678")
		u := r.up.next(t)
		u.begin(t, "U")
		u.watch.Acked(transfer.Part{Number: 1, Size: 4}, 0)
		if lost {
			r.mu.Lock()
			wait := r.commitLocked(commit.Change{Batch: journal.Batch{Boot: "the one before"}})
			r.mu.Unlock()
			if err := wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Do(t.Context(), Stop); err != nil { // which is in the journal behind all that
			t.Fatal(err)
		}
		r = openRig(t, r.killed())
		if u = r.up.next(t); u.job.Resume == nil || len(u.job.Resume.Parts) != 1 || u.job.Resume.Ahead != lost {
			t.Errorf("lost %v: it goes on from %+v", lost, u.job.Resume)
		}
	}
}

// TestWriterPastTheQueue has a program hold a drop open that the filesystem knows nothing of.
func TestWriterPastTheQueue(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t, func(o *Options) { o.Start = false })
	knowsWriters(t, r)
	id := r.Open("a", true)
	info := r.write("a", "1234")
	writer := openPast(t, r.path("a"))
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	r.until(func() bool { info, _ := r.Status("a"); return info.Message != "" },
		func() string { return "nobody says why it waits" })
	if info, _ := r.Status("a"); info.State != list.Receiving || info.Error != "" {
		t.Errorf("it is %v: %s", info.State, info.Error)
	}
	closePast(t, writer, "12345678")
	if info := r.state("a", list.Ready); info.Size != 8 || info.Message != "" {
		t.Errorf("it has %d bytes: %s", info.Size, info.Message)
	}

	// Before Complete: what was sent stays, until it shows that the content is another.
	if err := r.Do(t.Context(), Start); err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{"", "another!", "longer than before"} {
		u := r.up.next(t)
		if u.job.Resume == nil {
			u.begin(t, "U")
		}
		u.watch.Acked(transfer.Part{Number: 1, Size: 4}, 0)
		writer := openPast(t, r.path("a"))
		u.fail(transfer.Final, transfer.CodeBusy)
		r.until(func() bool { info, _ := r.Status("a"); return info.State == list.Receiving && info.Message != "" },
			func() string { return "it does not wait" })
		closePast(t, writer, change)
		r.state("a", list.Uploading)
	}
	u := r.up.next(t)
	if u.job.Resume == nil || u.job.Resume.UploadID != "U" || !u.job.Resume.Ahead {
		t.Errorf("it goes on from %+v", u.job.Resume)
	}
	if u.job.Size != int64(len("longer than before")) {
		t.Errorf("the job is of %d bytes", u.job.Size)
	}

	// Before the copy goes: it stays until it is closed, and is a new drop if something was written.
	writer = openPast(t, r.path("a"))
	u.succeed()
	r.state("a", list.Success)
	r.sweepFiles()
	closePast(t, writer, "once more")
	r.mu.Lock()
	if r.list.Get(u.job.ID).bare {
		t.Error("it is gone")
	}
	r.mu.Unlock()
	r.sweepAgain()
	r.sweepFiles()
	if again := r.up.next(t); again.job.ID == u.job.ID || again.job.Size < 9 {
		t.Errorf("#%d is uploaded, of %d bytes", again.job.ID, again.job.Size)
	}
	added := 0
	for _, event := range r.events("OnFileAdded:a") {
		if event == "OnFileAdded:a" {
			added++
		}
	}
	if added < 3 { // as it was dropped, with each other content, and once more
		t.Errorf("it was added %d times", added)
	}
}

func openPast(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// closePast writes something, if it is not "", and closes the file.
func closePast(t *testing.T, f *os.File, content string) {
	t.Helper()
	_, err := f.WriteString(content)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestReplacedJustBeforeAKill puts a file of the same size and time in the place of one of which something was sent,
// and kills the daemon before it has written that down.
func TestReplacedJustBeforeAKill(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "12345678")
	u := r.up.next(t)
	u.begin(t, "U")
	u.watch.Acked(transfer.Part{Number: 1, Size: 4}, 0)
	r.drop(".b", "abcdefgh")
	if err := r.Do(t.Context(), Stop); err != nil { // which is in the journal behind all that
		t.Fatal(err)
	}
	dir := r.killed()
	info, err := os.Stat(filepath.Join(dir, "inbox", "a"))
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "inbox", ".b")
	err = errors.Join(os.Chtimes(other, info.ModTime(), info.ModTime()),
		os.Rename(other, filepath.Join(dir, "inbox", "a")))
	if err != nil {
		t.Fatal(err)
	}
	r = openRig(t, dir)
	u = r.up.next(t)
	if like := u.job.Like(r.stat("a")); like != transfer.Alike {
		t.Errorf("it is %v", like)
	}
}
