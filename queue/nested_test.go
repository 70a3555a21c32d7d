package queue

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/seal"
)

// TestSpoolInTheInbox has a spool come to lie in the inbox in every way there is: nothing of it is uploaded or removed,
// and what was dropped beside it is.
func TestSpoolInTheInbox(t *testing.T) {
	t.Parallel()
	spool := []string{"journal.db", "lock", "events.log", "inbox/large.mov", "inbox/pending.mov"}
	for name, come := range map[string]func(r *rig){
		"copied": func(r *rig) {
			for _, file := range spool {
				r.write("s/"+file, file)
			}
			if err := os.Truncate(r.path("s/inbox/large.mov"), seal.LargeSize); err != nil {
				r.t.Fatal(err)
			}
			for _, file := range spool {
				info, err := os.Stat(r.path("s/" + file))
				if err != nil {
					r.t.Fatal(err)
				}
				r.Close(r.Open("s/"+file, true), Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
			}
		},
		"renamed": func(r *rig) {
			for _, file := range spool {
				r.write("outside/"+file, file)
			}
			if err := os.Rename(r.path("outside"), r.path("s")); err != nil {
				r.t.Fatal(err)
			}
			r.Renamed(".Trash/s", "s", 0, Owner)
		},
		"made around what is ready": func(r *rig) {
			if err := r.Do(r.t.Context(), Pause); err != nil {
				r.t.Fatal(err)
			}
			for _, file := range spool[1:] {
				r.drop("s/"+file, file)
				r.state("s/"+file, list.Ready)
			}
			r.drop("s/journal.db", "journal")
			r.state("s/journal.db", list.Held)
			if err := r.Do(r.t.Context(), Resume); err != nil {
				r.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opens := func(o *Options) { o.Uploader.(*fakeUploader).opens = true }
			r := newRig(t, opens)
			come(r)
			for _, file := range spool {
				r.state("s/"+file, list.Held)
				info, _ := r.Status("s/" + file)
				if info.Error != codeSpool || !strings.Contains(info.Message, `the folder "s" holds the spool`) ||
					!strings.Contains(info.Hint, "move") {
					t.Errorf("%s is held because of %s: %s (%s)", file, info.Error, info.Message, info.Hint)
				}
			}
			if all, _, err := r.Aside(); err != nil || len(all) != len(spool) || all[0].Why != "spool" {
				t.Errorf("aside: %v, %v", all, err)
			}
			id, err := r.Named("s/lock")
			if err != nil {
				t.Fatal(err)
			}
			for what, err := range map[string]error{"release": r.DoFile(t.Context(), Release, id),
				"delete": r.DoFile(t.Context(), Delete, id)} {
				if err == nil || !strings.Contains(err.Error(), "spool") {
					t.Errorf("%s: %v", what, err)
				}
			}
			if _, err := r.Clear(t.Context()); err == nil || !strings.Contains(err.Error(), "spool") {
				t.Errorf("clear: %v", err)
			}
			for _, file := range spool {
				if _, err := os.Lstat(r.path("s/" + file)); err != nil {
					t.Error(err)
				}
			}
			dir := r.dir
			r.close()
			r = openRig(t, dir, opens) // it knows of it, and begins
			r.state("s/lock", list.Held)
			if err := os.Rename(r.path("s/journal.db"), filepath.Join(dir, "j")); err != nil {
				t.Fatal(err)
			}
			if err := r.DoFile(t.Context(), Release, id); err != nil {
				t.Errorf("of what is none any more: %v", err)
			}
			if u := r.up.next(t); u.job.Name != "s/lock" {
				t.Errorf("%s is uploaded", u.job.Name)
			}
		})
	}
}

// TestSpoolInTheInboxAtTheStart refuses to begin around a spool that was put there behind the queue's back.
func TestSpoolInTheInboxAtTheStart(t *testing.T) {
	t.Parallel()
	for want, files := range map[string][]string{
		"inbox/a/b": {"a/b/journal.db", "a/b/events.log"},
		"inbox":     {"journal.db", "lock"},
		"": {"journal.db", "a/lock", "b/journal.db/x", "b/lock", "c/lock", "c/events.log", ".Trash/journal.db",
			".Trash/lock"},
	} {
		dir := t.TempDir()
		r := &rig{t: t, dir: dir}
		for _, file := range files {
			r.write(file, "")
		}
		log := slog.New(slog.DiscardHandler)
		j, recovered, err := Recover(filepath.Join(dir, "journal.db"), log)
		if err != nil {
			t.Fatal(err)
		}
		rules, err := names.Compile(names.DefaultIgnore, names.DefaultWait)
		if err != nil {
			t.Fatal(err)
		}
		q, err := New(Options{Inbox: filepath.Join(dir, "inbox"), Journal: j, Events: nowhere{}, Names: rules,
			Uploader: &fakeUploader{}, Files: 1, Log: log}, recovered)
		switch {
		case want == "" && err != nil, want != "" &&
			(err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, want)+" is the spool")):
			t.Errorf("with %q: %v", files, err)
		case err == nil:
			if err := q.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestSpoolCopyInASpool has a spool come to lie where a file is uploaded: it stays.
func TestSpoolCopyInASpool(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("d/a.mov", "content")
	u := r.up.next(t)
	r.write("d/journal.db", "")
	r.write("d/lock", "")
	u.succeed()
	r.state("d/a.mov", list.Success)
	r.sweepFiles()
	if _, err := os.Lstat(r.path("d/a.mov")); err != nil {
		t.Error(err)
	}
	if err := os.Remove(r.path("d/lock")); err != nil {
		t.Fatal(err)
	}
	r.sweepAgain()
	r.sweepFiles()
	if _, err := os.Lstat(r.path("d/a.mov")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it stays: %v", err)
	}
}
