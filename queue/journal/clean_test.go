package journal

import (
	"path/filepath"
	"testing"
)

// TestCloseBehindIsNotClean: a journal that lacks what it was last told must not say that all was well.
func TestCloseBehindIsNotClean(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	for _, again := range []bool{false, true} {
		j, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Commit(&Batch{NextID: 1}); err != nil {
			t.Fatal(err)
		}
		if err := j.Commit(&Batch{Put: []Record{{}}}); err == nil {
			t.Fatal("a record without an id was taken")
		}
		if again { // and it went well then
			if err := j.Commit(&Batch{NextID: 2}); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if j, err = Open(path); err != nil {
			t.Fatal(err)
		}
		if m, err := j.Meta(); err != nil || m.Clean != again {
			t.Errorf("after a failed commit, tried again: %v, clean is %v (%v)", again, m.Clean, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
