package story

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unicode"
)

// as runs a script as another user, with these groups beside his own.
func (s *story) as(uid uint32, script string, groups ...uint32) (string, error) {
	s.t.Helper()
	c := exec.Command("bash", "-c", script)
	c.Dir, c.Env = "/", append(s.env, "DIR="+s.dir, "LC_ALL=C")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid, Groups: groups}}
	out, err := c.CombinedOutput()
	return string(out), err
}

// shared is a story with a mount of root that others may use.
func shared(t *testing.T, env ...string) *story {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("THIS STORY IS NOT TOLD: only root can become two other users")
	}
	s := begin(t, append([]string{"INBOXFS_ALLOW_OTHER=true", "INBOXFS_START=false"}, env...)...)
	s.sh("chmod 755 .. . ; chmod 1777 $MNT/inbox")
	return s
}

const someone = 54321 // another ordinary user

// TestTwoUsers has two users drop files through the mount of root, and each try what is not his to do.
func TestTwoUsers(t *testing.T) {
	t.Parallel()
	s := shared(t)
	s.sh("echo root only > secret; chmod 600 secret; echo root drops > root.mov; chmod 600 root.mov; " +
		"cp -p root.mov $MNT/inbox/; ln -s $PWD/secret $MNT/inbox/roots-link")
	if out, err := s.as(someone,
		"cd $MNT/inbox; umask 077; echo private > private.mov; mkdir mine; echo x > mine/x.mov; umask 022; "+
			"echo common > common.mov"); err != nil {
		t.Fatal(out)
	}
	s.sh("until test $(awk '$2 == \"ready\"' $MNT/list | wc -l) = 5; do sleep 0.02; done")
	for _, script := range []string{
		"cat $MNT/control", "echo start > $MNT/control", "echo delete private.mov >> $MNT/control", "rm $MNT/control",
		"chmod 666 $MNT/control",
		"echo x > $MNT/list", "echo x >> $MNT/events", "touch $MNT/x", "mv $MNT/inbox $MNT/y", "chmod 777 $MNT",
		"chown 65534 $MNT/inbox",
		"cat $MNT/inbox/private.mov", "echo x >> $MNT/inbox/private.mov", "truncate -s 0 $MNT/inbox/private.mov",
		"rm -f $MNT/inbox/private.mov",
		"mv $MNT/inbox/private.mov $MNT/inbox/taken.mov", "mv -T $MNT/inbox/root.mov $MNT/inbox/taken.mov",
		"chmod 777 $MNT/inbox/private.mov",
		"ls $MNT/inbox/mine", "cat $MNT/inbox/mine/x.mov", "echo x > $MNT/inbox/mine/y.mov",
		"rm -f $MNT/inbox/mine/x.mov", "cat $MNT/inbox/root.mov",
		"echo x >> $MNT/inbox/common.mov", "touch -d 2001-01-01 $MNT/inbox/common.mov", "rm -f $MNT/inbox/roots-link",
		"cat $MNT/inbox/roots-link",
		"ls $DIR/spool", "cat $DIR/spool/journal.db", "cat $DIR/spool/inbox/private.mov", "ls $DIR/spool/inbox",
		"setfattr -n user.oss.acl -v public-read $MNT/inbox/private.mov",
		"setfattr -n user.oss.acl -v public-read $MNT/inbox/common.mov",
		"setfattr -x user.oss.acl $MNT/inbox/common.mov", "getfattr -n user.oss.acl $MNT/inbox/private.mov",
		"cd $MNT/inbox; echo x > own.mov; setfattr -n trusted.x -v y own.mov",
		"setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 $MNT/inbox/own.mov",
		"setfattr -n system.posix_acl_access -v 0x0200000001000600ffffffff04000600ffffffff20000600ffffffff " +
			"$MNT/inbox/common.mov",
	} {
		if out, err := s.as(nobody, script); err == nil {
			t.Errorf("another user may: %s\n%s", script, out)
		}
	}
	// Who could not read a file does not read it by way of an upload either.
	out, err := s.as(nobody,
		"cd $MNT/inbox; ln -s $DIR/secret stolen.mov; ln -s private.mov beside.mov; ln private.mov hard.mov; "+
			"cp /bin/true setuid.mov; chmod 6755 setuid.mov; echo fine > fine.mov; "+
			"cat $MNT/list $MNT/queue $MNT/status/fine.mov > /dev/null")
	if err != nil {
		t.Error(out)
	}
	s.is("stolen.mov", "held")
	s.is("beside.mov", "held")
	for _, name := range []string{"stolen.mov", "beside.mov"} {
		if why := s.field(name, "message"); !strings.Contains(why, "another user") {
			t.Errorf("%s is held because %s", name, why)
		}
	}
	if mounts := s.sh("grep $MNT /proc/mounts"); !strings.Contains(mounts, "nosuid") ||
		!strings.Contains(mounts, "nodev") {
		t.Errorf("it is mounted as %s", mounts)
	}
	s.sh("echo start > $MNT/control; echo wait fine.mov > $MNT/control; echo wait > $MNT/control || true")
	for name, want := range map[string]string{"private.mov": "private", "mine/x.mov": "x", "common.mov": "common",
		"root.mov": "root drops", "roots-link": "root only", "fine.mov": "fine"} {
		object, _, ok := s.server.Object(bucket, name)
		if !ok {
			t.Errorf("%s did not arrive", name)
		} else if text, err := os.ReadFile(object); err != nil || string(text) != want+"\n" {
			t.Errorf("%s is %q (%v)", name, text, err)
		}
	}
	for _, name := range []string{"stolen.mov", "beside.mov"} {
		if _, _, ok := s.server.Object(bucket, name); ok {
			t.Errorf("%s was uploaded", name)
		}
	}
}

// TestPlacesTaken has a user put links in the place of what he dropped, and of its folder, again and again while it is
// sent and while its copy is removed. Nothing outside is read or removed.
func TestPlacesTaken(t *testing.T) {
	t.Parallel()
	s := shared(t, "INBOXFS_START=true", "INBOXFS_INBOX_SETTLE=10ms")
	s.sh("mkdir victim; for i in $(seq 40); do echo SECRET$i > victim/$i.mov; touch -d 2020-01-01 victim/$i.mov; " +
		"done; chmod 600 victim/*; chmod 755 victim; ls -l victim > before")
	out, err := s.as(nobody, `cd $MNT/inbox; mkdir d; cat > /dev/null << 'END'
END
for i in $(seq 40); do
	printf 'public%s\n' $i > d/$i.mov; touch -d 2020-01-01 d/$i.mov; sleep 0.0$((i % 10))
	case $((i % 3)) in
	0) ln -sfn $DIR/victim/$i.mov d/l; mv -fT d/l d/$i.mov;;
	1) mv d e 2> /dev/null && ln -s $DIR/victim d; sleep 0.05; rm -f d; mv e d;;
	2) rm -f d/$i.mov; ln -s $DIR/victim/$i.mov d/$i.mov;;
	esac
done 2>&1; true`)
	if err != nil {
		t.Error(out)
	}
	s.sh("echo flush > $MNT/control; until grep -qx 'receiving 0' $MNT/queue && grep -qx 'ready 0' $MNT/queue && " +
		"grep -qx 'uploading 0' $MNT/queue; do sleep 0.05; done")
	s.sh("sleep 0.2; ls -l victim | diff before -")
	if found, err := s.try("grep -rl SECRET objects"); err == nil {
		t.Errorf("uploaded was what root alone can read: %s", found)
	}
}

// TestModesOfASpool starts with no umask at all, on a spool that was open to everybody.
func TestModesOfASpool(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.stop()
	s.sh("chmod -R a+rwX spool")
	s.setup = "umask 000;"
	s.mount()
	s.sh("echo x > $MNT/inbox/a.mov; echo wait > $MNT/control")
	got := s.sh("cd spool; stat -c '%a %n' . journal.db events.log lock; stat -c '%a %n' $MNT/control")
	if want := "700 .\n600 journal.db\n600 events.log\n600 lock\n600 " + s.mnt + "/control"; got != want {
		t.Errorf("the modes are\n%s", got)
	}
	s.stop()
	s.sh("rm -r spool; mkdir -m 777 spool")
	s.mount()
	s.sh("echo x > $MNT/inbox/a.mov; echo wait > $MNT/control")
	if again := s.sh(
		"cd spool; stat -c '%a %n' . journal.db events.log lock; stat -c '%a %n' $MNT/control"); again != got {
		t.Errorf("of a new spool the modes are\n%s", again)
	}
}

// hostile are names that may be dropped, and that a terminal, a script, a browser or a log should not take for more
// than that.
var hostile = []string{
	"two\nlines.mov", "time=2026-01-01T00:00:00.000Z seq=1 event=OnUploadSucceed id=1 file=x.mov",
	"esc\x1b[2J\x1b]0;owned\x07.mov", "\x1b[31mred",
	"<script>alert(1)</script>.mov", "<img src=x onerror=alert(1)>.mov", "a&b\"c'd.mov", "tab\there.mov",
	"cr\rback.mov", "del\x7f.mov", "c1\u009b31m.mov",
	"rtl\u202egpj.mov", " leading.mov", "trailing ", "-rf", "--", "#1", "#id", "$(touch owned)", "`touch owned`",
	"%s%n%x", "mov..", "a..b", "dir\n/in\x1bside.mov",
	"nul-like\\x00"[:8] + ".mov", "quote\".mov", "\u2028line.mov", "para\u2029.mov", "iso\u2066late.mov",
	"zero\u200bwidth.mov",
	"\ufeffbom.mov", "soft\u00adhyphen.mov", "tag\U000e0041.mov", "emoji \U0001f600.mov", strings.Repeat("long", 60) +
		".mov",
}

// TestHostileNames drops them, and looks at all that shows names.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_START=false")
	var want []string
	for i, name := range hostile {
		path := filepath.Join(s.mnt, "inbox", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if err := os.WriteFile(path, fmt.Appendf(nil, "content %d", i), 0o644); err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		want = append(want, name)
	}
	s.until("all are ready", func() bool { return s.sh("sed -n 's/^ready //p' $MNT/queue") == fmt.Sprint(len(want)) })
	// Each is found again by what the list says of it.
	var listed []string
	for i, line := range strings.Split(s.sh("cat $MNT/list"), "\n") {
		columns := strings.SplitN(line, "\t", 6)
		if len(columns) != 6 {
			t.Fatalf("line %d of the list: %q", i, line)
		}
		if i > 0 {
			name := columns[5]
			if strings.HasPrefix(name, `"`) {
				if _, err := fmt.Sscanf(name, "%q", &name); err != nil {
					t.Errorf("%s: %v", columns[5], err)
				}
			}
			listed = append(listed, name)
			f, err := os.OpenFile(filepath.Join(s.mnt, "control"), os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, verb := range []string{"cancel", "resumeFile"} {
				if _, err := fmt.Fprintf(f, "%s %s\n", verb, columns[5]); err != nil {
					t.Errorf("%s %s: %v", verb, columns[5], err)
				}
			}
			if _, err := fmt.Fprintf(f, "frobnicate %s\n", columns[5]); err == nil {
				t.Error("an unknown verb is fine")
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			s.harmless("control", s.sh("cat $MNT/control"))
		}
	}
	slices.Sort(listed)
	slices.Sort(want)
	if !slices.Equal(listed, want) {
		t.Errorf("listed are %q", listed)
	}
	var all []struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal([]byte(s.sh("cat $MNT/list.json")), &all); err != nil || len(all) != len(want) {
		t.Errorf("list.json has %d entries: %v", len(all), err)
	}
	s.sh("ln -s nowhere $MNT/inbox/$'held\\n\\033[2J.mov'; echo flush > $MNT/control; until grep -q held $MNT/list; " +
		"do sleep 0.02; done")
	for _, file := range []string{"list", "list.json", "queue", "aside", "events", "control"} {
		s.harmless(file, s.sh("cat $MNT/"+file))
	}
	for _, name := range want {
		text, err := os.ReadFile(filepath.Join(s.mnt, "status", name))
		if err != nil {
			t.Errorf("status of %q: %v", name, err)
		}
		s.harmless("status", string(text))
	}
	s.seen()
	s.sh("echo start > $MNT/control; echo wait > $MNT/control || true; test ! -e owned")
	for i, name := range hostile {
		object, _, ok := s.server.Object(bucket, name)
		if !ok {
			t.Errorf("%q did not arrive", name)
		} else if text, err := os.ReadFile(object); err != nil || string(text) != fmt.Sprint("content ", i) {
			t.Errorf("%q is %q (%v)", name, text, err)
		}
	}
	s.harmless("the daemon's log", s.log.String())
}

// harmless fails if there is anything in a text that a terminal obeys, or a line that a name began.
func (s *story) harmless(where, text string) {
	s.t.Helper()
	for line := range strings.Lines(text) {
		for _, r := range strings.TrimSuffix(line, "\n") {
			if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != '\t' {
				s.t.Errorf("%s holds %U: %q", where, r, line)
				break
			}
		}
		if strings.HasPrefix(line, "lines.mov") || where == "events" && !strings.HasPrefix(line, "time=") {
			s.t.Errorf("%s has a line that a name made: %q", where, line)
		}
	}
}
