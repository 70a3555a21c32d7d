package journal

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"inboxfs/queue/transfer"
)

// loadChunk is how many records Load reads in one transaction.
const loadChunk = 4096

// Load calls fn for every record in id order and stops at fn's first error. Records that cannot be read do not stop it:
// fn gets all the others, and the result is a *BadRecords. fn runs outside of any transaction and may call Commit;
// what it commits for later ids is seen.
func (j *Journal) Load(fn func(Record) error) error {
	j.readAhead()
	defer j.release()
	var (
		bad    []BadRecord
		shared = make(words)
		chunk  = make([]Record, 0, loadChunk)
		from   = number(0)
	)
	for from != nil {
		chunk = chunk[:0]
		err := j.view(func(tx *bolt.Tx) error {
			c := tx.Bucket(bucketEntries).Cursor()
			k, v := c.Seek(from)
			for ; k != nil && len(chunk) < loadChunk; k, v = c.Next() {
				id, err := parseNumber(k)
				if err != nil {
					return err
				}
				r, err := decodeRecord(id, k, v, shared)
				if err != nil {
					bad = append(bad, BadRecord{ID: id, Err: err})
					continue
				}
				chunk = append(chunk, r)
			}
			from = bytes.Clone(k) // nil at the end
			return nil
		})
		if err != nil {
			return fmt.Errorf("journal: load: %w", err)
		}
		for _, r := range chunk {
			if err := fn(r); err != nil {
				return err
			}
		}
	}
	if len(bad) > 0 {
		return &BadRecords{Records: bad}
	}
	return nil
}

// Parts returns the parts of entry id in number order. A part that cannot be read is left out: to send it again is
// always right, and cheaper than to fail the file.
func (j *Journal) Parts(id uint64) ([]transfer.Part, error) {
	var parts []transfer.Part
	prefix := number(id)
	err := j.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketParts).Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			if len(k) != len(prefix)+4 {
				continue
			}
			p, err := decodePart(int(binary.BigEndian.Uint32(k[len(prefix):])), k, v)
			if err != nil {
				continue
			}
			parts = append(parts, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("journal: parts of entry %d: %w", id, err)
	}
	return parts, nil
}

// Aborts returns what is still to be aborted, in N order. Of one that cannot be read, N alone is left, with an empty
// UploadID: nothing can be aborted by it, and Aborted removes it.
func (j *Journal) Aborts() ([]Abort, error) {
	var aborts []Abort
	err := j.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketAborts).ForEach(func(k, v []byte) error {
			n, err := parseNumber(k)
			if err != nil {
				return err
			}
			a, err := decodeAbort(n, k, v)
			if err != nil {
				a = Abort{N: n}
			}
			aborts = append(aborts, a)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("journal: pending aborts: %w", err)
	}
	return aborts, nil
}

// Outbox returns the events that are not yet confirmed as sent, in N order.
func (j *Journal) Outbox() ([]Pending, error) {
	var out []Pending
	err := j.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketOutbox).ForEach(func(k, v []byte) error {
			n, err := parseNumber(k)
			if err != nil {
				return err
			}
			out = append(out, Pending{N: n, Line: bytes.Clone(v)})
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("journal: outbox: %w", err)
	}
	return out, nil
}
