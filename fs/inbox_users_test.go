package fs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// needOther returns the credentials of an ordinary user; skips where we cannot become one.
func needOther(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED, NOTHING TESTED: only root can become another user")
	}
	return &syscall.Credential{Uid: 65534, Gid: 65534}
}

// openWay lets every user pass through the temporary directories above path.
func openWay(t *testing.T, path string) {
	t.Helper()
	for dir := path; strings.HasPrefix(dir, os.TempDir()) && dir != os.TempDir(); dir = filepath.Dir(dir) {
		if dir == path {
			continue // it may be a mount
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if st, err := os.Stat(path); err == nil && st.Mode().Perm()&0o055 != 0o055 {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// as runs a script as another user; see sh.
func (it *inboxTest) as(t *testing.T, who *syscall.Credential, script string) (string, int) {
	t.Helper()
	c := it.command(t, script)
	c.SysProcAttr.Credential = who
	out, err := c.CombinedOutput()
	if _, ok := err.(*exec.ExitError); err != nil && !ok {
		t.Fatalf("%s: %v", script, err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// TestInboxOwners has another user drop files through the mount of root.
func TestInboxOwners(t *testing.T) {
	t.Parallel()
	other := needOther(t)
	for mode, passthrough := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			it := mountInbox(t, passthrough, func(o *Options) { o.AllowOther = true })
			openWay(t, it.dir)
			it.ok(t,
				"chmod 1777 $M/inbox; mkdir -m 2777 $M/inbox/group; mkdir -m 700 $M/inbox/mine; "+
					"chgrp 12345 $M/inbox/group; chmod 2777 $M/inbox/group; echo secret > $M/inbox/mine/f")
			out, code := it.as(t, other,
				`cd $M/inbox && umask 077 && echo x > f && mkdir d && ln -s f l && echo x > d/g && umask 0 && echo x > all &&
				mkdir -m 1777 sticky && echo x > group/f && mkdir group/d && stat -c '%n %u:%g %a' f d l d/g all sticky group/f group/d`)
			want := "f 65534:65534 600\nd 65534:65534 700\nl 65534:65534 777\nd/g 65534:65534 600\nall 65534:65534 " +
				"666\n" +
				"sticky 65534:65534 1777\ngroup/f 65534:12345 666\ngroup/d 65534:12345 2777\n"
			if code != 0 || out != want {
				t.Errorf("exit %d, got\n%swant\n%s", code, out, want)
			}
			for _, script := range []string{"cat $M/inbox/mine/f", "echo x > $M/inbox/mine/g", "chown 0 $M/inbox/f",
				"rm $M/inbox/mine/f"} {
				if out, code := it.as(t, other, script); code == 0 || !strings.Contains(strings.ToLower(out), "permi") {
					t.Errorf("%s as another user: exit %d, %q", script, code, out)
				}
			}
		})
	}
}

// TestInboxRefusals names what is refused, how, and where the reason can be read.
func TestInboxRefusals(t *testing.T) {
	t.Parallel()
	it := mountInbox(t, false)
	it.prepare(t, "cp $T/abc $M/inbox/f; mkdir $M/inbox/d; cp $T/abc $M/inbox/g")
	const invalid, denied = "Invalid argument", "Operation not permitted"
	for script, want := range map[string]string{
		// dash says only that it cannot create it
		"echo > $M/inbox/bad":                                          "bad",
		"cp $T/abc $M/inbox/bad":                                       invalid,
		"mkdir $M/inbox/bad":                                           invalid,
		"$EXE rename $M/inbox/f $M/inbox/bad":                          "invalid argument",
		"$EXE rename $M/inbox/f $M/inbox/d/bad":                        "invalid argument",
		"ln $M/inbox/f $M/inbox/bad":                                   invalid,
		"ln -s f $M/inbox/bad":                                         invalid,
		"$EXE mknod $M/inbox/bad":                                      "invalid argument",
		"mkfifo $M/inbox/fifo":                                         denied,
		"mv $M/inbox/f $M/f":                                           denied,
		"mv $M/inbox/f $M/status/f":                                    denied,
		"rmdir $M/inbox/d/../d/../../inbox":                            "",
		"$EXE noreplace $M/inbox/f $M/inbox/g":                         "file exists",
		"$EXE setxattr $M/inbox/f nosuch.space x":                      "not supported",
		"cat $M/inbox/gone":                                            "No such file or directory",
		"mkdir $M/inbox/e; cd $M/inbox/e; rmdir $M/inbox/e; echo > f":  "",
		"chattr +i $M/inbox/f":                                         "",
		"truncate -s 100 $M/inbox/gone --no-create; cat $M/inbox/gone": "No such file",
	} {
		out, code := it.sh(t, it.with(t, script))
		if code == 0 || !strings.Contains(out, want) {
			t.Errorf("%s: exit %d, %q; want %q", script, code, out, want)
		}
		if want == invalid && !strings.Contains(it.control.Reason(), "is a bad name") {
			t.Errorf("%s: control says %q", script, it.control.Reason())
		}
	}
	left, err := os.ReadDir(it.options.Inbox)
	if err != nil || len(left) != 3 {
		t.Errorf("left in the spool: %v, %v; want d, f and g", left, err)
	}
	it.rec.mu.Lock()
	defer it.rec.mu.Unlock()
	for _, call := range it.rec.calls {
		t.Errorf("the queue was told: %s", call)
	}
}

// TestInboxAttributes sets what the object can have, what it cannot, and what is no business of ours.
func TestInboxAttributes(t *testing.T) {
	t.Parallel()
	it := mountInbox(t, false)
	it.prepare(t, "cp $T/abc $M/inbox/f; mkdir $M/inbox/d")
	set := "$EXE setxattr $M/inbox/"
	for _, script := range []string{"f user.oss.storage-class IA", "f user.oss.meta.project alpha",
		"f user.vod.title T", "f user.DOSATTRIB x",
		"f user.ossified ''", "f user.oss.storage-class Archive", "d user.oss.acl private"} {
		it.ok(t, it.with(t, set+script))
	}
	for script, want := range map[string]string{
		"f user.oss.storage-class Foo": "user.oss.storage-class: Foo: is not one of Standard, IA,",
		"f user.oss.storageclass IA": "user.oss.storageclass: there is no such attribute; " +
			"those of oss.* are content-type,",
		"f user.vod.category news":     "user.vod.category: news:",
		"f user.oss.meta.PROJECT beta": "user.oss.meta.PROJECT: is there twice",
		"d user.oss.cache-control né":  "user.oss.cache-control: a header takes printable ASCII only",
	} {
		out, code := it.sh(t, it.with(t, set+script))
		if code == 0 || !strings.Contains(out, "invalid argument") {
			t.Errorf("%q: exit %d, %q", script, code, out)
		}
		if got := it.control.Reason(); !strings.HasPrefix(got, "error: invalid: "+want) {
			t.Errorf("%q: control says %q, want %q", script, got, want)
		}
	}
	value := make([]byte, 100)
	n, err := unix.Getxattr(filepath.Join(it.options.Inbox, "f"), "user.oss.storage-class", value)
	if err != nil || string(value[:n]) != "Archive" {
		t.Errorf("the spool has %q, %v", value[:max(n, 0)], err)
	}
}

// TestInboxTools runs programs whose mistakes would show.
func TestInboxTools(t *testing.T) {
	t.Parallel()
	it := mountInbox(t, os.Geteuid() == 0)
	got := it.ok(t, it.with(t, `set -e; cd $M/inbox; chmod 700 .
		mkdir -p a/b/c; cp $T/page a/b/c/f; mv a z; rmdir z/b 2>/dev/null || echo not empty
		for i in $(seq 300); do echo $i > z/b/c/$i; done; ls z/b/c | wc -l; find . -type f | wc -l
		cat z/b/c/* | wc -l; du -s --apparent-size z > /dev/null; rm z/b/c/*; ls -A z/b/c
		cp -a z y; diff -r z y; sync z/b; stat -f -c %T . > /dev/null; ln -s nowhere dangling; readlink dangling
		touch -d '2001-02-03 04:05:06 UTC' f; stat -c %Y f; chmod 4751 f; stat -c %a f; rm -r ./* ; ls -A`))
	if want := "not empty\n301\n301\n300\nnowhere\n981173106\n4751\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if avail := it.ok(t, "stat -f -c %a $M/inbox; stat -f -c %b $M/inbox"); strings.Contains("\n"+avail, "\n0\n") {
		t.Errorf("statfs shows no space: %q", avail)
	}
	if _, err := os.Stat(filepath.Join(it.options.Inbox, "f")); err == nil {
		t.Error("f was removed but is in the spool")
	}
}
