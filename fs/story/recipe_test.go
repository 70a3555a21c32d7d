package story

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"inboxfs/queue/oss/ossdev"
)

// recipe is the code below a heading of README.md, as it stands there.
func recipe(t *testing.T, heading string) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(readme), "\n"+heading)
	section, _, _ = strings.Cut(section, "\n##")
	var code strings.Builder
	for line := range strings.Lines(section) {
		if text, indented := strings.CutPrefix(line, "    "); indented {
			code.WriteString(text)
		}
	}
	if !ok || code.Len() == 0 {
		t.Fatalf("README.md has no code below %q", heading)
	}
	return code.String()
}

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
	_, end := demo(t, dir)
	session := strings.NewReplacer("go run . demo\n", "", "300M", "60M", "40MiB/s", "8MiB/s").Replace(recipe(t, "## A first session"))
	c := exec.Command("bash", "-e", "-c", session)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"\tsuccess\t100\t5242880\t5242880\tb.mp4\n", "\nname a.mp4\nstate uploading\n", "\tpaused\t", "event=OnUploadEnd succeeded=2 failed=0\n"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not show %q:\n%s", want, out)
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
		return "ffmpeg -nostdin -v error -re -f lavfi -i testsrc=s=320x240:r=25 -c:v mpeg4 -g 5 -cluster_time_limit 200 -flush_packets 1 " +
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

	s.sh(record("live.mkv"))
	grown("live.mkv")
	s.sh("kill -KILL $(cat pid)")
	s.until("it is held", func() bool { return s.sh("grep ^state $MNT/status/live.mkv") == "state held" })
	if why := s.sh("grep ^message $MNT/status/live.mkv"); !strings.Contains(why, "ffmpeg was killed by SIGKILL") {
		t.Error(why)
	}
	s.sh(strings.ReplaceAll(recipe(t, "### Recording: OBS, ffmpeg"), "/mnt/upload", "$MNT") + "echo wait > $MNT/control")
	s.arrived("mended.mkv", filepath.Join(s.mnt, "inbox/mended.mkv"))
	if length := s.sh("ffprobe -v error -show_entries format=duration -of csv=p=0 objects/" + bucket + "/mended.mkv"); strings.HasPrefix(length, "0.") || length == "N/A" {
		t.Errorf("what was mended lasts %s s", length)
	}
	if made := creations(s); made["live.mkv"] != 0 || made["mended.mkv"] != 1 || made["show.mkv"] != 1 {
		t.Errorf("made are %v", made)
	}
}

// TestRecipeCard empties a camera card; one file of it fails at first.
func TestRecipeCard(t *testing.T) {
	t.Parallel()
	needPrograms(t, "rsync")
	s := begin(t, "INBOXFS_INBOX_AFTER_UPLOAD=keep")
	s.script("ingest", "### A camera card")
	s.sh(`mkdir -p EOS_DIGITAL/DCIM/100CANON EOS_DIGITAL/MISC EOS_DIGITAL/.Trashes; cd EOS_DIGITAL; echo junk > .Trashes/x; echo index > MISC/INDEX.DAT
		for i in 1 2 3; do head -c ${i}000000 /dev/urandom > DCIM/100CANON/MVI_000$i.MOV; head -c 5000 /dev/urandom > "DCIM/100CANON/IMG 000$i.JPG"; done`)
	refused := s.server.AddFault(ossdev.Fault{Key: "*/DCIM/100CANON/MVI_0002.MOV", Code: "AccessDenied"})
	out := s.fails("./ingest $PWD/EOS_DIGITAL $MNT")
	if !strings.Contains(out, "not safe: ") || !strings.Contains(out, "MVI_0002.MOV says why") || strings.Contains(out, "may be wiped") {
		t.Errorf("with a file that failed it says: %s", out)
	}
	refused.Remove()
	if out := s.sh("./ingest $PWD/EOS_DIGITAL $MNT"); !strings.Contains(out, "EOS_DIGITAL may be wiped") {
		t.Errorf("in the end it says: %s", out)
	}
	made := creations(s)
	name := time.Now().Format("2006-01-02-") + "EOS_DIGITAL/"
	for _, file := range []string{"MISC/INDEX.DAT", "DCIM/100CANON/MVI_0001.MOV", "DCIM/100CANON/MVI_0002.MOV", "DCIM/100CANON/MVI_0003.MOV",
		"DCIM/100CANON/IMG 0001.JPG", "DCIM/100CANON/IMG 0002.JPG", "DCIM/100CANON/IMG 0003.JPG"} {
		s.arrived(name+file, filepath.Join(s.dir, "EOS_DIGITAL", file))
		if made[name+file] != 1 {
			t.Errorf("%s was made %d times", file, made[name+file])
		}
		delete(made, name+file)
	}
	if len(made) > 0 {
		t.Errorf("made are also %v", made)
	}
	s.sh("printf X | dd of=EOS_DIGITAL/MISC/INDEX.DAT bs=1 conv=notrunc status=none; touch -r $MNT/inbox/*/MISC/INDEX.DAT EOS_DIGITAL/MISC/INDEX.DAT")
	if out := s.fails("./ingest $PWD/EOS_DIGITAL $MNT"); !strings.Contains(out, "INDEX.DAT says why") {
		t.Errorf("where the card has something else it says: %s", out)
	}
}

// TestRecipeScript backs up a database every night, with all that can go wrong.
func TestRecipeScript(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.script("nightly", "### From cron and scripts")
	s.sh("mkdir bin; printf '#!/bin/sh\\nseq 20000; exit ${DUMP:-0}\\n' > bin/pg_dump; chmod +x bin/pg_dump")
	const run = "PATH=$PWD/bin:$PATH ./nightly $MNT"
	key := "db-" + time.Now().Format("2006-01-02") + ".sql.gz"
	if out := s.sh("DUMP=1 " + run + "; echo ended with $?"); out != "ended with 1" || len(creations(s)) > 0 {
		t.Errorf("where the dump fails it %s, and made are %v", out, creations(s))
	}
	s.sh(run)
	s.sh("seq 20000 | cmp - <(gunzip < objects/" + bucket + "/" + key + ")")
	refused := s.server.AddFault(ossdev.Fault{Key: "*.gz", Code: "AccessDenied"})
	if out := s.sh(run + "; echo ended with $?"); !strings.HasSuffix(out, "ended with 1") || !strings.Contains(out, "Input/output error") {
		t.Errorf("where the file fails it says %s", out)
	}
	refused.Remove()
	s.sh("sed -i 's/timeout 6h/timeout 1s/' nightly; echo pause > $MNT/control")
	if out := s.sh(run + "; echo ended with $?"); !strings.HasSuffix(out, "ended with 124") {
		t.Errorf("where time is up it says %s", out)
	}
	s.until("control says so", func() bool { return strings.HasPrefix(s.sh("head -1 $MNT/control"), "error: wait: interrupted ") })
	s.sh("echo resume > $MNT/control; echo wait " + key + " > $MNT/control")
	if made := creations(s); made[key] != 2 || len(made) != 1 {
		t.Errorf("made are %v", made)
	}
	s.stop()
	if out := s.sh(run + "; echo ended with $?"); !strings.HasSuffix(out, "ended with 1") {
		t.Errorf("where nothing is mounted it says %s", out)
	}
}

// TestRecipeSamba shares the inbox with the stanza of the README, but for its names.
func TestRecipeSamba(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("THIS STORY IS NOT TOLD: smbd must be started by root")
	}
	smbd := needPrograms(t, "smbd smbclient")
	dir, port := t.TempDir(), freePort(t)
	s := begin(t, hasty, relayed, "SMB="+dir, "SMB_PORT="+port)
	stanza := strings.NewReplacer("/mnt/upload", s.mnt, "= uploader", "= root", "valid users = @video", "guest ok = yes").Replace(recipe(t, "### A folder for a team"))
	startSMBD(t, smbd, dir, port, stanza)
	s.until("smbd answers", func() bool {
		_, err := s.try("smbclient -N -s $SMB/smb.conf -p $SMB_PORT //127.0.0.1/inbox -c ls")
		return err == nil
	})
	s.sh("head -c 9437189 /dev/urandom > a.mov; head -c 4096 /dev/urandom > ._a.mov; " +
		"smbclient -N -s $SMB/smb.conf -p $SMB_PORT //127.0.0.1/inbox -c 'put a.mov; put ._a.mov' && echo wait > $MNT/control")
	s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
	if made := creations(s); len(made) != 1 || made["a.mov"] != 1 {
		t.Errorf("made are %v", made)
	}
}
