package story

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"inboxfs/control/manual"
)

// packaged is where the files of the package are, as a test in this folder sees them.
func packaged(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs("../../.package/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMountType mounts as mount(8) does for a line of fstab.
func TestMountType(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.stop()
	script := packaged(t, "mount.inboxfs")
	s.sh(`mkdir "$HOME/a folder"; printf '[oss]\nbucket = "story"\n' > up.toml`)
	s.env = append(s.env, "INBOXFS="+program, "FOLDER="+filepath.Join(s.dir, "a folder"))
	t.Cleanup(func() {
		if out, err := s.try(`! grep -q 'a.040folder fuse' /proc/mounts || ` + program +
			` unmount "$FOLDER"`); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	for _, c := range []struct{ options, says string }{
		{"ro", "uploads nothing"},
		{"inbox_setle=1s", "unknown flag: --inbox-setle"},
	} {
		if out := s.fails(script + ` up.toml "$FOLDER" -o nofail,` + c.options); !strings.Contains(out, c.says) {
			t.Errorf("with %s it says %s", c.options, out)
		}
	}
	// it answers when this returns
	s.sh(script + ` up.toml "$FOLDER" -o nofail,_netdev,rw,x-systemd.automount,upload_files=2`)
	s.sh(`echo x > "$FOLDER/inbox/a"; echo wait > "$FOLDER/control"`)
	if _, _, ok := s.server.Object(bucket, "a"); !ok {
		t.Error("it did not arrive")
	}
	// Once more, as a second mount -a does it: no daemon waits for the end of the first, to mount again.
	for config, says := range map[string]string{"up.toml": "is mounted on " + s.dir + "/a folder already",
		"missing.toml": "missing.toml does not exist"} {
		if out := s.sh(script + " " + config + ` "$FOLDER" -o nofail 2>&1; [ $? = 32 ] && echo 32`); !strings.Contains(
			out, says) || !strings.HasSuffix(out, "\n32") {
			t.Errorf("while it is mounted, %s: %s", config, out)
		}
	}
	daemons := `pgrep -f "inboxfs mount .*$FOLDER$"`
	if out := s.sh(daemons); strings.Contains(out, "\n") {
		t.Errorf("more than one daemon: %s", out)
	}
	s.sh("pid=$(" + daemons + "); " + program + ` unmount "$FOLDER"; while [ -e /proc/$pid ]; do sleep 0.05; done`)
	if out, err := s.try(daemons + ` || ! grep "a.040folder fuse" /proc/mounts`); err == nil && out != "" {
		t.Errorf("something is mounted again by %s", out)
	}
}

// TestFstab has the real mount read an fstab twice. The second time it knows that the line is mounted, as the table of
// mounts has the configuration file for the device; what is unmounted stays so.
func TestFstab(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	s := begin(t)
	s.stop()
	s.env = append(s.env, "INBOXFS="+program, "SCRIPT="+packaged(t, "mount.inboxfs"))
	out := s.sh(`mkdir m over; printf '[oss]\nbucket = "story"\n' > up.toml
		echo "$PWD/up.toml $PWD/m inboxfs nofail,_netdev,x-inboxfs,start 0 0" > fstab
		timeout 100 unshare -m bash -ec '
			mount -t tmpfs none over
			mkdir over/up over/work
			mount -t overlay overlay -o lowerdir=/usr/sbin,upperdir=$PWD/over/up,workdir=$PWD/over/work /usr/sbin
			cp "$SCRIPT" /usr/sbin/mount.inboxfs
			chmod 755 /usr/sbin/mount.inboxfs
			daemons() { pgrep -f "inboxfs mount .*$PWD/m$"; }
			mount -a -T fstab
			grep -q "^$PWD/up.toml $PWD/m fuse.inboxfs" /proc/mounts
			mount -v -a -T fstab
			pid=$(daemons)
			echo x > m/inbox/b
			echo wait > m/control
			umount m
			while [ -e /proc/$pid ]; do sleep 0.05; done
			if daemons || grep " $PWD/m " /proc/mounts; then exit 9; fi'`)
	if !strings.Contains(out, "already mounted") {
		t.Errorf("mount -a says %s", out)
	}
	if _, _, ok := s.server.Object(bucket, "b"); !ok {
		t.Error("it did not arrive")
	}
}

// TestMeteredConnection pauses what runs, and resumes what it paused and nothing else.
func TestMeteredConnection(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("mkdir fake; printf '#!/bin/sh\\necho u $METERED\\n' > fake/busctl; chmod +x fake/busctl")
	change := func(metered, event string) {
		s.sh("export PATH=$HOME/fake:$PATH METERED_STATE=$HOME/metered ONLY=$MNT METERED=" + metered + "; " +
			packaged(t, "metered") + " eth0 " + event)
	}
	state := func(want string) {
		t.Helper()
		if got := s.sh("head -n 1 $MNT/queue"); got != "state "+want {
			t.Errorf("the queue says %s, not %s", got, want)
		}
	}
	change("1", "pre-up") // not yet
	state("running")
	change("1", "up")
	state("paused")
	change("3", "connectivity-change") // once more
	state("paused")
	change("0", "down") // unknown
	state("paused")
	change("4", "up")
	state("running")
	s.sh("echo pause > $MNT/control") // by hand
	change("1", "up")
	change("2", "up")
	state("paused")
}

// TestManPages makes the man pages as the package does. man shows each without a warning in 80 columns, and lexgrog
// finds the name by which apropos lists it.
func TestManPages(t *testing.T) {
	t.Parallel()
	needPrograms(t, "man lexgrog")
	dir := t.TempDir()
	c := exec.Command("go", "run", "./control/manual/pages", "0.2.0", "2026-11-30", dir)
	c.Dir = "../.."
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, page := range manual.Pages() {
		file := filepath.Join(dir, page.ManFile())
		name := strings.TrimSuffix(page.ManFile(), filepath.Ext(file))
		out, err := exec.Command("lexgrog", file).CombinedOutput()
		title := page.Title
		if page.Name == "commands" { // it is the page of the program
			title = "a folder that uploads to Alibaba Cloud OSS and ApsaraVideo VOD"
		}
		if want := file + `: "` + name + " - " + title + "\"\n"; err != nil || string(out) != want {
			t.Errorf("lexgrog: %v: %s", err, out)
		}
		man := exec.Command("man", "--warnings", "-l", file)
		man.Env = append(os.Environ(), "MANWIDTH=80", "LC_ALL=C.UTF-8", "MANPAGER=cat", "MANROFFSEQ=")
		var said bytes.Buffer
		man.Stderr = &said
		shown, err := man.Output()
		if err != nil || said.Len() > 0 {
			t.Errorf("man %s: %v: %s", page.ManFile(), err, said.String())
		}
		code := page.Source // which may have longer lines
		for line := range strings.Lines(string(shown)) {
			line = strings.TrimSuffix(line, "\n")
			if utf8.RuneCountInString(line) > 80 && !strings.Contains(code, strings.TrimSpace(line)) {
				t.Errorf("man %s has %q", page.ManFile(), line)
			}
		}
		if !strings.Contains(strings.Join(strings.Fields(string(shown)), " "), title) ||
			strings.Count(string(shown), "\n") < 15 {
			t.Errorf("man %s shows %.300s", page.ManFile(), shown)
		}
	}
}
