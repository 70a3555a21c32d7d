package upload

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
)

// mark sets extended attributes of the job's file, pairs of name and value.
func mark(t *testing.T, job transfer.Job, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		err := unix.Setxattr(job.Path, pairs[i], []byte(pairs[i+1]), 0)
		if errors.Is(err, unix.ENOTSUP) {
			t.Skip("NOTHING TESTED: the temporary directory's file system has no extended attributes")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestHeadersOfPutAndInitiate(t *testing.T) {
	t.Parallel()
	defaults, err := attribute.Parse([]string{"oss.storage-class=IA", "oss.meta.project=alpha"})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{100, 3 * part} {
		f := newFake()
		o := small(2)
		o.Attributes = defaults
		job, _ := file(t, size)
		mark(t, job, "user.oss.storage-class", "Archive", "user.oss.meta.Take", "7", "user.other", "\xff",
			"user.vod.title", "T")
		if _, err := New(f, o).Upload(t.Context(), job, &watcher{}); err != nil {
			t.Fatal(err)
		}
		want := []map[string]string{{"Content-Type": "video/mp4", "X-Oss-Storage-Class": "Archive",
			"X-Oss-Meta-project": "alpha", "X-Oss-Meta-take": "7"}}
		if diff := cmp.Diff(want, f.headers); diff != "" {
			t.Errorf("%d bytes: %s", size, diff)
		}
	}
}

func TestContentTypeOfTheFile(t *testing.T) {
	t.Parallel()
	f := newFake()
	o := small(1)
	o.Attributes = attribute.Set{"oss.content-type": "video/x-default"}
	plain, _ := file(t, 10)
	own, _ := file(t, 11)
	mark(t, own, "user.oss.content-type", "video/x-own")
	for _, job := range []transfer.Job{plain, own} {
		if _, err := New(f, o).Upload(t.Context(), job, &watcher{}); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{"video/x-default", "video/x-own"} {
		if got := f.headers[i]["Content-Type"]; got != want {
			t.Errorf("upload %d is sent as %s, want %s", i+1, got, want)
		}
	}
}

// What was stored behind our back, and what is too much together with the configuration's, fails the file and sends
// nothing.
func TestAttributesThatCannotBe(t *testing.T) {
	t.Parallel()
	half := strings.Repeat("x", 3000)
	for _, c := range []struct {
		pairs []string
		want  string
	}{
		{[]string{"user.oss.storage-class", "Foo"}, "user.oss.storage-class: Foo"},
		{[]string{"user.oss.nosuch", "1"}, "user.oss.nosuch: there is no such attribute"},
		{[]string{"user.oss.meta.b", half}, "the metadata has "},
	} {
		f := newFake()
		o := small(1)
		o.Attributes = attribute.Set{"oss.meta.a": half, "oss.meta.c": half}
		job, _ := file(t, 10)
		mark(t, job, c.pairs...)
		_, err := New(f, o).Upload(t.Context(), job, &watcher{})
		kind(t, err, transfer.Final, "InvalidAttribute")
		if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "setfattr") {
			t.Errorf("%v does not say %q", err, c.want)
		}
		if len(f.log) != 0 {
			t.Errorf("%v was sent", f.log)
		}
	}
}

// A retried upload looks at the attributes anew.
func TestAttributesMended(t *testing.T) {
	t.Parallel()
	f := newFake()
	u := New(f, small(1))
	job, _ := file(t, 10)
	mark(t, job, "user.oss.acl", "world")
	_, err := u.Upload(t.Context(), job, &watcher{})
	kind(t, err, transfer.Final, "InvalidAttribute")
	mark(t, job, "user.oss.acl", "private")
	if _, err := u.Upload(t.Context(), job, &watcher{}); err != nil {
		t.Fatal(err)
	}
	if got := f.headers[0]["X-Oss-Object-Acl"]; got != "private" {
		t.Errorf("sent as %q", got)
	}
}
