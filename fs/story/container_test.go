package story

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
)

// TestContainer builds the image by the steps of its file and runs it as the manual says. At its end all is uploaded,
// whether a signal ends it or the hook of the manual's pod does, while a program in the pod still writes.
func TestContainer(t *testing.T) {
	t.Parallel()
	needPrograms(t, "busybox")
	if os.Geteuid() != 0 {
		t.Skip("THIS STORY IS NOT TOLD: only root can have namespaces")
	}
	needFUSE(t)
	text := page(t, "containers")
	drain, err := os.ReadFile(packaged(t, "drain"))
	if err != nil {
		t.Fatal(err)
	}
	if got := code(t, text, "## Upload everything before the end"); got != string(drain) {
		t.Errorf("the manual shows as drain\n%s", got)
	}
	hook := regexp.MustCompile(`(?m)^ +preStop:\n.*\n.*\n +- sh\n +- -c\n +- (.*)$`).FindStringSubmatch(text)
	if hook == nil {
		t.Fatalf("the manual has no hook:\n%s", text)
	}
	// With -long the program is built by the file's own step, else here, where what is compiled is kept for the next
	// time.
	built := filepath.Join(t.TempDir(), "inboxfs")
	if *long > 0 {
		built = ""
	} else {
		c := exec.Command("go", "build", "-o", built, "inboxfs")
		c.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	for _, way := range []struct{ name, look string }{
		{"signal", "cp large up/mnt/inbox/; kill -TERM $pid"},
		{"hook", `mkfifo root/tmp/go; cp large root/tmp/; chmod 755 ../ffmpeg; cp ../ffmpeg root/bin/
			enter ffmpeg &
			until [ "$(stat -c %s up/mnt/inbox/large 2> /dev/null)" = 3000000 ]; do sleep 0.05; done
			(sleep 1; echo > root/tmp/go) &
			enter sh -c '` + hook[1] + `'
			kill -TERM $pid 2> /dev/null || true # it ended with the mount`},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			s := prepareAt(t, ossdev.Options{}, "INBOXFS_UPLOAD_LIMIT=4MiB/s", "INBOXFS_INBOX_SETTLE=")
			source, err := filepath.Abs("../..")
			if err != nil {
				t.Fatal(err)
			}
			s.write("look", way.look)
			s.write("ffmpeg", "#!/bin/sh\nexec > /upload/mnt/inbox/large\n"+
				"head -c 3000000 /tmp/large; read x < /tmp/go; tail -c +3000001 /tmp/large\n")
			s.env = append(s.env, "PATH="+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"), "BUILT="+built)
			out := s.sh("head -c 5M /dev/urandom > large; mkdir box; cp large box; cd box; timeout 110 unshare -m " +
				source + "/fs/story/testdata/container.sh " + source + " ../look 2>&1")
			if !strings.HasSuffix(out, "\ndone") {
				t.Fatal(out)
			}
			s.arrived("large", filepath.Join(s.dir, "large"))
		})
	}
}
