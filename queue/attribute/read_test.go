package attribute

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// xattrs is a file's attributes in memory, as the kernel tells them.
func xattrs(pairs ...string) Xattrs {
	answer := func(text string, dest []byte) (int, error) {
		if len(dest) > 0 && len(dest) < len(text) {
			return 0, syscall.ERANGE
		}
		return max(copy(dest, text), len(text)), nil
	}
	return Xattrs{
		List: func(dest []byte) (int, error) {
			var names strings.Builder
			for i := 0; i < len(pairs); i += 2 {
				names.WriteString(pairs[i] + "\x00")
			}
			return answer(names.String(), dest)
		},
		Get: func(name string, dest []byte) (int, error) {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return answer(pairs[i+1], dest)
				}
			}
			return 0, absent()
		},
	}
}

// absent is what the kernel says of an attribute that is not there.
func absent() error {
	for _, err := range []syscall.Errno{61, 93} { // ENODATA on Linux, ENOATTR on macOS
		if gone(err) {
			return err
		}
	}
	return syscall.ENOENT
}

func TestRead(t *testing.T) {
	t.Parallel()
	s, err := Read(xattrs("security.selinux", "u", "user.DOSATTRIB", "\x00\xff", "user.oss.storage-class", "IA",
		"user.oss.meta.Project", "alpha", "user.vod.title", "T", "user.osso", "x", "trusted.oss.acl", "world"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Set{"oss.storage-class": "IA", "oss.meta.project": "alpha", "vod.title": "T"}, s); diff != "" {
		t.Error(diff)
	}
	if s, err := Read(xattrs()); err != nil || len(s) != 0 {
		t.Errorf("no attributes: %v, %v", s, err)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for want, x := range map[string]Xattrs{
		"user.oss.storage-class: Foo":     xattrs("user.oss.storage-class", "Foo"),
		"user.oss.nosuch: there is no":    xattrs("user.oss.nosuch", "1"),
		"user.oss.meta.k: is there twice": xattrs("user.oss.meta.K", "1", "user.oss.meta.k", "2"),
		"oss.meta.*: the metadata has 8216": xattrs("user.oss.meta.a", strings.Repeat("x", 4096), "user.oss.meta.b",
			strings.Repeat("x", 4096)),
	} {
		if _, err := Read(x); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error is %v, want %s", err, want)
		}
	}
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	fail := func(err error) Xattrs {
		x := xattrs("user.oss.acl", "private")
		x.List = func([]byte) (int, error) { return 0, err }
		return x
	}
	if s, err := Read(fail(syscall.ENOTSUP)); err != nil || len(s) != 0 {
		t.Errorf("a file system without attributes: %v, %v", s, err)
	}
	if _, err := Read(fail(syscall.EIO)); !errors.Is(err, ErrUnreadable) || !errors.Is(err, syscall.EIO) {
		t.Errorf("a broken disk: %v", err)
	}
	x := xattrs("user.oss.acl", "private")
	x.Get = func(string, []byte) (int, error) { return 0, absent() }
	if s, err := Read(x); err != nil || len(s) != 0 {
		t.Errorf("an attribute that went meanwhile: %v, %v", s, err)
	}
	grows := 0
	x = xattrs("user.oss.acl", "private")
	get := x.Get
	x.Get = func(name string, dest []byte) (int, error) {
		if grows++; grows == 2 {
			return 0, syscall.ERANGE
		}
		return get(name, dest)
	}
	if s, err := Read(x); err != nil || s["oss.acl"] != "private" {
		t.Errorf("an attribute that grew meanwhile: %v, %v", s, err)
	}
}

func TestAccept(t *testing.T) {
	t.Parallel()
	half := strings.Repeat("x", 4090)
	for _, c := range []struct {
		name, value string
		x           Xattrs
		want        string // "": taken
	}{
		{"user.anything", "\xff", xattrs(), ""},
		{"security.capability", "\xff", xattrs("user.oss.acl", "world"), ""},
		{"user.oss.acl", "private", xattrs(), ""},
		{"user.oss.acl", "private", xattrs("user.oss.acl", "world"), ""},
		{"user.oss.acl", "private", xattrs("user.oss.nosuch", "1"), ""},
		{"user.oss.acl", "world", xattrs("user.oss.nosuch", "1"), "user.oss.acl: world: is not one of"},
		{"user.oss.meta.b", half, xattrs("user.oss.meta.b", half), ""},
		{"user.oss.meta.b", half, xattrs("user.oss.meta.a", half), "oss.meta.*: the metadata has 8204 bytes"},
		{"user.oss.meta.B", "2", xattrs("user.oss.meta.b", "1"), "user.oss.meta.B: is there twice"},
		{"user.oss.server-side-encryption", "AES256", xattrs("user.oss.server-side-encryption-key-id", "k"),
			"oss.server-side-encryption-key-id: goes only"},
	} {
		err := Accept(c.x, c.name, []byte(c.value))
		if (c.want == "") != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s=%.20q: %v, want %q", c.name, c.value, err, c.want)
		}
	}
}
