package journal

import (
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Move is a folder that has another name, while not all rows of the entries below it say so. It counts for the rows
// that were written before it: those whose Moves is less than N.
type Move struct {
	N        uint64 // its key here, given by the caller; greater than all before it
	Old, New string // paths below inbox
	By       uint8  // who had it made, as queue.Who; 0: nobody knows
}

// Follow is the name that a move gives to an entry; false where its row was written later, or it is not below the
// folder.
func (m *Move) Follow(r *Record) (name string, ok bool) {
	rest, below := strings.CutPrefix(r.Name, m.Old+"/")
	return m.New + "/" + rest, below && m.N > r.Moves
}

// The tags of a Move; on disk, as those of a Record.
const (
	moveOld uint64 = iota + 1
	moveNew
	moveBy
)

func (m *Move) encode(a *arena, key []byte) []byte {
	a.begin()
	a.text(moveOld, m.Old)
	a.text(moveNew, m.New)
	a.number(moveBy, uint64(m.By))
	return a.end(key)
}

func decodeMove(n uint64, key, value []byte) (Move, error) {
	m := Move{N: n}
	b, err := open(key, value)
	if err != nil {
		return m, err
	}
	var f field
	for len(b) > 0 {
		if f, b, err = next(b); err != nil {
			return m, err
		}
		switch f.id {
		case moveOld<<1 | kindBytes:
			m.Old = string(f.bytes)
		case moveNew<<1 | kindBytes:
			m.New = string(f.bytes)
		case moveBy << 1:
			m.By = uint8(f.number)
		}
	}
	return m, nil
}

// Moves returns the moves that count, in the order of N. One that cannot be read is left out: its files count as new
// drops.
func (j *Journal) Moves() ([]Move, error) {
	var moves []Move
	err := j.view(func(tx *bolt.Tx) error {
		bucket := tx.Bucket(bucketMoves)
		if bucket == nil { // as a rule
			return nil
		}
		return bucket.ForEach(func(k, v []byte) error {
			n, err := parseNumber(k)
			if err != nil {
				return err
			}
			if m, err := decodeMove(n, k, v); err == nil {
				moves = append(moves, m)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("journal: moves of folders: %w", err)
	}
	return moves, nil
}

// writeMoves keeps the bucket only as long as there is something in it, and with it the layout that says so: an inboxfs
// that does not know of moves would take the files for new ones.
func (b *Batch) writeMoves(tx *bolt.Tx) error {
	if len(b.Moves)+len(b.Moved) == 0 {
		return nil
	}
	bucket, err := tx.CreateBucketIfNotExists(bucketMoves)
	if err != nil {
		return err
	}
	meta := tx.Bucket(bucketMeta)
	var a arena
	for i := range b.Moves {
		key := number(b.Moves[i].N)
		if err := bucket.Put(key, b.Moves[i].encode(&a, key)); err != nil {
			return fmt.Errorf("move %d: %w", b.Moves[i].N, err)
		}
		if err := meta.Put(metaNextMove, number(b.Moves[i].N+1)); err != nil {
			return err
		}
	}
	for _, n := range b.Moved {
		if err := bucket.Delete(number(n)); err != nil {
			return fmt.Errorf("moved %d: %w", n, err)
		}
	}
	if k, _ := bucket.Cursor().First(); k != nil {
		return nil
	}
	return tx.DeleteBucket(bucketMoves)
}
