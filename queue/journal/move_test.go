package journal

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

// TestMoves keeps moves across a restart as long as they count, and the layout that says that there are any no longer.
func TestMoves(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	steps := []struct {
		b      Batch
		left   []Move
		layout byte
		next   uint64
	}{
		{Batch{Put: []Record{{ID: 1, Name: "a/x"}}}, nil, layout, 0},
		{Batch{Moves: []Move{{1, "a", "b", 2}, {2, "c\xff", "a", 0}}}, []Move{{1, "a", "b", 2}, {2, "c\xff", "a", 0}},
			layoutMoves, 3},
		{Batch{Moved: []uint64{1, 77}}, []Move{{2, "c\xff", "a", 0}}, layoutMoves, 3},
		{Batch{Moves: []Move{{3, "d", "e", 1}}, Moved: []uint64{2, 3}}, nil, layout, 4},
		{Batch{Moved: []uint64{3}}, nil, layout, 4},
	}
	for i, s := range steps {
		commit(t, j, &s.b)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j = openJournal(t, path)
		moves, err := j.Moves()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.left, moves); diff != "" {
			t.Errorf("step %d: moves:\n%s", i, diff)
		}
		meta, err := j.Meta()
		if err != nil || meta.NextMove != s.next {
			t.Errorf("step %d: the next move is %d, not %d (%v)", i, meta.NextMove, s.next, err)
		}
		err = j.db.View(func(tx *bolt.Tx) error {
			if format := tx.Bucket(bucketMeta).Get(metaFormat); format[0] != s.layout {
				t.Errorf("step %d: the layout is %d, not %d", i, format[0], s.layout)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestFollow gives rows the names that they have after moves: all moves, or those since the row was written.
func TestFollow(t *testing.T) {
	t.Parallel()
	swapped := []Move{{4, "a", "\x00", 0}, {5, "b", "a", 0}, {6, "\x00", "b", 0}}
	for _, c := range []struct {
		name  string
		since uint64
		moves []Move
		want  string
	}{
		{"a/x", 0, nil, "a/x"},
		{"a/x", 0, []Move{{1, "a", "b", 0}}, "b/x"},
		{"a/x", 1, []Move{{1, "a", "b", 0}}, "a/x"}, // a new one, below a new folder
		{"ab/x", 0, []Move{{1, "a", "b", 0}}, "ab/x"},
		{"a", 0, []Move{{1, "a", "b", 0}}, "a"},
		{"a/s/x", 0, []Move{{1, "a", "b", 0}, {2, "b/s", "t", 0}}, "t/x"},
		{"b/s/x", 1, []Move{{1, "a", "b", 0}, {2, "b/s", "t", 0}}, "t/x"},
		{"a/x", 0, swapped, "b/x"}, {"b/x", 3, swapped, "a/x"}, {"a/x", 6, swapped, "a/x"}, {"b/x", 6, swapped, "b/x"},
	} {
		r := Record{Name: c.name, Moves: c.since}
		for _, m := range c.moves {
			if name, ok := m.Follow(&r); ok {
				r.Name = name
			}
		}
		if r.Name != c.want {
			t.Errorf("%q, written after move %d, is %q after %v, not %q", c.name, c.since, r.Name, c.moves, c.want)
		}
	}
}
