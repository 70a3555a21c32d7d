package story

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// told is the files of an event, in order.
func (s *story) told(event string) (files []string) {
	s.t.Helper()
	for _, e := range s.seen() {
		if file, ok := strings.CutPrefix(e, event+":"); ok {
			files = append(files, file)
		}
	}
	return files
}

// inOrder fails unless files were added and begun in this order.
func (s *story) inOrder(want []string) {
	s.t.Helper()
	for _, event := range []string{"OnFileAdded", "OnUploadStarted"} {
		if got := s.told(event); !slices.Equal(got, want) {
			s.t.Errorf("%s was said of\n%v, not\n%v", event, got, want)
		}
	}
}

// TestOrderOfCloses drops a large file before a small one, which is on stable storage long before it, and folders.
func TestOrderOfCloses(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_UPLOAD_FILES=1")
	s.sh("mkdir -p tree/b tree/a; head -c 300M /dev/urandom > a; head -c 5M /dev/urandom > b; cp b tree/b/z; " +
		"cp b tree/b/y; head -c 70M a > tree/a/x")
	s.sh("cp a b $MNT/inbox/ && cp tree/a/x $MNT/inbox/c && cp tree/b/y $MNT/inbox/d; echo wait > $MNT/control")
	want := []string{"a", "b", "c", "d"}
	s.inOrder(want)

	// Each of these closes a file when the one before has said so.
	script := "mkdir $MNT/inbox/over; cd $MNT/inbox/over; mkdir 3 1 2;"
	for i := range 60 {
		name, source := fmt.Sprintf("%d/%d", 1+i%3, i), "b"
		if i%20 == 0 {
			source = "tree/a/x"
		}
		script += fmt.Sprintf("cp $OLDPWD/%s %s;", source, name)
		want = append(want, "over/"+name)
	}
	s.sh(script + "echo wait > $MNT/control")
	s.inOrder(want)
}
