package upload

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"testing"
	"time"

	"inboxfs/queue/transfer"
)

func TestFileChanged(t *testing.T) {
	t.Parallel()
	later := time.Now().Add(time.Hour)
	change := map[string]func(t *testing.T, path string){
		"written":  func(t *testing.T, path string) { rewrite(t, path, later) },
		"replaced": func(t *testing.T, path string) { replace(t, path) },
		"shorter": func(t *testing.T, path string) {
			if err := os.Truncate(path, part/2); err != nil {
				t.Error(err)
			}
		},
		"removed": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		},
	}
	for name, do := range change {
		for _, size := range []int{part, 4 * part} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f, w := newFake(), &watcher{}
				f.piece = part / 2
				job, _ := file(t, size)
				f.fault = func(op string, n, _ int) outcome {
					if op == "Put" || op == "UploadPart" && n == 2 {
						do(t, job.Path)
					}
					return outcome{}
				}
				_, err := New(f, small(1)).Upload(t.Context(), job, w)
				kind(t, err, transfer.Final, "FileChanged")
				if len(f.objects) != 0 || len(f.uploads) != 0 {
					t.Errorf("left behind: %d objects, %d uploads", len(f.objects), len(f.uploads))
				}
			})
		}
	}
}

// TestFileGoneMeanwhile removes the file while the server is asked whether it has it, or before an empty one is sent:
// what was found there is not what is here any more.
func TestFileGoneMeanwhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		size  int
		again func(job *transfer.Job, o *Options, w *watcher) // what makes the second run ask
	}{
		"in doubt":           {5, func(job *transfer.Job, _ *Options, _ *watcher) { job.Doubt = true }},
		"in doubt, in parts": {3 * part, func(job *transfer.Job, _ *Options, _ *watcher) { job.Doubt = true }},
		"completed before":   {3 * part, func(job *transfer.Job, _ *Options, w *watcher) { job.Resume = w.resume() }},
		"not to be replaced": {5, func(job *transfer.Job, o *Options, _ *watcher) {
			job.Doubt, o.Overwrite = true,
				"forbid"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, w := newFake(), &watcher{}
			job, _ := file(t, c.size)
			if _, err := New(f, small(1)).Upload(t.Context(), job, w); err != nil {
				t.Fatal(err)
			}
			o := small(1)
			c.again(&job, &o, w)
			stored := maps.Clone(f.objects)
			f.fault = func(op string, _, nth int) outcome {
				switch {
				case op == "Head" && nth == 1 && o.Overwrite == "forbid":
					clear(f.objects) // it does not show yet
				case op == "Head":
					_ = os.Remove(job.Path) // it may be asked twice
				case op == "Put":
					f.objects = stored
				}
				return outcome{}
			}
			_, err := New(f, o).Upload(t.Context(), job, w)
			kind(t, err, transfer.Final, "FileChanged")
		})
	}
	t.Run("empty", func(t *testing.T) {
		t.Parallel()
		f := newFake()
		job, _ := file(t, 0)
		// the first time it is asked
		job.Like = func(fs.FileInfo) transfer.Likeness { _ = os.Remove(job.Path); return transfer.Same }
		_, err := New(f, small(1)).Upload(t.Context(), job, &watcher{})
		kind(t, err, transfer.Final, "FileChanged")
		if len(f.objects) != 0 {
			t.Error("an object was made")
		}
	})
}

func TestLikeIsAsked(t *testing.T) {
	t.Parallel()
	f := newFake()
	job, _ := file(t, 3*part)
	asked := 0
	job.Like = func(fs.FileInfo) transfer.Likeness {
		if asked++; asked < 2 {
			return transfer.Same
		}
		return transfer.Other
	}
	_, err := New(f, small(1)).Upload(t.Context(), job, &watcher{})
	kind(t, err, transfer.Final, "FileChanged")
	if asked != 2 || f.count("Complete") != 0 || f.count("UploadPart") != 3 {
		t.Errorf("asked %d times, requests %q", asked, f.log)
	}
}

func TestBadSource(t *testing.T) {
	t.Parallel()
	f := newFake()
	u := New(f, small(1))
	gone, _ := file(t, 5)
	gone.Path += ".not"
	_, err := u.Upload(t.Context(), gone, &watcher{})
	kind(t, err, transfer.Final, "FileNotExist")
	longer, _ := file(t, 5)
	longer.Size = 4
	_, err = u.Upload(t.Context(), longer, &watcher{})
	kind(t, err, transfer.Final, "FileChanged")
	folder, _ := file(t, 5)
	folder.Path = t.TempDir()
	_, err = u.Upload(t.Context(), folder, &watcher{})
	kind(t, err, transfer.Final, "FileChanged")
	if os.Geteuid() != 0 {
		secret, _ := file(t, 5)
		if err := os.Chmod(secret.Path, 0); err != nil {
			t.Fatal(err)
		}
		_, err = u.Upload(t.Context(), secret, &watcher{})
		kind(t, err, transfer.Final, "PermissionDenied")
	}
	if len(f.log) != 0 {
		t.Errorf("requests %q", f.log)
	}
}

func rewrite(t *testing.T, path string, mtime time.Time) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Error(err)
		return
	}
	if _, err := f.WriteAt([]byte("changed"), part/2); err != nil {
		t.Error(err)
	}
	if err := errors.Join(f.Close(), os.Chtimes(path, mtime, mtime)); err != nil {
		t.Error(err)
	}
}

func replace(t *testing.T, path string) {
	old, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path+".new", old, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		t.Error(err)
	}
}

// TestReferenceChangesAtLast changes somebody else's file when its last byte was sent, and before the server answers:
// that the upload was a success would not be true of the file. What is removed then was uploaded.
func TestReferenceChangesAtLast(t *testing.T) {
	t.Parallel()
	later := time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		do    func(t *testing.T, path string)
		ours  bool
		fails bool
	}{
		"written":    {do: func(t *testing.T, path string) { rewrite(t, path, later) }, fails: true},
		"replaced":   {do: func(t *testing.T, path string) { replace(t, path) }, fails: true},
		"removed":    {do: func(t *testing.T, path string) { _ = os.Remove(path) }},
		"left alone": {do: func(*testing.T, string) {}},
		// the queue is told
		"a drop of ours": {do: func(t *testing.T, path string) { rewrite(t, path, later) }, ours: true},
	} {
		for _, size := range []int{part, 4 * part} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f, w := newFake(), &watcher{}
				job, _ := file(t, size)
				job.Ours = c.ours
				f.taken = func(context.Context) { c.do(t, job.Path) }
				f.fault = func(op string, _, _ int) outcome {
					if op == "Complete" {
						c.do(t, job.Path)
					}
					return outcome{}
				}
				_, err := New(f, small(1)).Upload(t.Context(), job, w)
				if c.fails {
					kind(t, err, transfer.Final, "FileChanged")
				} else if err != nil {
					t.Error(err)
				}
			})
		}
	}
}
