package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// codecVersion changes only if the frame itself does; new fields do not need it.
const codecVersion = 1

// checksumSize is the length of the CRC-32C that ends every value.
const checksumSize = 4

var (
	errShort    = errors.New("value is cut short")
	errChecksum = errors.New("checksum does not match")
)

// castagnoli returns the table of the CRC that amd64 and arm64 compute in hardware. crc32 keeps the table.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// Kinds of a field, the lowest bit of its tag.
const (
	kindNumber = 0
	kindBytes  = 1
)

// arena is the memory of the values of one Commit. bbolt keeps a value until the transaction ends, so the buffer only
// grows; values already handed out stay valid when it moves.
type arena struct {
	buf   []byte
	start int // where the value under construction begins
}

func (a *arena) begin() {
	a.start = len(a.buf)
	a.buf = append(a.buf, codecVersion)
}

// number adds a field unless it is zero.
func (a *arena) number(tag, v uint64) {
	if v == 0 {
		return
	}
	a.buf = binary.AppendUvarint(a.buf, tag<<1|kindNumber)
	a.buf = binary.AppendUvarint(a.buf, v)
}

// signed adds a number that may be negative, small absolute values short.
func (a *arena) signed(tag uint64, v int64) { a.number(tag, uint64(v)<<1^uint64(v>>63)) }

func (a *arena) flag(tag uint64, v bool) {
	if v {
		a.number(tag, 1)
	}
}

// text adds a field unless it is empty.
func (a *arena) text(tag uint64, s string) {
	if s == "" {
		return
	}
	a.buf = binary.AppendUvarint(a.buf, tag<<1|kindBytes)
	a.buf = binary.AppendUvarint(a.buf, uint64(len(s)))
	a.buf = append(a.buf, s...)
}

// end closes the value, which will lie under key, and returns it.
func (a *arena) end(key []byte) []byte {
	a.buf = binary.BigEndian.AppendUint32(a.buf, checksum(key, a.buf[a.start:]))
	return a.buf[a.start:len(a.buf):len(a.buf)]
}

func checksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli()), castagnoli(), value)
}

// unsigned undoes what signed did.
func unsigned(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// field is one decoded field: id is tag<<1|kind, and either number or bytes is set.
type field struct {
	id     uint64
	number uint64
	bytes  []byte // into the value
}

// open checks version and checksum of a value and returns its fields' bytes.
func open(key, value []byte) ([]byte, error) {
	if len(value) < 1+checksumSize {
		return nil, errShort
	}
	body, sum := value[:len(value)-checksumSize], value[len(value)-checksumSize:]
	if checksum(key, body) != binary.BigEndian.Uint32(sum) {
		return nil, errChecksum
	}
	if body[0] != codecVersion {
		return nil, fmt.Errorf("value has version %d, this inboxfs knows %d", body[0], codecVersion)
	}
	return body[1:], nil
}

// next takes the first field off b.
func next(b []byte) (f field, rest []byte, err error) {
	id, n := binary.Uvarint(b)
	if n <= 0 {
		return field{}, nil, errShort
	}
	b = b[n:]
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return field{}, nil, errShort
	}
	b = b[n:]
	if id&1 == kindNumber {
		return field{id: id, number: v}, b, nil
	}
	if v > uint64(len(b)) {
		return field{}, nil, errShort
	}
	return field{id: id, bytes: b[:v]}, b[v:], nil
}
