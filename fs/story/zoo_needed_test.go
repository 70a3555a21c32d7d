package story

import (
	"os/exec"
	"strings"
	"testing"
)

// neededClients close files and need them again, and some take them away then.
var neededClients = []client{
	// The tracks of this film are called film.f0.mp4 and film.f1.m4a, which no list of names has.
	{name: "yt-dlp", needs: "yt-dlp ffmpeg", script: `d=$SRC/dash; mkdir $d
		ffmpeg -nostdin -v error -f lavfi -i testsrc=d=4:s=320x240:r=25 -f lavfi -i sine=d=4 -threads 1 -c:v libx264 -c:a aac -g 25 -seg_duration 1 -f dash $d/a.mpd
		for to in . $IN; do (cd $to; $PROGRAM -q --no-warnings --no-cache-dir -r 30K -o 'film.%(ext)s' $URL/dash/a.mpd); done`, want: "film.mp4"},
	// Two tracks, some time between them, and another program that puts them together.
	{name: "muxer", needs: "python3", script: `$PROGRAM -c '
import os, subprocess, sys, time
src, to = sys.argv[1:]
os.chdir(to)
for track in "a", "b":
    with open("film." + track, "wb") as f:
        f.write(open(src + "/" + track + ".bin", "rb").read())
        time.sleep(0.5)
    time.sleep(0.1)
mux = "import sys, time; out = open(sys.argv[1], \"wb\"); time.sleep(1.5); [out.write(open(t, \"rb\").read()) for t in sys.argv[2:]]"
subprocess.run(["sh", "-c", sys.executable + " -c \"$0\" \"$@\"; true", mux, "film.whole", "film.a", "film.b"], check=True)
os.unlink("film.a")
os.unlink("film.b")' $SRC $IN; cat $SRC/a.bin $SRC/b.bin > film.whole`, want: "film.whole"},
	{name: "two-pass", needs: "ffmpeg", script: movie + `for to in . $IN; do (cd $to
		ff -c:v libx264 -b:v 200k -pass 1 -f null /dev/null; sleep 0.5
		ff -c:v libx264 -b:v 200k -pass 2 film.mp4); done`, want: "film.mp4"},
	// Nobody works on while what has ended waits, but the script that runs one program after another.
	{name: "script", needs: "ffmpeg", script: movie + `for to in . $IN; do (cd $to; ff -c:v mpeg4 -f m4v film.1
		"$PROGRAM" -nostdin -v error -re -i film.1 -map_metadata -1 -fflags +bitexact -c copy -f mpegts film.2
		cat film.1 film.2 > film.whole; rm film.1 film.2); done`, want: "film.whole"},
	{name: "script-python", needs: "python3 ffmpeg", script: `for to in . $IN; do (cd $to; $PROGRAM -c '
import os, subprocess
def ff(*args): subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *args], check=True)
ff("-f", "lavfi", "-i", "testsrc=d=4:r=25", "-c:v", "mpeg4", "-threads", "1", "-fflags", "+bitexact", "-flags", "+bitexact", "-f", "m4v", "film.1")
ff("-re", "-i", "film.1", "-c", "copy", "-fflags", "+bitexact", "-f", "mpegts", "film.2")
ff("-i", "film.1", "-i", "film.2", "-map", "0", "-map", "1", "-c", "copy", "-fflags", "+bitexact", "-f", "mpegts", "film.whole")
os.unlink("film.1")
os.unlink("film.2")'); done`, want: "film.whole"},
	{name: "several", needs: "python3", script: `$PROGRAM -c '
import sys, time
src, to = sys.argv[1:]
for i in range(4):
    with open(to + "/f%d" % i, "wb") as f:
        f.write(open(src + "/b.bin", "rb").read())
        time.sleep(0.2)' $SRC $IN`, want: "f0=b.bin f1=b.bin f2=b.bin f3=b.bin"},
}

func TestZooNeeded(t *testing.T) { t.Parallel(); zoo(t, neededClients, patient) } // as ffmpeg takes its time to begin

// TestBusyWriter shows a file that waits for the program that wrote it, and for how long.
func TestBusyWriter(t *testing.T) {
	t.Parallel()
	needPrograms(t, "python3")
	s := begin(t, "INBOXFS_INBOX_WRITER_WAIT=5m")
	c := exec.Command("python3", "-c", `
import sys
open("mnt/inbox/first", "w").write("first")
with open("mnt/inbox/second", "w") as f:
    sys.stdin.readline()
    f.write("second")
sys.stdin.readline()`)
	c.Dir = s.dir
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // also where the test has failed; else it has ended
		in.Close()
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	})
	s.until("the first file waits", func() bool { return strings.Contains(s.sh("cat $MNT/aside"), "writer\t5\t") })
	if said := s.sh("cat $MNT/status/first"); !strings.Contains(said,
		"python3, which wrote it, works on in its folder: it waits for that, until ") {
		t.Errorf("its status says\n%s", said)
	}
	s.sh("echo flush first > $MNT/control; echo wait first > $MNT/control; test -e objects/story/first")
	if _, err := in.Write([]byte("\n\n")); err != nil {
		t.Fatal(err)
	}
	s.until("the second is uploaded", func() bool { _, _, ok := s.server.Object(bucket, "second"); return ok })
}
