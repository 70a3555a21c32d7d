package journal

import (
	"encoding/binary"
	"fmt"
)

// Names of the buckets and of the keys in meta, as doc.go draws them. Never written to.
var (
	bucketMeta    = []byte("meta")
	bucketEntries = []byte("entries")
	bucketParts   = []byte("parts")
	bucketAborts  = []byte("aborts")
	bucketOutbox  = []byte("outbox")

	bucketMoves = []byte("moves") // there while it has something
	bucketNeeds = []byte("needs") // likewise
	bucketTaken = []byte("taken") // there since it had something
	bucketGiven = []byte("given") // likewise

	metaFormat     = []byte("format")
	metaNextID     = []byte("next-id")
	metaNextOrder  = []byte("next-order")
	metaNextMove   = []byte("next-move")
	metaQueueState = []byte("queue-state")
	metaClean      = []byte("clean")
	metaBoot       = []byte("boot")
	metaDoubt      = []byte("doubt")
	metaLabels     = []byte("labels")
	metaMarks      = []byte("marks")
	metaBusySince  = []byte("busy-since")
	metaSeq        = []byte("seq")
)

func buckets() [][]byte {
	return [][]byte{bucketMeta, bucketEntries, bucketParts, bucketAborts, bucketOutbox}
}

// number is a key that is one number.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// partKey is where a part lies; the first eight bytes are number(id).
func partKey(id uint64, part int) []byte {
	return binary.BigEndian.AppendUint32(number(id), uint32(part))
}

// parseNumber is the inverse of number.
func parseNumber(key []byte) (uint64, error) {
	if len(key) != 8 {
		return 0, fmt.Errorf("%w: key %x is not a number", ErrDamaged, key)
	}
	return binary.BigEndian.Uint64(key), nil
}
