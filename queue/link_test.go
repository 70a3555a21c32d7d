package queue

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/sameness"
	"inboxfs/queue/transfer"
)

// link makes a symbolic link as the filesystem does.
func (r *rig) link(name, text string) {
	r.t.Helper()
	defer r.Guard(name)()
	if err := os.Symlink(text, r.path(name)); err != nil {
		r.t.Fatal(err)
	}
	r.Symlinked(name, text, "", Owner)
}

// elsewhere makes a file outside the spool.
func elsewhere(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLinkTakesTheNameOfADrop and the other way round: same entry, new content.
func TestLinkTakesTheNameOfADrop(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	path := elsewhere(t, "12345")
	id := r.drop("a", "content")
	r.state("a", list.Ready)
	r.link("new", path)
	if got := r.rename("new", "a", 0); got != id {
		t.Errorf("it is #%d, was #%d", got, id)
	}
	if info := r.state("a", list.Ready); info.Path != path || info.Size != 5 {
		t.Errorf("it is %s of %d bytes", info.Path, info.Size)
	}
	r.drop("file", "content")
	if got := r.rename("file", "a", 0); got != id {
		t.Errorf("it is #%d, was #%d", got, id)
	}
	if info := r.state("a", list.Ready); info.Path != "" || info.Size != 7 {
		t.Errorf("it is %s of %d bytes", info.Path, info.Size)
	}
	if len(r.List()) != 1 {
		t.Errorf("the list is %v", r.List())
	}
}

// TestLinkThatWasUploadedGoes, and the file it leads to stays; so it is with deleteFile and clear.
func TestLinkThatWasUploadedGoes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := elsewhere(t, "12345")
	for _, end := range []func(){
		func() { r.up.next(t).succeed() },
		func() {
			r.up.next(t)
			if err := r.DoFile(t.Context(), Delete, r.find("a")); err != nil {
				t.Fatal(err)
			}
		},
		func() {
			r.up.next(t)
			if _, err := r.Clear(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
	} {
		r.link("a", path)
		end()
		r.gone("a")
		if _, err := os.Lstat(path); err != nil {
			t.Fatal(err)
		}
	}
}

func (r *rig) find(name string) transfer.ID {
	r.t.Helper()
	id, err := r.Find(name)
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// TestLinksWaitForTheMount: before it is known nobody could tell what lies in it.
func TestLinksWaitForTheMount(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := openUnmounted(t, t.TempDir())
	r.link("a", elsewhere(t, "content"))
	r.drop("b", "content")
	r.up.next(t).succeed()
	r.state("b", list.Success)
	if info, _ := r.Status("a"); info.State != list.Receiving {
		t.Errorf("it is %v", info.State)
	}
	if err := r.Mounted(""); err != nil {
		t.Fatal(err)
	}
	r.up.next(t).succeed()
	r.state("a", list.Success)
	r.link("c", elsewhere(t, "content"))
	r.up.next(t)
	r.close()
	r = openUnmounted(t, r.dir) // it goes on, but reads nothing yet
	u := r.up.next(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := u.job.Open(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("opening it says %v", err)
	}
}

// TestTouchedLinkIsTheSame: times of the link are not those of the file.
func TestTouchedLinkIsTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	r.link("a", elsewhere(t, "content"))
	r.state("a", list.Ready)
	r.Touched("a", sameness.Print{}, sameness.Print{ModTime: 1})
	if err := r.Do(t.Context(), Start); err != nil {
		t.Fatal(err)
	}
	u := r.up.next(t)
	f, err := u.job.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if u.job.Like(info) != transfer.Same {
		t.Error("the file is taken for another")
	}
	u.succeed()
	r.state("a", list.Success)
}

// TestJobOfALinkFollowsNone that somebody put in its way later.
func TestJobOfALinkFollowsNone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := errors.Join(os.Mkdir(folder, 0o755), os.WriteFile(filepath.Join(folder, "a"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	r.link("a", filepath.Join(folder, "a"))
	u := r.up.next(t)
	if err := errors.Join(os.Rename(folder, folder+"2"), os.Symlink(folder+"2", folder)); err != nil {
		t.Fatal(err)
	}
	var problem *transfer.Error
	if _, err := u.job.Open(t.Context()); !errors.As(err, &problem) || problem.Code != "FileChanged" {
		t.Errorf("it says %v", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := u.job.Open(t.Context()); !errors.As(err, &problem) || problem.Code != "FileNotExist" {
		t.Errorf("it says %v", err)
	}
	u.fail(transfer.Final, "FileNotExist")
	r.state("a", list.Failure)
}

// TestMovedFolderOfLinks: they are looked at anew, since a relative one leads elsewhere now.
func TestMovedFolderOfLinks(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	if err := os.MkdirAll(r.path("d"), 0o755); err != nil {
		t.Fatal(err)
	}
	r.link("d/a", elsewhere(t, "content"))
	r.state("d/a", list.Ready)
	unlock := r.GuardAll()
	if err := os.Rename(r.path("d"), r.path("e")); err != nil {
		t.Fatal(err)
	}
	r.Renamed("d", "e", 0, Owner)
	unlock()
	if info := r.state("e/a", list.Ready); info.Size != 7 {
		t.Errorf("it has %d bytes", info.Size)
	}
}

func TestAsideTellsWhy(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	r.drop("sub/film.mp4", "content")
	r.drop("sub/film.mp4.aria2", "content")
	r.drop("fine", "content")
	r.drop(".hidden", "content")
	r.write(".DS_Store", "ignored")
	r.write(".Trash-1000/files/old", "ignored")
	r.link("dangling", "/no/such/file")
	r.link(".#lock", "user@host")
	r.state("dangling", list.Held)
	r.state("fine", list.Ready)
	want := []string{"ignored .#lock", "ignored .DS_Store", "ignored .Trash-1000/files/old", "temporary .hidden",
		"link dangling",
		"companion sub/film.mp4", "temporary sub/film.mp4.aria2"}
	r.until(func() bool { return r.Summary().Waiting == 3 }, func() string { return "there are not 3 that wait" })
	found, more, err := r.Aside()
	var got []string
	for _, f := range found {
		got = append(got, f.Why+" "+f.Name)
		if f.Modified.IsZero() || f.Size == 0 {
			t.Errorf("%+v", f)
		}
	}
	if !slices.Equal(got, want) || more || err != nil {
		t.Errorf("aside are %v, %v, %v", got, more, err)
	}
}

// TestAsideIsBounded in what it shows, and in what it looks at.
func TestAsideIsBounded(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t)
	for i := range asideMost + 10 {
		if err := os.WriteFile(r.path("._"+strings.Repeat("x", i%100)+string(rune('a'+i/100%26))+
			time.Duration(i).String()), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found, more, err := r.Aside()
	if len(found) != asideMost || !more || err != nil {
		t.Errorf("%d files, more %v, %v", len(found), more, err)
	}
}

// TestAddIsLetGo when its writer is interrupted, or the queue ends, while nobody knows the mount.
func TestAddIsLetGo(t *testing.T) {
	t.Parallel()
	r := openUnmounted(t, t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := r.Add(ctx, elsewhere(t, "content")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it says %v", err)
	}
	time.AfterFunc(10*time.Millisecond, r.Drain)
	if _, err := r.Add(t.Context(), elsewhere(t, "content")); err == nil {
		t.Error("a file was added to a queue that ends")
	}
}

// TestLinkInTheWayOfAnUpload puts links in the place of a drop, and of its folder, below the queue, as another user can
// who is just a moment faster than we hear of it.
func TestLinkInTheWayOfAnUpload(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	outside := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(outside, name), []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.drop("a", "content")
	r.drop("d/b", "content")
	r.drop("c", "content")
	r.drop("another", "content")
	for _, link := range []struct{ name, target string }{{"a", filepath.Join(outside, "a")}, {"d", outside},
		{"c", "another"}} {
		u := r.up.next(t)
		f, err := u.job.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Close(), os.RemoveAll(r.path(link.name)),
			os.Symlink(link.target, r.path(link.name))); err != nil {
			t.Fatal(err)
		}
		if f, err := u.job.Open(t.Context()); err == nil {
			t.Errorf("%s leads to %s", u.job.Name, f.Name())
			_ = f.Close() // it is wrong anyway
		}
		u.fail(transfer.Final, "AccessDenied")
	}
}

// TestAddOfOneName refuses a second file of another folder under the name, and so the key, of one that is listed.
func TestAddOfOneName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := func(folder string) string {
		at := filepath.Join(t.TempDir(), folder, "a.mp4")
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755),
			os.WriteFile(at, []byte(folder), 0o644)); err != nil {
			t.Fatal(err)
		}
		return at
	}
	one, two := path("one"), path("two")
	add := func(path string) error {
		_, err := r.Add(t.Context(), path)
		return err
	}
	if err := add(one); err != nil {
		t.Fatal(err)
	}
	r.up.next(t).succeed()
	r.state("a.mp4", list.Success)
	if err := add(two); !errors.Is(err, transfer.ErrBusy) || !strings.Contains(err.Error(), "clear finished") {
		t.Errorf("a file of another folder: %v", err)
	}
	if err := add(one); err != nil {
		t.Errorf("the same once more: %v", err)
	}
	r.up.next(t).succeed()
	r.state("a.mp4", list.Success)
	if _, err := r.ClearFinished(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := add(two); err != nil {
		t.Errorf("once the other is off the list: %v", err)
	}
}
