package story

import (
	"strings"
	"testing"
)

// TestReadOnlyTree has an ordinary user copy a disc, whose folders nobody may write to. Its copies go like others, and
// so do the folders that came with them; a folder that is used keeps its mode.
func TestReadOnlyTree(t *testing.T) {
	t.Parallel()
	s := beginShared(t, nobody)
	s.does(nobody,
		`mkdir -p disc/VIDEO_TS/deep; for f in disc/a.bin disc/VIDEO_TS/b.bin disc/VIDEO_TS/deep/c.bin; do echo content > $f; chmod 444 $f; done
		chmod -R a-w disc; cp -a disc $MNT/inbox/; ls $MNT/inbox > /dev/null; echo wait > $MNT/control`)
	s.until("the copies are gone", func() bool {
		return s.sh("find spool/inbox -type f") == ""
	})
	if modes := s.sh("find spool/inbox/disc -type d -printf '%m '"); strings.Trim(modes, "5 ") != "" {
		t.Errorf("the folders have the modes %s", modes)
	}
	if made := creations(s); len(made) != 3 || made["disc/VIDEO_TS/deep/c.bin"] != 1 {
		t.Errorf("made are %v", made)
	}
	// Where the folder is another's, who asks for the state of the file is told.
	s.does(nobody, "mkdir $MNT/inbox/others; echo pause > $MNT/control; echo content > $MNT/inbox/others/d.bin")
	s.is("others/d.bin", "ready")
	s.sh("chown 0 spool/inbox/others")
	s.does(nobody, "echo resume > $MNT/control; echo wait others/d.bin > $MNT/control")
	s.until("its status says that the copy stays", func() bool {
		out, _ := s.as(nobody, "cat $MNT/status/others/d.bin")
		return strings.Contains(out, "state success") && strings.Contains(out, "cannot be removed")
	})
}

// TestUnreadable has an ordinary user drop what not even that user may read. It is held, with what is to be done.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	s := beginShared(t, nobody)
	s.does(nobody, `cd $MNT/inbox; mkdir d; echo content > d/b.bin; chmod 0 d; echo content > a.bin; chmod 0 a.bin`)
	for _, name := range []string{"a.bin", "d/b.bin"} {
		s.until("the file is held, and its status says what to do", func() bool {
			out, _ := s.as(nobody, "cat $MNT/status/"+name)
			return strings.Contains(out, "state held") && strings.Contains(out, "chmod u+rx")
		})
	}
	s.does(nobody, `cd $MNT/inbox; chmod u+rx a.bin d; printf 'release %s\n' a.bin d/b.bin > $MNT/control
		for f in a.bin d/b.bin; do echo wait $f > $MNT/control; done`)
	if made := creations(s); made["a.bin"] != 1 || made["d/b.bin"] != 1 {
		t.Errorf("made are %v", made)
	}
}
