package queue

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"strings"
)

// receipt is the target of an uploaded entry in one piece. A long list is made of these, nothing changes them any more,
// and few are ever looked at.
type receipt string

// receipt packs what is shown of an uploaded entry.
func (t *target) receipt() receipt {
	b := make([]byte, 0, 256)
	for _, s := range []string{t.bucket, t.key, t.videoID, t.etag, t.requestID} {
		if raw, ok := unhex(s); ok {
			b = append(binary.AppendUvarint(b, uint64(len(raw))<<1|1), raw...)
		} else {
			b = append(binary.AppendUvarint(b, uint64(len(s))<<1), s...)
		}
	}
	b = binary.AppendUvarint(b, uint64(t.retries))
	if t.hasCRC {
		b = binary.LittleEndian.AppendUint64(b, t.crc64)
	}
	return receipt(b)
}

// packedID is an id as a receipt has it.
func packedID(id string) string {
	if id == "" {
		return ""
	}
	if raw, ok := unhex(id); ok {
		return string(raw)
	}
	return id
}

// unhex packs what is in capital hexadecimal digits, as most ETags are, and all request ids.
func unhex(s string) (raw []byte, ok bool) {
	raw, err := hex.DecodeString(s)
	return raw, err == nil && strings.ToUpper(hex.EncodeToString(raw)) == s
}

// video is the id of the video as it is packed. It shares the receipt's memory.
func (r receipt) video() string {
	const before = 2 // bucket and key
	for range before {
		_, r = r.cut()
	}
	packed, _ := r.cut()
	return packed
}

// cut takes the first string off.
func (r receipt) cut() (packed string, rest receipt) {
	length, n := binary.Uvarint([]byte(r[:min(len(r), binary.MaxVarintLen64)]))
	end := n + int(length>>1)
	return string(r[n:end]), r[end:]
}

// target is what was packed.
func (r receipt) target() *target {
	t := &target{}
	in := strings.NewReader(string(r))
	number := func() uint64 {
		n, _ := binary.ReadUvarint(in) // it was packed by us
		return n
	}
	for _, s := range []*string{&t.bucket, &t.key, &t.videoID, &t.etag, &t.requestID} {
		length := number()
		at, n := len(r)-in.Len(), int(length>>1)
		if *s = string(r[at : at+n]); length&1 == 1 {
			*s = strings.ToUpper(hex.EncodeToString([]byte(*s)))
		}
		_, _ = in.Seek(int64(n), io.SeekCurrent) // likewise
	}
	t.retries = uint32(number())
	if t.hasCRC = in.Len() > 0; t.hasCRC {
		t.crc64 = binary.LittleEndian.Uint64([]byte(r[len(r)-8:]))
	}
	return t
}

// aimed is the entry's target, packed or not, to be looked at; nil: it has none.
func (e *entry) aimed() *target {
	if e.target == nil && e.receipt != "" {
		return e.receipt.target()
	}
	return e.target
}
