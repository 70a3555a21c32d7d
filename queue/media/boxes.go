package media

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// kind is the four letters that name a box.
type kind [4]byte

// printable reports whether somebody may have meant it as a name.
func (k kind) printable() bool {
	for _, c := range k {
		if c < 0x20 || c > 0x7e && c != 0xa9 { // © begins names of QuickTime
			return false
		}
	}
	return true
}

// box is the header of a box: a name, and how many bytes it has with its header.
type box struct {
	kind kind
	size int64
}

// beginsBoxes reports whether a file that begins so may be an MP4 or QuickTime file. Files of before 2001 and fragments
// have no ftyp.
func beginsBoxes(head []byte) bool {
	switch string(head[4:8]) {
	case "ftyp", "styp", "moov", "moof", "sidx", "mdat", "wide", "free", "skip", "pnot", "emsg", "prft":
		return !isText(head[:4])
	}
	return false
}

// isText reports whether the bytes are letters, and so no size: text may begin with "the moov box".
func isText(b []byte) bool {
	for _, c := range b {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return utf8.Valid(b)
}

// boxAt reads the header at a place. ok is false where there can be none: at the end, in zeros, in what is no box.
func boxAt(w *window, at int64) (b box, ok bool, err error) {
	h, err := w.view(at, 16)
	if err != nil || len(h) < 8 {
		return b, false, err
	}
	copy(b.kind[:], h[4:])
	b.size = int64(binary.BigEndian.Uint32(h))
	least := int64(8)
	switch {
	case b.size == 0 && known(b.kind): // to the end
		b.size = w.size - at
	case b.size == 1 && len(h) < 16: // its size is cut off
		b.size, least = 16, 16
	case b.size == 1:
		b.size, least = int64(binary.BigEndian.Uint64(h[8:])), 16 // negative: no size
	}
	return b, b.size >= least, nil
}

// known reports whether a box of this kind can stand at the top of a recording, so that its size can be believed.
func known(k kind) bool {
	switch string(k[:]) {
	case "ftyp", "styp", "moov", "moof", "mdat", "imda", "meta", "free", "skip", "wide", "uuid", "udta", "mfra", "sidx",
		"ssix", "emsg", "prft", "pdin", "pnot", "meco":
		return true
	}
	return false
}

// checkBoxes goes from box to box.
func checkBoxes(w *window) (string, error) {
	var t tally
	for at := int64(0); ; {
		b, ok, err := boxAt(w, at)
		if err != nil {
			return "", err
		}
		left := w.size - at
		switch {
		case !ok, !known(b.kind) && (b.size > left || !b.kind.printable()):
			return t.lack(), nil
		case b.size > left:
			whole, err := t.loseNothing(w, b.kind)
			if t.count(b.kind); err != nil || whole || !t.certain() {
				return "", err
			}
			return needs(fmt.Sprintf("box %q", b.kind[:]), b.size-left), nil
		}
		if t.count(b.kind); string(b.kind[:]) == "moov" {
			t.tracks = span{at + 8, at + b.size} // one of more than 4 GiB is not understood
		}
		at += b.size
	}
}

// tally is how many boxes there were of each kind that matters.
type tally struct {
	ftyp, moov, moof, mdat, meta, segment, uuid, other int

	last   kind
	tracks span // what is in moov
}

func (t *tally) count(k kind) {
	t.last = k
	switch string(k[:]) {
	case "ftyp":
		t.ftyp++
	case "moov":
		t.moov++
	case "moof":
		t.moof++
	case "mdat", "imda":
		t.mdat++
	case "meta":
		t.meta++
	case "styp", "sidx", "ssix", "emsg", "prft", "mfra":
		t.segment++
	case "uuid":
		t.uuid++
	case "free", "skip", "wide", "pdin", "pnot", "udta":
	default:
		t.other++
	}
}

// certain reports whether this is a recording at all: a box of filler alone does not tell.
func (t *tally) certain() bool { return t.ftyp+t.moov+t.moof+t.mdat+t.segment > 0 }

// lack says what is missing once all boxes were seen. What describes the samples must be there: moov, moof or meta, or
// a box of which nothing is known here.
func (t *tally) lack() string {
	switch {
	case string(t.last[:]) == "moof" && t.moof > t.mdat: // else it is one of those that have mdat before moof
		return `cut short: it ends between a box "moof" and its "mdat"`
	case t.moov+t.moof+t.meta+t.segment+t.other > 0, t.mdat == 0 && t.uuid > 0, !t.certain():
		return ""
	}
	return "no moov box: the recording was not finalized"
}
