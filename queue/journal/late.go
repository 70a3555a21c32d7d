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

	// of which contents it is to be asked whether they were made, when it is over: the newest; nil: of none
	Off *CalledOff
}

// CalledOff is a content that was called off after it may have been sent.
type CalledOff struct {
	ID                         uint64 // of its entry
	Gen                        uint32
	Name, Bucket, Key, VideoID string
	Size                       int64
	Since                      int64 // unix milliseconds; an object that is older is another
	CRC64                      uint64
	HasCRC                     bool
	Heir                       uint64 // entry of the file, if that has another name since

	Older *CalledOff // of which it is to be asked when this one is not there; nil: of none
}

// bucketLate is there from the first of them on. An inboxfs that does not know it does without.
var bucketLate = []byte("late")

// The tags of a Late; on disk, as those of a Record.
const (
	lateID uint64 = iota + 1
	lateGen
	lateOffID // from here on of Off, if this one is there. One behind another is newer: an older inboxfs takes the last
	lateOffGen
	lateName
	lateBucket
	lateKey
	lateVideoID
	lateSize
	lateSince
	lateCRC64
	lateHasCRC
	lateHeir
)

func (off *CalledOff) encode(a *arena) {
	if off.Older != nil {
		off.Older.encode(a)
	}
	a.number(lateOffID, off.ID)
	a.number(lateOffGen, uint64(off.Gen))
	a.text(lateName, off.Name)
	a.text(lateBucket, off.Bucket)
	a.text(lateKey, off.Key)
	a.text(lateVideoID, off.VideoID)
	a.signed(lateSize, off.Size)
	a.signed(lateSince, off.Since)
	a.number(lateCRC64, off.CRC64)
	a.flag(lateHasCRC, off.HasCRC)
	a.number(lateHeir, off.Heir)
}

func (off *CalledOff) set(f field) {
	switch f.id {
	case lateOffID << 1:
		off.ID = f.number
	case lateOffGen << 1:
		off.Gen = uint32(f.number)
	case lateName<<1 | kindBytes:
		off.Name = string(f.bytes)
	case lateBucket<<1 | kindBytes:
		off.Bucket = string(f.bytes)
	case lateKey<<1 | kindBytes:
		off.Key = string(f.bytes)
	case lateVideoID<<1 | kindBytes:
		off.VideoID = string(f.bytes)
	case lateSize << 1:
		off.Size = unsigned(f.number)
	case lateSince << 1:
		off.Since = unsigned(f.number)
	case lateCRC64 << 1:
		off.CRC64 = f.number
	case lateHasCRC << 1:
		off.HasCRC = f.number != 0
	case lateHeir << 1:
		off.Heir = f.number
	}
}

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
			if l.Off != nil {
				l.Off.encode(&a)
			}
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
		case lateOffID << 1:
			l.Off = &CalledOff{Older: l.Off}
			fallthrough
		default:
			if l.Off != nil {
				l.Off.set(f)
			}
		}
	}
	return nil
}
