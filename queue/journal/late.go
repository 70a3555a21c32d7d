package journal

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Late is a request that may still make an object at a place, though nobody heard or hears what became of it.
type Late struct {
	Place uint64 // its key here; stands for a bucket and a key
	ID    uint64 // of the entry whose content it brings; 0: of none
	Gen   uint32 // of that
	Over  bool   // it is over: there is no such row any more
}

// bucketLate is there from the first of them on. An inboxfs that does not know it does without.
var bucketLate = []byte("late")

// The tags of a Late; on disk, as those of a Record.
const (
	lateID uint64 = iota + 1
	lateGen
)

// writeLate applies them in their order.
func (b *Batch) writeLate(tx *bolt.Tx) error {
	if len(b.Late) == 0 {
		return nil
	}
	bucket, err := tx.CreateBucketIfNotExists(bucketLate)
	if err != nil {
		return err
	}
	var a arena
	for _, l := range b.Late {
		key := number(l.Place)
		if l.Over {
			err = bucket.Delete(key)
		} else {
			a.begin()
			a.number(lateID, l.ID)
			a.number(lateGen, uint64(l.Gen))
			err = bucket.Put(key, a.end(key))
		}
		if err != nil {
			return fmt.Errorf("late request to %x: %w", l.Place, err)
		}
	}
	return nil
}

// Late returns the requests that were not over. Of one that cannot be read the place is left.
func (j *Journal) Late() ([]Late, error) {
	var all []Late
	err := j.view(func(tx *bolt.Tx) error {
		bucket := tx.Bucket(bucketLate)
		if bucket == nil { // as a rule
			return nil
		}
		return bucket.ForEach(func(k, v []byte) error {
			place, err := parseNumber(k)
			if err != nil {
				return err
			}
			l := Late{Place: place}
			if l.decode(k, v) != nil {
				l = Late{Place: place}
			}
			all = append(all, l)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("journal: late requests: %w", err)
	}
	return all, nil
}

func (l *Late) decode(key, value []byte) error {
	b, err := open(key, value)
	if err != nil {
		return err
	}
	var f field
	for len(b) > 0 {
		if f, b, err = next(b); err != nil {
			return err
		}
		switch f.id {
		case lateID << 1:
			l.ID = f.number
		case lateGen << 1:
			l.Gen = uint32(f.number)
		}
	}
	return nil
}
