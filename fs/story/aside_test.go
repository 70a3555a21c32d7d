package story

import (
	"strings"
	"testing"
)

// TestAside shows what stays in the inbox, and why, as it comes and goes.
func TestAside(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("cd $MNT/inbox; echo junk > .DS_Store; mkdir .Trash-1000; echo old > .Trash-1000/old; " +
		"echo half > film.mp4.crdownload; " +
		"echo half > big.mkv; echo list > big.mkv.aria2; touch -d 2020-01-01T00:00:00Z 'with blank.part'; " +
		"ln -s user@host .#open; ln -s nowhere lost; echo fine > fine; echo wait fine > $MNT/control")
	s.until("all have settled", func() bool {
		return strings.Contains(s.sh("cat $MNT/queue"), "\nwaiting 4\n") && s.field("lost", "state") == "held"
	})
	got := s.sh("cut -f 1,2,4 $MNT/aside | tail -n +2; head -1 $MNT/aside")
	want := `link	7	lost
ignored	9	.#open
ignored	5	.DS_Store
ignored	4	.Trash-1000/old
companion	5	big.mkv
temporary	5	big.mkv.aria2
temporary	5	film.mp4.crdownload
temporary	0	with blank.part
#why	size	modified	name`
	lines := strings.Split(got, "\n")
	for line := range strings.SplitSeq(want, "\n") {
		if !strings.Contains("\n"+got+"\n", "\n"+line+"\n") {
			t.Errorf("%q is missing", line)
		}
	}
	if n := strings.Count(want, "\n") + 1; len(lines) != n {
		t.Errorf("%d lines, not %d:\n%s", len(lines), n, got)
	}
	if line := s.sh("grep 'with blank' $MNT/aside"); line != "temporary\t0\t2020-01-01T00:00:00Z\twith blank.part" {
		t.Errorf("the line is %q", line)
	}
	s.sh("cd $MNT/inbox; mv film.mp4.crdownload film.mp4; rm big.mkv.aria2 lost .DS_Store; echo wait > $MNT/control; " +
		"rm 'with blank.part'")
	s.until("big.mkv goes on its way", func() bool { _, _, ok := s.server.Object(bucket, "big.mkv"); return ok })
	if got := s.sh("cut -f 1,4 $MNT/aside"); got != "#why\tname\nignored\t.#open\nignored\t.Trash-1000/old" {
		t.Errorf("in the end aside has\n%s", got)
	}
	s.fails("echo x > $MNT/aside")
	s.sh("ls -l $MNT | grep -q ' aside$'; test $(stat -c %s $MNT/aside) = $(cat $MNT/aside | wc -c)")
}

// withoutFile takes the events of a file out of the log, and the numbers out of the rest.
func withoutFile(events, file string) string {
	var b strings.Builder
	for line := range strings.Lines(events) {
		if !strings.Contains(line, "file="+file+"\n") && !strings.Contains(line, "file="+file+" ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// TestFolderNames drops into folders that are named as some program names its files, and into those that programs name
// so.
func TestFolderNames(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh(`cd $MNT/inbox; for f in '#世界杯#/final.mp4' '新年快乐~/01.mp4' take1.part/a.mp4 'a.TMP/~$b/c.mp4' x.aria2/y.mp4 \
		.work/half.mp4 Clip.download/Clip.mov 'n.rtfd.sb-1a2b3c4d-Ab12xY/TXT.rtf' take1.part/b.mp4.part \
		.Trash-1000/files/old.mp4 @eaDir/thumb.jpg '$RECYCLE.BIN/x.mp4'
		do mkdir -p "$(dirname "$f")"; echo "$f" > "$f"; done`)
	s.until("four files wait", func() bool { return strings.Contains(s.sh("cat $MNT/queue"), "\nwaiting 4\n") })
	said := s.sh(program + " control --mount $MNT wait")
	if want := "wait: nothing is left to upload, but 4 files wait for another name, " +
		"or for a file beside them to go or to come: aside says which"; said != want {
		t.Errorf("wait says %q, not %q", said, want)
	}
	if said = s.sh(program + " status $MNT"); !strings.Contains(said,
		"nothing left to upload, but not everything was\n") ||
		!strings.Contains(said,
			"\n4 files wait for another name, or for a file beside them to go or to come: aside says which\n") {
		t.Errorf("status says\n%s", said)
	}
	if said = s.sh("grep -o '\"waiting\": *[0-9]*' $MNT/status.json"); strings.Join(strings.Fields(said),
		"") != `"waiting":4` {
		t.Errorf("status.json says %q", said)
	}
	objects := s.sh("cd objects/story && find . -type f -name '[!.]*' | sort")
	want := "./#世界杯#/final.mp4\n./a.TMP/~$b/c.mp4\n./take1.part/a.mp4\n./x.aria2/y.mp4\n./新年快乐~/01.mp4"
	if objects != want {
		t.Errorf("the bucket has\n%s\nand not\n%s", objects, want)
	}
	aside := s.sh("tail -n +2 $MNT/aside | cut -f 1,4")
	if want := "ignored\t$RECYCLE.BIN/x.mp4\nignored\t.Trash-1000/files/old.mp4\ntemporary\t.work/half.mp4\nignored\t@eaDir/thumb.jpg\n" +
		"temporary\tClip.download/Clip.mov\ntemporary\tn.rtfd.sb-1a2b3c4d-Ab12xY/TXT.rtf\ntemporary\ttake1.part/b.mp4.part"; aside != want {
		t.Errorf("aside has\n%s\nand not\n%s", aside, want)
	}
	// A folder that gets its own name is a drop: what waited in it does not any more, and what was ignored is looked
	// for.
	s.sh(`cd $MNT/inbox; mv Clip.download clip; mv .Trash-1000/files trash; mv .work '#'; echo wait > $MNT/control
		test "$(cd $HOME/objects/story; cat clip/Clip.mov trash/old.mp4 "#/half.mp4")" = $'Clip.download/Clip.mov\n.Trash-1000/files/old.mp4\n.work/half.mp4'`)
}
