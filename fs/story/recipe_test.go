package story

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"inboxfs/control/manual"
	"inboxfs/queue/ossdev"
)

// page is a page of the manual.
func page(t *testing.T, topic string) string {
	t.Helper()
	page, ok := manual.Find(topic)
	if !ok {
		t.Fatalf("the manual has no page on %s", topic)
	}
	return page.Source
}

// recipe is the code below a heading of the page on recipes, as it stands there.
func recipe(t *testing.T, heading string) string {
	t.Helper()
	return code(t, page(t, "recipes"), heading)
}

// code is what is indented below a heading.
func code(t *testing.T, page, heading string) string {
	t.Helper()
	section := below(page, heading)
	var code strings.Builder
	for line := range strings.Lines(section) {
		if text, indented := strings.CutPrefix(line, "    "); indented {
			code.WriteString(text)
		}
	}
	if code.Len() == 0 {
		t.Fatalf("there is no code below %q", heading)
	}
	return code.String()
}

// below is what stands below a heading, up to the next.
func below(page, heading string) string {
	_, section, _ := strings.Cut(page, "\n"+heading)
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

// shape is a line without its figures, so that what was printed once can be found in what is printed now.
func shape(line string) string { return regexp.MustCompile(`[0-9A-F.]+m?`).ReplaceAllString(line, "0") }

// script puts a recipe into a file in the story's folder.
func (s *story) script(name, heading string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(recipe(s.t, heading)), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

// TestRecipeFirstSession is the session with the demo; its file is smaller, and the limit as well.
func TestRecipeFirstSession(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	dir := t.TempDir()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, end := demo(t, dir)
	session := strings.NewReplacer("go run . demo\n", "", "300M", "60M", "40MiB/s", "8MiB/s").Replace(
		code(t, string(readme), "## A first session"))
	c := exec.Command("bash", "-e", "-c", session)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"\tsuccess\t100\t5242880\t5242880\tb.mp4\n", "\nname a.mp4\nstate uploading\n",
		"\tpaused\t", "event=OnUploadEnd succeeded=2 failed=0\n", "the same\n"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not show %q:\n%s", want, out)
		}
	}
	shown := make(map[string]bool)
	for line := range strings.Lines(string(out)) {
		shown[shape(line)] = true
	}
	_, blocks, _ := strings.Cut(below(string(readme), "## A first session"), "```\n")
	for i, block := range strings.Split(blocks, "```\n") { // what is printed, and what stands between that
		for line := range strings.Lines(block) {
			if i%2 == 0 && !shown[shape(line)] {
				t.Errorf("README.md shows %q, which is not what is printed:\n%s", line, out)
			}
		}
	}
	end(syscall.SIGINT)
}

// TestRecipeRecording has ffmpeg stand in for OBS: a recording that grows and ends, and one whose program dies.
func TestRecipeRecording(t *testing.T) {
	t.Parallel()
	needPrograms(t, "ffmpeg")
	s := begin(t, "INBOXFS_INBOX_AFTER_UPLOAD=keep", patient)
	record := func(name string) string {
		return "ffmpeg -nostdin -v error -re -f lavfi -i testsrc=s=320x240:r=25 -c:v mpeg4 -g 5 -cluster_time_limit " +
			"200 -flush_packets 1 " +
			"$MNT/inbox/" + name + " > /dev/null 2>&1 & echo $! > pid"
	}
	grown := func(name string) {
		s.until(name+" has grown", func() bool {
			info, err := os.Stat(filepath.Join(s.dir, "spool/inbox", name))
			return err == nil && info.Size() > 60_000
		})
		if state := s.sh("grep ^state $MNT/status/" + name); state != "state receiving" || creations(s)[name] > 0 {
			t.Errorf("while it grows, %s has %s; made are %v", name, state, creations(s))
		}
	}
	s.sh(record("show.mkv"))
	grown("show.mkv")
	s.sh("kill -INT $(cat pid); echo wait show.mkv > $MNT/control")
	s.arrived("show.mkv", filepath.Join(s.mnt, "inbox/show.mkv"))

	s.script("mend", "## Recording: OBS, ffmpeg")
	for _, name := range []string{"live.mkv", "live.mkv", "concat:$(touch owned) `touch owned`\n-y \"l\u202eve'.mkv"} {
		s.sh(record("torso.mkv"))
		grown("torso.mkv")
		s.sh("kill -KILL $(cat pid)")
		s.until("it is held", func() bool { return s.sh("grep ^state $MNT/status/torso.mkv") == "state held" })
		if why := s.sh("grep ^message $MNT/status/torso.mkv"); !strings.Contains(why, "ffmpeg was killed by SIGKILL") {
			t.Error(why)
		}
		torso := filepath.Join(s.mnt, "inbox", name)
		if err := os.Rename(filepath.Join(s.mnt, "inbox/torso.mkv"), torso); err != nil {
			t.Fatal(err)
		}
		c := exec.Command(filepath.Join(s.dir, "mend"), "mnt", name)
		if c.Dir = s.dir; strings.Contains(name, "concat") {
			c.Args[1] = s.mnt
		}
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if _, err := os.Stat(torso); err == nil {
			t.Errorf("the torso of %q is still there", name)
		}
		s.sh("echo wait > $MNT/control")
	}
	lengths := s.sh("cd objects/" + bucket +
		"; for f in *-20*.mkv; do ffprobe -v error -show_entries format=duration -of csv=p=0 \"file:$f\"; done")
	if n := strings.Count(lengths+"\n", "\n"); n != 3 || strings.Contains("\n"+lengths, "\n0.") ||
		strings.Contains(lengths, "N/A") {
		t.Errorf("what was mended lasts %s", lengths)
	}
	if made := creations(s); len(made) != 4 || made["live.mkv"] != 0 || made["show.mkv"] != 1 {
		t.Errorf("made are %v", made)
	}
	if out := s.sh("find . -name owned"); out != "" {
		t.Errorf("there is %s", out)
	}
	s.sh("echo garbage > $MNT/inbox/broken.mkv; rm $MNT/inbox/show.mkv")
	before := s.sh("ls $MNT/inbox")
	s.fails("./mend mnt broken.mkv")
	if after := s.sh("ls $MNT/inbox"); after != before {
		t.Errorf("what cannot be mended leaves %s", after)
	}
}

// TestRecipeScript backs up a database every night, with all that can go wrong.
func TestRecipeScript(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.script("nightly", "## From cron and scripts")
	s.sh("mkdir bin; printf '#!/bin/sh\\nseq 20000; exit ${DUMP:-0}\\n' > bin/pg_dump; chmod +x bin/pg_dump")
	const run = "PATH=$PWD/bin:$PATH ./nightly $MNT"
	key := "db-" + time.Now().Format("2006-01-02") + ".sql.gz"
	if out := s.sh("DUMP=1 " + run + "; echo ended with $?; ls -A $MNT/inbox"); out != "ended with 1" ||
		len(creations(s)) > 0 {
		t.Errorf("where the dump fails it %s, and made are %v", out, creations(s))
	}
	s.sh("PATH=$PWD/bin:$PATH ./nightly mnt")
	s.sh("seq 20000 | cmp - <(gunzip < objects/" + bucket + "/" + key + ")")
	refused := s.server.AddFault(ossdev.Fault{Key: "*.gz", Code: "AccessDenied"})
	if out := s.sh(run + "; echo ended with $?"); !strings.HasSuffix(out, "ended with 1") ||
		!strings.Contains(out, "Input/output error") {
		t.Errorf("where the file fails it says %s", out)
	}
	refused.Remove()
	s.sh("sed -i 's/timeout 6h/timeout 1s/' nightly; echo pause > $MNT/control")
	if out := s.sh(run + "; echo ended with $?"); !strings.HasSuffix(out, "ended with 124") {
		t.Errorf("where time is up it says %s", out)
	}
	s.until("control says so", func() bool {
		return strings.HasPrefix(s.sh("head -1 $MNT/control"),
			"error: wait: interrupted ")
	})
	s.sh("echo resume > $MNT/control; echo wait " + key + " > $MNT/control")
	if made := creations(s); made[key] != 2 || len(made) != 1 {
		t.Errorf("made are %v", made)
	}
	s.stop()
	if out := s.sh(run + "; echo ended with $?"); !strings.HasSuffix(out, "ended with 1") {
		t.Errorf("where nothing is mounted it says %s", out)
	}
}

// TestRecipeDrain ends a container's first process as its stop does: what was dropped is uploaded before the end.
func TestRecipeDrain(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_UPLOAD_LIMIT=2MiB/s")
	s.stop()
	script := code(t, page(t, "containers"), "## Upload everything before the end")
	script = strings.Replace(script, " --allow-other", "", 1) // an ordinary user may not
	if err := os.WriteFile(filepath.Join(s.dir, "drain"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if out, err := s.try("! grep -qF \" $MNT \" /proc/mounts || " + program + " unmount $MNT"); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	s.sh("mkdir bin; ln -s " + program +
		" bin/inboxfs; PATH=$PWD/bin:$PATH ./drain $MNT > drained 2>&1 & echo $! > pid")
	s.until("it is mounted", func() bool {
		state, err := s.try("head -n 1 $MNT/queue 2> /dev/null")
		return err == nil && state == "state running"
	})
	s.sh("head -c 5M /dev/urandom > a; cp a $MNT/inbox/; kill -TERM $(cat pid)")
	s.until("it ends", func() bool {
		out, err := s.try("! grep -F \" $MNT \" /proc/mounts; tail -n 1 drained")
		return err == nil && !strings.Contains(out, " fuse.inboxfs ")
	})
	s.arrived("a", filepath.Join(s.dir, "a"))
}
