package story

import (
	"strings"
	"testing"
)

// TestSyncFolder drops files where a sync program left its mark. It would delete the originals when uploads remove the
// copies, so they are held until somebody says what is to be.
func TestSyncFolder(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh(`cd $MNT/inbox; mkdir -p st/.stfolder st/deep drop/.dropbox.cache plain
		for d in st st/deep drop plain; do echo content > $d/a.mov; done
		mkdir next good free; echo data > next/.sync_1a2b.db; mkdir good/_gsdata_; echo data > free/sync.ffs_db
		for d in next good free; do echo content > $d/a.mov; done`)
	for _, name := range []string{"st/a.mov", "st/deep/a.mov", "drop/a.mov", "next/a.mov", "good/a.mov", "free/a.mov"} {
		s.is(name, "held")
		if why := s.field(name, "message"); !strings.Contains(why, "would remove the original") ||
			s.field(name, "error") != "SyncFolder" {
			t.Errorf("%s is held: %s", name, why)
		}
		if hint := s.field(name, "hint"); !strings.Contains(hint, "after_upload") {
			t.Errorf("the hint is %s", hint)
		}
	}
	s.is("plain/a.mov", "success")
	if n := s.sh("grep -c ^synced $MNT/aside"); n != "6" {
		t.Errorf("aside has %s of them", n)
	}
	if n := strings.Count(s.log.String(), "kept alike elsewhere by a sync") +
		strings.Count(s.log.String(), "keeps a folder of the inbox alike elsewhere"); n == 0 {
		t.Error("the log does not say so")
	}
	s.sh("echo release st/a.mov > $MNT/control; echo wait st/a.mov > $MNT/control; " +
		"rmdir $MNT/inbox/drop/.dropbox.cache; echo new > $MNT/inbox/drop/a.mov")
	s.is("drop/a.mov", "success")
	if made := creations(s); made["st/a.mov"] != 1 || made["st/deep/a.mov"]+made["next/a.mov"] != 0 {
		t.Errorf("made are %v", made)
	}
	for _, more := range []string{"INBOXFS_INBOX_AFTER_UPLOAD=keep", "INBOXFS_INBOX_SYNC_FOLDERS=upload"} {
		t.Run(more, func(t *testing.T) {
			t.Parallel()
			s := begin(t, more)
			s.sh("cd $MNT/inbox; mkdir .stfolder; echo content > a.mov; echo wait a.mov > $MNT/control")
			s.is("a.mov", "success")
		})
	}
}
