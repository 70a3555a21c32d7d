package journal

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Pending is a rendered event on its way to the events file.
type Pending struct {
	N    uint64 // its key here; sent in this order
	Line []byte
}

// Batch is a set of changes that hold together or not at all. They are applied in the order of the fields, so what a
// batch puts and deletes is gone, and what it drops and adds is there.
type Batch struct {
	DropParts []uint64 // entries whose parts so far are void
	Put       []Record // new, or in place of the one with the same ID
	Parts     []PartOf
	Delete    []uint64 // entries, with their parts; unknown ones are fine
	Abort     []Abort
	Aborted   []uint64 // Abort.N that the server confirmed
	Moves     []Move   // in the order of N
	Moved     []uint64 // Move.N that all rows have followed
	Taken     []Taken
	Given     []Taken
	Late      []Late
	Outbox    []Pending
	Sent      uint64 // every Pending up to this N stands in the events file; 0 = none

	NextID, NextOrder uint64 // 0 = unchanged
	QueueState        string // "" = unchanged
	Boot              string // "" = unchanged
	Doubt             uint64 // 0 = unchanged
	Labels            uint64 // 0 = unchanged
	Marks             uint64 // 0 = unchanged
	BusySince         *int64 // nil = unchanged
	Seq               uint64 // the last number that an event may have once the batch is stored; 0 = unchanged
	TakenUntil        uint32 // every Taken with an At up to this goes; 0 = none
	GivenUntil        uint32 // likewise of Given

	// Before has on the same disk what must be there first. When that fails, so does the batch, and the journal with it
	// where it may not be tried again. nil: nothing.
	Before func() error
}

// Empty reports whether the batch changes nothing.
func (b *Batch) Empty() bool {
	return len(b.DropParts)+len(b.Put)+len(b.Parts)+len(b.Delete)+len(b.Abort)+len(b.Aborted)+len(b.Moves)+len(b.Moved)+
		len(b.Taken)+len(b.Given)+len(b.Late)+len(b.Outbox) == 0 && b.TakenUntil == 0 && b.GivenUntil == 0 &&
		b.Sent == 0 && b.NextID == 0 &&
		b.NextOrder == 0 &&
		b.QueueState == "" && b.Boot == "" && b.Doubt == 0 && b.Labels == 0 && b.Marks == 0 && b.BusySince == nil &&
		b.Seq == 0
}

// check finds what cannot be stored, before a transaction is begun.
func (b *Batch) check() error {
	for i := range b.Put {
		if b.Put[i].ID == 0 {
			return fmt.Errorf("journal: commit: record %q has no id", b.Put[i].Name)
		}
	}
	for _, p := range b.Parts {
		if p.Number < 1 || p.Number > math.MaxInt32 {
			return fmt.Errorf("journal: commit: entry %d: part number %d is out of range", p.ID, p.Number)
		}
	}
	return nil
}

// Commit writes the batch in one transaction and returns once it is on stable storage. An empty batch does nothing.
// After an error nothing of it is stored; see the package's caveats for a failed sync, and ErrBroken.
func (j *Journal) Commit(b *Batch) error {
	if b == nil || b.Empty() {
		return nil
	}
	err := j.commit(b)
	j.mu.Lock()
	j.whole = err == nil
	j.mu.Unlock()
	return err
}

func (j *Journal) commit(b *Batch) error {
	if err := b.check(); err != nil {
		return err
	}
	if err := j.usable(); err != nil {
		return fmt.Errorf("journal: commit: %w", err)
	}
	if b.Before != nil {
		if err := b.Before(); err != nil {
			j.noteFailure(err)
			return fmt.Errorf("journal: commit: %w", cmp.Or(j.usable(), err))
		}
	}
	err := guard(func() error {
		return j.db.Update(func(tx *bolt.Tx) error {
			// Asked again: the one before may have failed while this one waited for its turn.
			if err := j.usable(); err != nil {
				return refused{err}
			}
			j.room.keep(j.file, tx.Size())
			if err := b.write(tx); err != nil {
				return refused{err}
			}
			return nil
		})
	})
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		err = refused{ErrClosed} // closed in between
	}
	if err != nil {
		j.noteFailure(err)
		return fmt.Errorf("journal: commit: %w", err)
	}
	return nil
}

// refused is an error that ended a transaction before it wrote anything.
type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

// write applies b to tx.
func (b *Batch) write(tx *bolt.Tx) error {
	entries, parts := tx.Bucket(bucketEntries), tx.Bucket(bucketParts)
	aborts, outbox := tx.Bucket(bucketAborts), tx.Bucket(bucketOutbox)
	for _, bucket := range []*bolt.Bucket{entries, parts, aborts, outbox} {
		bucket.FillPercent = fillPercent
	}
	var a arena
	if err := b.writeEntries(&a, entries, parts); err != nil {
		return err
	}
	for i := range b.Abort {
		key := number(b.Abort[i].N)
		if err := aborts.Put(key, b.Abort[i].encode(&a, key)); err != nil {
			return fmt.Errorf("abort %d: %w", b.Abort[i].N, err)
		}
	}
	for _, n := range b.Aborted {
		if err := aborts.Delete(number(n)); err != nil {
			return fmt.Errorf("aborted %d: %w", n, err)
		}
	}
	if err := errors.Join(b.writeMoves(tx), b.writeNeeds(tx), writeLayout(tx)); err != nil {
		return err
	}
	if err := errors.Join(writeTaken(&a, tx, bucketTaken, b.Taken, b.TakenUntil),
		writeTaken(&a, tx, bucketGiven, b.Given, b.GivenUntil)); err != nil {
		return err
	}
	if err := b.writeLate(tx); err != nil {
		return err
	}
	for i := range b.Outbox {
		if err := outbox.Put(number(b.Outbox[i].N), b.Outbox[i].Line); err != nil {
			return fmt.Errorf("event %d: %w", b.Outbox[i].N, err)
		}
	}
	if b.Sent != 0 {
		if err := deleteRange(outbox, nil, number(b.Sent)); err != nil {
			return fmt.Errorf("sent %d: %w", b.Sent, err)
		}
	}
	return b.writeMeta(tx.Bucket(bucketMeta))
}

func (b *Batch) writeEntries(a *arena, entries, parts *bolt.Bucket) error {
	for _, id := range b.DropParts {
		if err := deleteParts(parts, id); err != nil {
			return fmt.Errorf("parts of entry %d: %w", id, err)
		}
	}
	for i := range b.Put {
		key := number(b.Put[i].ID)
		if err := entries.Put(key, b.Put[i].encode(a, key)); err != nil {
			return fmt.Errorf("entry %d: %w", b.Put[i].ID, err)
		}
	}
	for i := range b.Parts {
		p := &b.Parts[i]
		key := partKey(p.ID, p.Number)
		if err := parts.Put(key, encodePart(p.Part, a, key)); err != nil {
			return fmt.Errorf("entry %d, part %d: %w", p.ID, p.Number, err)
		}
	}
	for _, id := range b.Delete {
		if err := entries.Delete(number(id)); err != nil {
			return fmt.Errorf("delete entry %d: %w", id, err)
		}
		if err := deleteParts(parts, id); err != nil {
			return fmt.Errorf("parts of entry %d: %w", id, err)
		}
	}
	return nil
}

func (b *Batch) writeMeta(meta *bolt.Bucket) error {
	if isClean(meta) {
		if err := meta.Put(metaClean, []byte{0}); err != nil {
			return err
		}
	}
	if b.NextID != 0 {
		if err := meta.Put(metaNextID, number(b.NextID)); err != nil {
			return err
		}
	}
	if b.NextOrder != 0 {
		if err := meta.Put(metaNextOrder, number(b.NextOrder)); err != nil {
			return err
		}
	}
	if b.Labels != 0 {
		if err := meta.Put(metaLabels, number(b.Labels)); err != nil {
			return err
		}
	}
	if b.Marks != 0 {
		if err := meta.Put(metaMarks, number(b.Marks)); err != nil {
			return err
		}
	}
	if b.Doubt != 0 {
		if err := meta.Put(metaDoubt, number(b.Doubt)); err != nil {
			return err
		}
	}
	if b.BusySince != nil {
		if err := meta.Put(metaBusySince, number(uint64(*b.BusySince))); err != nil {
			return err
		}
	}
	if b.Seq != 0 {
		if err := meta.Put(metaSeq, number(b.Seq)); err != nil {
			return err
		}
	}
	if b.QueueState != "" {
		if err := meta.Put(metaQueueState, []byte(b.QueueState)); err != nil {
			return err
		}
	}
	if b.Boot != "" {
		return meta.Put(metaBoot, []byte(b.Boot))
	}
	return nil
}

func deleteParts(parts *bolt.Bucket, id uint64) error {
	return deleteRange(parts, number(id), binary.BigEndian.AppendUint32(number(id), math.MaxUint32))
}

// deleteRange removes the keys from first to last, both included; a nil first is the bucket's start. It collects them
// before it deletes: a bbolt cursor may skip a key after a deletion.
func deleteRange(bucket *bolt.Bucket, first, last []byte) error {
	var keys [][]byte
	c := bucket.Cursor()
	for k, _ := c.Seek(first); k != nil && bytes.Compare(k, last) <= 0; k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := bucket.Delete(k); err != nil {
			return err
		}
	}
	return nil
}
