package journal

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Taken is what is kept of uploaded files that went off the list; of the others the entries tell. In Batch.Taken it is
// a name whose copy was removed, in Batch.Given what a server said for one file alone: a video, or a bucket and key.
type Taken struct {
	Name  uint64 // its key here, given by the caller: stands for the path below inbox, or for what was given
	At    uint32 // unix seconds, or the number of what was given: the next has a higher one
	Empty bool   // the file had no content
	ID    uint64 // of the entry; 0 where it is not kept
}

// The tags of a Taken; on disk, as those of a Record.
const (
	takenAt uint64 = iota + 1
	takenEmpty
	takenID
)

func (t *Taken) encode(a *arena, key []byte) []byte {
	a.begin()
	a.number(takenAt, uint64(t.At))
	a.flag(takenEmpty, t.Empty)
	a.number(takenID, t.ID)
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
		case takenID << 1:
			t.ID = f.number
		}
	}
	return t, nil
}

// Taken returns the names that are kept. One that cannot be read is left out: what goes on with it is not told from a
// new file.
func (j *Journal) Taken() ([]Taken, error) { return j.taken(bucketTaken) }

// Given returns what was given for files that went off the list. One that cannot be read is left out.
func (j *Journal) Given() ([]Taken, error) { return j.taken(bucketGiven) }

func (j *Journal) taken(name []byte) ([]Taken, error) {
	var all []Taken
	err := j.view(func(tx *bolt.Tx) error {
		bucket := tx.Bucket(name)
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
		return nil, fmt.Errorf("journal: %s: what is kept of uploaded files: %w", name, err)
	}
	return all, nil
}

// writeTaken adds names, or what was given, and lets go of what is old. The layout stays what it is: an inboxfs that
// does not know of these leaves them alone, and neither holds nor refuses a file for them.
func writeTaken(a *arena, tx *bolt.Tx, name []byte, all []Taken, until uint32) error {
	if len(all) == 0 && until == 0 {
		return nil
	}
	bucket, err := tx.CreateBucketIfNotExists(name)
	if err != nil {
		return err
	}
	for i := range all {
		key := number(all[i].Name)
		if err := bucket.Put(key, all[i].encode(a, key)); err != nil {
			return fmt.Errorf("%s %x: %w", name, all[i].Name, err)
		}
	}
	if until == 0 {
		return nil
	}
	var old [][]byte // a cursor may skip a key after a deletion
	c := bucket.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		// What cannot be read goes, too.
		if t, err := decodeTaken(0, k, v); err != nil || t.At <= until {
			old = append(old, bytes.Clone(k))
		}
	}
	for _, k := range old {
		if err := bucket.Delete(k); err != nil {
			return fmt.Errorf("%s %x: %w", name, k, err)
		}
	}
	return nil
}
