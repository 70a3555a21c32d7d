package queue

import (
	"os"
	"slices"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// written opens a file as a writer does, and lets it grow to content.
func (r *rig) writing(name, content string) transfer.ID {
	r.t.Helper()
	id := r.Open(name, true)
	r.write(name, content)
	return id
}

func streaming(o *Options) { o.Stream = true }

// ahead begins what is sent ahead of a file, and acknowledges its first part.
func (u *fakeUpload) ahead(t *testing.T) {
	t.Helper()
	if !u.job.Ahead {
		t.Fatalf("%s is uploaded, and still being written", u.job.Name)
	}
	u.begin(t, "U")
	u.watch.Acked(transfer.Part{Number: 1, Size: 4, CRC64: 1, ETag: "E"}, 0)
}

// TestStream sends a file ahead while it is written, and goes on from what arrived when it is complete. Nothing is told
// of it before.
func TestStream(t *testing.T) {
	t.Parallel()
	r := newRig(t, streaming)
	id := r.writing("a", "content")
	u := r.up.next(t)
	u.ahead(t)
	if i := r.state("a", list.Receiving); i.Uploaded != 4 {
		t.Errorf("uploaded %d", i.Uploaded)
	}
	u.end <- fakeEnd{}
	info := r.write("a", "content and more")
	u = r.up.next(t)
	if !u.job.Ahead || u.job.Size != 16 || u.job.Resume == nil || len(u.job.Resume.Parts) != 1 {
		t.Errorf("then: %+v", u.job)
	}
	u.watch.Acked(transfer.Part{Number: 2, Size: 4, CRC64: 1, ETag: "E"}, 0)
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	<-u.job.Drain
	u = r.up.next(t)
	if m := u.job.Resume; u.job.Ahead || m == nil || m.UploadID != "U" || len(m.Parts) != 2 || !m.Ahead {
		t.Errorf("in the end: %+v, resumes %+v", u.job, m)
	}
	u.watch.Started("b", "a", "U")
	u.succeed()
	if all := r.told("a"); !slices.Equal(all, []string{"OnFileAdded", "OnUploadStarted", "OnUploadSucceed"}) {
		t.Errorf("told of it: %q", all)
	}
	if len(r.up.aborted) > 0 {
		t.Errorf("aborted %q", r.up.aborted)
	}
}

// TestStreamThatIsTakenBack does what makes the parts that were sent ahead worth nothing: they are aborted.
func TestStreamThatIsTakenBack(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(r *rig, id transfer.ID){
		"renamed": func(r *rig, id transfer.ID) {
			if err := os.Rename(r.path("a"), r.path("b")); err != nil {
				r.t.Fatal(err)
			}
			r.Renamed("a", "b", 1, Owner)
		},
		"removed": func(r *rig, id transfer.ID) {
			if err := os.Remove(r.path("a")); err != nil {
				r.t.Fatal(err)
			}
			r.Removed("a")
		},
		"canceled": func(r *rig, id transfer.ID) { r.refusedNot(r.DoFile(r.t.Context(), Cancel, id)) },
		"deleted":  func(r *rig, id transfer.ID) { r.refusedNot(r.DoFile(r.t.Context(), Delete, id)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, streaming)
			id := r.writing("a", "content")
			u := r.up.next(t)
			u.ahead(t)
			do(r, id)
			<-u.ctx.Done()
			r.until(func() bool {
				r.up.mu.Lock()
				defer r.up.mu.Unlock()
				return slices.Equal(r.up.aborted,
					[]string{"U"})
			},
				func() string { return "not aborted" })
		})
	}
}

func (r *rig) refusedNot(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestStreamStops stops the queue, kills the daemon, and meets the end of credentials while a file is sent ahead.
func TestStreamStops(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t, streaming)
	r.writing("a", "content")
	u := r.up.next(t)
	u.ahead(t)
	r.refusedNot(r.Do(t.Context(), Pause))
	<-u.ctx.Done()
	r.refusedNot(r.Do(t.Context(), Resume))
	u = r.up.next(t)
	u.fail(transfer.Renew, "SecurityTokenExpired")
	r.until(func() bool { return r.Summary().State == list.Expired },
		func() string { return "nobody hears of the expiry" })
	r.Renewed()
	u = r.up.next(t)
	if m := u.job.Resume; !u.job.Ahead || m == nil || len(m.Parts) != 1 {
		t.Errorf("then: %+v", u.job)
	}
	r.refusedNot(r.Do(t.Context(), Pause)) // which is in the journal, and all before
	dir := r.killed()
	r.close()

	r = openRig(t, dir, streaming) // its writer is gone
	i := r.state("a", list.Held)
	r.refusedNot(r.Do(t.Context(), Resume))
	r.refusedNot(r.DoFile(t.Context(), Release, i.ID))
	u = r.up.next(t)
	if m := u.job.Resume; u.job.Ahead || m == nil || m.UploadID != "U" || len(m.Parts) != 1 || m.Header != 9 ||
		!m.Ahead {
		t.Errorf("after the kill: %+v, resumes %+v", u.job, m)
	}
}

// TestNoStream is what is not sent ahead.
func TestNoStream(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t, streaming)
	r.writing("a.part", "content") // gets another name
	r.writing("b.aria2", "state")
	r.writing("b", "content with holes")
	r.drop("c", "content")
	r.up.next(t).succeed()
	r.state("c", list.Success)
	r.writing("empty", "")
	f, err := os.Create(r.path("gap"))
	if err != nil {
		t.Fatal(err)
	}
	r.Open("gap", true)
	if err := f.Truncate(1 << 20); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it looks each second
		for range 3 * int(streamEvery/(50e6)) / 2 {
			r.up.none(t)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestHeldFileThatIsRenamed aborts what was sent of it: the key follows the name.
func TestHeldFileThatIsRenamed(t *testing.T) {
	t.Parallel()
	r := newRig(t, streaming)
	r.writing("a", "content")
	r.up.next(t).ahead(t)
	r.refusedNot(r.Do(t.Context(), Pause)) // which is in the journal, and all before
	dir := r.killed()
	r.close()
	r = openRig(t, dir, streaming)
	r.state("a", list.Held)
	if err := os.Rename(r.path("a"), r.path("b")); err != nil {
		t.Fatal(err)
	}
	r.Renamed("a", "b", 0, Owner)
	r.until(func() bool { r.up.mu.Lock(); defer r.up.mu.Unlock(); return slices.Equal(r.up.aborted, []string{"U"}) },
		func() string { return "its upload is forgotten" })
}
