package story

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// film is the bytes of a recording as cameras write them: what it is, half a mebibyte of pictures, and then where they
// are.
func film() []byte {
	box := func(kind string, content []byte) []byte {
		return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(content))), kind...), content...)
	}
	return bytes.Join([][]byte{box("ftyp", []byte("isom\x00\x00\x02\x00isommp41")),
		box("mdat", bytes.Repeat([]byte("picture."), 65536)),
		box("moov", box("mvhd", make([]byte, 100)))}, nil)
}

// A recording whose copy was cut short is not uploaded before somebody says so; a whole one is, without a word.
func TestCutFilm(t *testing.T) {
	t.Parallel()
	s := begin(t)
	if err := os.WriteFile(filepath.Join(s.dir, "whole.mp4"), film(), 0o644); err != nil {
		t.Fatal(err)
	}
	s.sh(`head -c 300000 whole.mp4 > cut.mp4
		cp whole.mp4 $MNT/inbox/ && cp cut.mp4 $MNT/inbox/
		head -c -100 whole.mp4 > $MNT/inbox/end.mp4
		echo wait whole.mp4 > $MNT/control`)
	s.arrived("whole.mp4", filepath.Join(s.dir, "whole.mp4"))
	for _, name := range []string{"cut.mp4", "end.mp4"} {
		if out := s.fails("echo wait " + name + " > $MNT/control"); !strings.Contains(out, "Input/output error") {
			t.Errorf("wait for the held %s says %s", name, out)
		}
	}
	status := s.sh("cat $MNT/status/cut.mp4")
	for _, want := range []string{"state held", "error MediaIncomplete",
		`cut short: box "mdat" needs 224320 bytes more`, "release"} {
		if !strings.Contains(status, want) {
			t.Errorf("%q is not in the status:\n%s", want, status)
		}
	}
	if status := s.sh("cat $MNT/status/end.mp4"); !strings.Contains(status, `box "moov" needs 100 bytes more`) {
		t.Errorf("the status of one that lacks its end:\n%s", status)
	}
	if _, _, ok := s.server.Object(bucket, "cut.mp4"); ok {
		t.Error("the held file was uploaded")
	}

	s.stop() // what was released stays so
	s.env = append(s.env, "INBOXFS_START=false")
	s.mount()
	s.sh("echo release cut.mp4 > $MNT/control")
	s.until("it is ready", func() bool { return strings.Contains(s.sh("cat $MNT/status/cut.mp4"), "state ready") })
	s.kill()
	s.mount()
	s.sh("echo start > $MNT/control; echo wait cut.mp4 > $MNT/control")
	s.arrived("cut.mp4", filepath.Join(s.dir, "cut.mp4"))

	s.sh("cp whole.mp4 $MNT/inbox/end.mp4; echo wait end.mp4 > $MNT/control") // the copy, once more
	s.arrived("end.mp4", filepath.Join(s.dir, "whole.mp4"))

	if out := s.fails(
		"echo addFile $PWD/cut.mp4 > $MNT/control && echo wait cut.mp4 > $MNT/control"); !strings.Contains(out,
		"Input/output error") {
		t.Errorf("wait for the held referenced file says %s", out)
	}
	if status := s.sh("cat $MNT/status/cut.mp4"); !strings.Contains(status, "error MediaIncomplete") {
		t.Errorf("the status of the referenced file:\n%s", status)
	}
	s.seen()
}

func TestCutFilmUnchecked(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_INBOX_CHECK_MEDIA=false")
	if err := os.WriteFile(filepath.Join(s.dir, "cut.mp4"), film()[:1000], 0o644); err != nil {
		t.Fatal(err)
	}
	s.sh("cp cut.mp4 $MNT/inbox/; echo wait cut.mp4 > $MNT/control")
	s.arrived("cut.mp4", filepath.Join(s.dir, "cut.mp4"))
}
