package journal

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Taken is a name whose file was uploaded, and whose copy was removed after that. It is kept of names that went off the
// list; of the others the entries tell.
type Taken struct {
	Name  uint64 // its key here, given by the caller: stands for the path below inbox
	At    uint32 // unix seconds
	Empty bool   // the file had no content
}

// The tags of a Taken; on disk, as those of a Record.
const (
	takenAt uint64 = iota + 1
	takenEmpty
)

func (t *Taken) encode(a *arena, key []byte) []byte {
	a.begin()
	a.number(takenAt, uint64(t.At))
	a.flag(takenEmpty, t.Empty)
	return a.end(key)
}

func decodeTaken(name uint64, key, value []byte) (Taken, error) {
	t := Taken{Name: name}
	b, err := open(key, value)
	if err != nil {
		return t, err
	}
	var f field
	for len(b) > 0 {
		if f, b, err = next(b); err != nil {
			return t, err
		}
		switch f.id {
		case takenAt << 1:
			t.At = uint32(f.number)
		case takenEmpty << 1:
			t.Empty = f.number != 0
		}
	}
	return t, nil
}

// Taken returns the names that are kept. One that cannot be read is left out: what goes on with it is not told from a
// new file.
func (j *Journal) Taken() ([]Taken, error) {
	var all []Taken
	err := j.view(func(tx *bolt.Tx) error {
		bucket := tx.Bucket(bucketTaken)
		if bucket == nil { // until there is one
			return nil
		}
		return bucket.ForEach(func(k, v []byte) error {
			name, err := parseNumber(k)
			if err != nil {
				return err
			}
			if t, err := decodeTaken(name, k, v); err == nil {
				all = append(all, t)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("journal: names of uploaded files: %w", err)
	}
	return all, nil
}

// writeTaken adds names, and lets go of those that are old. The layout stays what it is: an inboxfs that does not know
// of these leaves them alone, and holds no file for them.
func (b *Batch) writeTaken(a *arena, tx *bolt.Tx) error {
	if len(b.Taken) == 0 && b.TakenUntil == 0 {
		return nil
	}
	bucket, err := tx.CreateBucketIfNotExists(bucketTaken)
	if err != nil {
		return err
	}
	for i := range b.Taken {
		key := number(b.Taken[i].Name)
		if err := bucket.Put(key, b.Taken[i].encode(a, key)); err != nil {
			return fmt.Errorf("name %x: %w", b.Taken[i].Name, err)
		}
	}
	if b.TakenUntil == 0 {
		return nil
	}
	var old [][]byte // a cursor may skip a key after a deletion
	c := bucket.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		// What cannot be read goes, too.
		if t, err := decodeTaken(0, k, v); err != nil || t.At <= b.TakenUntil {
			old = append(old, bytes.Clone(k))
		}
	}
	for _, k := range old {
		if err := bucket.Delete(k); err != nil {
			return fmt.Errorf("name %x: %w", k, err)
		}
	}
	return nil
}
