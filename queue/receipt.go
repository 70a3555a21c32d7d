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

// unhex packs what is in capital hexadecimal digits, as most ETags are, and all request ids.
func unhex(s string) (raw []byte, ok bool) {
	raw, err := hex.DecodeString(s)
	return raw, err == nil && strings.ToUpper(hex.EncodeToString(raw)) == s
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

// packLocked makes a receipt of the target of an entry that is uploaded.
func (e *entry) packLocked() {
	if e.state == Success && e.target != nil {
		e.receipt, e.target = e.target.receipt(), nil
	}
}
