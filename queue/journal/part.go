package journal

import "inboxfs/queue/transfer"

// PartOf is a part of the entry ID.
type PartOf struct {
	ID uint64
	transfer.Part
}

// The tags of a transfer.Part; on disk, as those of a Record.
const (
	partSize uint64 = iota + 1
	partCRC64
	partETag
)

func encodePart(p transfer.Part, a *arena, key []byte) []byte {
	a.begin()
	a.signed(partSize, p.Size)
	a.number(partCRC64, p.CRC64)
	a.text(partETag, p.ETag)
	return a.end(key)
}

func decodePart(number int, key, value []byte) (transfer.Part, error) {
	p := transfer.Part{Number: number}
	b, err := open(key, value)
	if err != nil {
		return p, err
	}
	var f field
	for len(b) > 0 {
		if f, b, err = next(b); err != nil {
			return p, err
		}
		switch f.id {
		case partSize << 1:
			p.Size = unsigned(f.number)
		case partCRC64 << 1:
			p.CRC64 = f.number
		case partETag<<1 | kindBytes:
			p.ETag = string(f.bytes)
		}
	}
	return p, nil
}
