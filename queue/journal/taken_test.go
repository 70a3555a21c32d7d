package journal

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

// TestTaken keeps names across a restart until they are old. The layout tells nothing of them, so that an older inboxfs
// opens the file; a name that cannot be read costs only itself.
func TestTaken(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	steps := []struct {
		b    Batch
		left []Taken
	}{
		{Batch{Put: []Record{{ID: 1, Name: "a"}}}, nil},
		{Batch{TakenUntil: 7}, nil},
		{Batch{Delete: []uint64{1}, Taken: []Taken{{1, 10, false, 0}, {1<<63 + 5, 20, true, 0}}},
			[]Taken{{1, 10, false, 0}, {1<<63 + 5, 20, true, 0}}},
		{Batch{Taken: []Taken{{1, 30, true, 0}, {2, 0, false, 7}}}, []Taken{{1, 30, true, 0}, {2, 0, false, 7},
			{1<<63 + 5, 20, true, 0}}},
		{Batch{Taken: []Taken{{3, 20, false, 0}, {4, 21, false, 0}}, TakenUntil: 20, Given: []Taken{{5, 1, false, 9}}},
			[]Taken{{1, 30, true, 0}, {4, 21, false, 0}}},
	}
	for i, s := range steps {
		commit(t, j, &s.b)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j = openJournal(t, path)
		left, err := j.Taken()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.left, left); diff != "" {
			t.Errorf("step %d: names:\n%s", i, diff)
		}
	}
	if given, err := j.Given(); err != nil || len(given) != 1 || given[0] != (Taken{5, 1, false, 9}) {
		t.Errorf("given was %v, %v", given, err)
	}
	err := j.db.Update(func(tx *bolt.Tx) error {
		if format := tx.Bucket(bucketMeta).Get(metaFormat); format[0] != layout {
			t.Errorf("the layout is %d", format[0])
		}
		return tx.Bucket(bucketTaken).Put(number(4), []byte{codecVersion, 0, 0, 0, 0})
	})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := j.Taken(); err != nil || len(left) != 1 || left[0].Name != 1 {
		t.Errorf("beside a damaged one there are %v, %v", left, err)
	}
}
