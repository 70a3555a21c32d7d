package journal

import (
	"testing"

	bolt "go.etcd.io/bbolt"

	"inboxfs/queue/transfer"
)

// TestNeeds has a program that does not know of parts that were sent ahead, or of pieces of videos, refuse the journal
// for as long as there are any.
func TestNeeds(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	ahead := func(id uint64) Record { return Record{ID: id, Name: "a", UploadID: "U", Ahead: true} }
	piece := func(id uint64, state string) Record {
		return Record{ID: id, Name: "a", State: state, VideoID: transfer.PieceOf("V")}
	}
	for i, s := range []struct {
		b      Batch
		layout byte
	}{
		{Batch{Put: []Record{{ID: 1, Name: "a"}, {ID: 2, Name: "b", Ahead: true}, {ID: 3, Name: "c", UploadID: "U"}}},
			layout},
		{Batch{Put: []Record{ahead(1)}}, layoutAhead},
		{Batch{Moves: []Move{{N: 1, Old: "a", New: "b"}}, Put: []Record{ahead(2), ahead(1)}}, layoutAhead},
		{Batch{Put: []Record{{ID: 1, Name: "a", UploadID: "U"}}}, layoutAhead},
		{Batch{Delete: []uint64{2, 77}}, layoutMoves},
		{Batch{Moved: []uint64{1}}, layout},
		{Batch{Put: []Record{ahead(3)}, Moves: []Move{{N: 2, Old: "a", New: "b"}}, Moved: []uint64{2}}, layoutAhead},
		{Batch{Put: []Record{ahead(4)}, Delete: []uint64{3, 4}}, layout},
		{Batch{Put: []Record{piece(5, "uploading"), ahead(6)}}, layoutPiece},
		{Batch{Put: []Record{piece(5, "success")}}, layoutAhead},
		{Batch{Delete: []uint64{6}}, layout},
	} {
		commit(t, j, &s.b)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j = openJournal(t, path)
		err := j.db.View(func(tx *bolt.Tx) error {
			if format := tx.Bucket(bucketMeta).Get(metaFormat); len(format) != 1 || format[0] != s.layout {
				t.Errorf("step %d: the layout is %v, not %d", i, format, s.layout)
			}
			if bucket := tx.Bucket(bucketNeeds); (bucket != nil) != (s.layout >= layoutAhead) {
				t.Errorf("step %d: needs is there: %v", i, bucket != nil)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
