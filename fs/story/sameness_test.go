package story

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"inboxfs/queue/ossdev"
)

// disguises are shell functions: one writes a file in place and puts its time back, as programs do that edit tags, the
// other puts a file of the same size and time in the place of another.
const disguises = `
disguise() { touch -r "$1" stamp; head -c 64K /dev/urandom | dd of="$1" conv=notrunc status=none; touch -r stamp "$1"; }
replace() { head -c $(stat -c %s "$1") /dev/urandom > other; touch -r "$1" other; mv other "$1"; }
`

// halfSent begins with a file of some parts of which some are sent, and the others not before mend was called.
func halfSent(t *testing.T, drop string, env ...string) (s *story, mend func()) {
	t.Helper()
	s = begin(t, append([]string{"INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_UPLOAD_PARTS=1"}, env...)...)
	slow := s.server.AddFault(ossdev.Fault{Action: "UploadPart", SlowBody: 1 << 20})
	s.sh("head -c 4M /dev/urandom > a.mov; " + drop)
	s.until("a part is there", func() bool { return s.count("OnUploadProgress") > 0 })
	return s, slow.Remove
}

// TestTimePutBackOfAReference changes a file that was added by reference while it is uploaded: no object is made of
// both contents.
func TestTimePutBackOfAReference(t *testing.T) {
	t.Parallel()
	s, mend := halfSent(t, "echo add $PWD/a.mov > $MNT/control")
	s.sh(disguises + "disguise a.mov")
	mend()
	s.fails("echo wait a.mov > $MNT/control")
	if code := s.field("a.mov", "error"); code != "FileChanged" {
		t.Errorf("it failed with %q: %s", code, s.field("a.mov", "message"))
	}
	if _, _, ok := s.server.Object(bucket, "a.mov"); ok {
		t.Error("an object was left behind")
	}
	s.sh("echo retry a.mov > $MNT/control; echo wait a.mov > $MNT/control")
	s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
	s.until("nothing is left half uploaded", func() bool { return len(s.server.Uploads()) == 0 })
}

// TestTimePutBackBetween changes a drop in the spool when something of it was sent, and lets it go on.
func TestTimePutBackBetween(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]string{
		"written":               "disguise spool/inbox/a.mov",
		"replaced":              "replace spool/inbox/a.mov", // as mv does right before a kill
		"written, another mode": "disguise spool/inbox/a.mov; chmod 640 $MNT/inbox/a.mov || true",
	} {
		for how, c := range map[string]struct{ before, after func(*story) }{
			"stop and start": {
				func(s *story) {
					s.sh("echo stop > $MNT/control; until grep -qx 'uploading 0' $MNT/queue; do sleep 0.02; done")
				},
				func(s *story) { s.sh("echo start > $MNT/control") }},
			"a restart": {(*story).stop, (*story).mount},
			"a kill":    {(*story).kill, (*story).mount},
			"nothing":   {func(*story) {}, func(*story) {}},
		} {
			t.Run(what+", "+how, func(t *testing.T) {
				t.Parallel()
				s, mend := halfSent(t, "cp a.mov $MNT/inbox/")
				c.before(s)
				s.sh(disguises + change + "; ln spool/inbox/a.mov want")
				mend()
				c.after(s)
				s.sh("echo wait > $MNT/control")
				s.arrived("a.mov", filepath.Join(s.dir, "want"))
				s.until("nothing is left half uploaded", func() bool { return len(s.server.Uploads()) == 0 })
				s.until("its copy is gone", func() bool { return s.sh("ls $MNT/inbox") == "" })
			})
		}
	}
}

// TestHardLinksAfterARestart writes through one name of a file while it is uploaded under the other.
func TestHardLinksAfterARestart(t *testing.T) {
	t.Parallel()
	s, mend := halfSent(t, "cp a.mov $MNT/inbox/a.mov; ln $MNT/inbox/a.mov $MNT/inbox/b.mov",
		"INBOXFS_UPLOAD_FILES=1", "INBOXFS_INBOX_SETTLE=1s")
	s.stop()
	s.mount()
	s.sh(disguises + "disguise $MNT/inbox/b.mov; cp $MNT/inbox/b.mov want")
	mend()
	s.sh("echo wait > $MNT/control")
	s.arrived("a.mov", filepath.Join(s.dir, "want"))
	s.arrived("b.mov", filepath.Join(s.dir, "want"))
}

// TestSizeAndTimeOfWhatWasUploaded puts a file into the spool, while nobody looks, that has both: it is not removed
// unread.
func TestSizeAndTimeOfWhatWasUploaded(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"keep", "remove"} {
		t.Run(after, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_INBOX_AFTER_UPLOAD="+after)
			s.sh("head -c 1M /dev/urandom > a.mov; cp -p a.mov $MNT/inbox/; echo wait > $MNT/control")
			s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
			s.stop()
			s.sh(disguises + "replace a.mov; cp -p a.mov spool/inbox/")
			s.mount()
			s.until("it is there", func() bool { return s.count("OnUploadSucceed") == 2 })
			s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
		})
	}
}

// mapEnv names the file that runMapper copies, if we are run for that.
const mapEnv = "MAP_SOURCE"

// runMapper writes a new file through a mapping whose descriptor is closed: half of the content of another, and the
// rest when something is said to it.
func runMapper(source, path string) error {
	content, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	err = f.Truncate(int64(len(content)))
	if err != nil {
		return errors.Join(err, f.Close())
	}
	mem, err := unix.Mmap(int(f.Fd()), 0, len(content), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	half := len(content) / 2
	copy(mem, content[:half])
	fmt.Println("half")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	copy(mem[half:], content[half:])
	return unix.Munmap(mem)
}

// TestMappingOutlivesItsDescriptor writes the second half of a file through a mapping long after the descriptor was
// closed.
func TestMappingOutlivesItsDescriptor(t *testing.T) {
	t.Parallel()
	for _, passthrough := range []string{"true", "false"} {
		t.Run("passthrough "+passthrough, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_INBOX_PASSTHROUGH="+passthrough)
			s.sh("head -c 1M /dev/urandom > a.mov")
			c := exec.Command(os.Args[0], filepath.Join(s.mnt, "inbox", "a.mov"))
			c.Env, c.Stderr = append(os.Environ(), mapEnv+"="+filepath.Join(s.dir, "a.mov")), os.Stderr
			in, err1 := c.StdinPipe()
			out, err2 := c.StdoutPipe()
			if err := errors.Join(err1, err2, c.Start()); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			if err == nil {
				// it would have had time for both
				s.sh("cp a.mov $MNT/inbox/later.mov; echo wait later.mov > $MNT/control")
				if state := s.field("a.mov", "state"); state != "receiving" || s.count("OnFileAdded") != 1 {
					t.Errorf("it is %s: %s", state, s.field("a.mov", "message"))
				}
				_, err = io.WriteString(in, "\n")
			}
			if err := errors.Join(err, c.Wait()); err != nil || line != "half\n" {
				t.Fatal(line, err)
			}
			s.sh("echo wait > $MNT/control")
			s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
			if n := strings.Count(strings.Join(s.puts(), " "), "a.mov"); n != 1 {
				t.Errorf("it was sent %d times", n)
			}
		})
	}
}
