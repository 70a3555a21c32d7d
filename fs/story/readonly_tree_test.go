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
	s.does(nobody, `mkdir -p disc/VIDEO_TS/deep; for f in disc/a.bin disc/VIDEO_TS/b.bin disc/VIDEO_TS/deep/c.bin; do echo content > $f; chmod 444 $f; done
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
