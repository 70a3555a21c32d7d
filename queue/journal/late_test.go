package journal

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

// TestLate keeps late requests across a restart until they are over, and of those that cannot be read the place.
func TestLate(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	off := &CalledOff{ID: 5, Gen: 3, Name: "a", Bucket: "b", Key: "p/a", VideoID: "v", Size: 9, Since: -1, CRC64: 0,
		HasCRC: true, Heir: 6}
	newer := &CalledOff{ID: 6, Gen: 1, Name: "a", Older: &CalledOff{ID: 5, Size: 3, Older: &CalledOff{ID: 5, Heir: 2}}}
	for i, s := range []struct {
		late, left []Late
	}{
		{nil, nil},
		{[]Late{{Place: 7, ID: 3, Gen: 2}, {Place: 1 << 63}}, []Late{{Place: 7, ID: 3, Gen: 2}, {Place: 1 << 63}}},
		{[]Late{{Place: 7, Over: true}, {Place: 7, ID: 4}, {Place: 9, Over: true}},
			[]Late{{Place: 7, ID: 4}, {Place: 1 << 63}}},
		{[]Late{{Place: 8, ID: 4}, {Place: 8, Over: true}, {Place: 1 << 63, Over: true}}, []Late{{Place: 7, ID: 4}}},
		{[]Late{{Place: 8, ID: 4, Off: off}}, []Late{{Place: 7, ID: 4}, {Place: 8, ID: 4, Off: off}}},
		{[]Late{{Place: 8, Off: &CalledOff{ID: 1}}}, []Late{{Place: 7, ID: 4}, {Place: 8, Off: &CalledOff{ID: 1}}}},
		{[]Late{{Place: 8, Off: newer}}, []Late{{Place: 7, ID: 4}, {Place: 8, Off: newer}}},
		{[]Late{{Place: 8, ID: 4}}, []Late{{Place: 7, ID: 4}, {Place: 8, ID: 4}}},
		{[]Late{{Place: 8, Over: true}}, []Late{{Place: 7, ID: 4}}},
	} {
		commit(t, j, &Batch{Late: s.late})
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j = openJournal(t, path)
		left, err := j.Late()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.left, left); diff != "" {
			t.Errorf("step %d:\n%s", i, diff)
		}
	}
	err := j.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucketLate).Put(number(7), []byte("x")) })
	if err != nil {
		t.Fatal(err)
	}
	if left, err := j.Late(); err != nil || len(left) != 1 || left[0] != (Late{Place: 7}) {
		t.Errorf("%v, %v", left, err)
	}
}
