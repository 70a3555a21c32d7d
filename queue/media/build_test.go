package media

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// fill is n bytes that look like nothing.
func fill(n int) []byte { return bytes.Repeat([]byte{0xff}, n) }

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

// mp4 is a box.
func mp4(kind string, content ...[]byte) []byte {
	c := join(content...)
	return join(binary.BigEndian.AppendUint32(nil, uint32(8+len(c))), []byte(kind), c)
}

// sized is the header of a box with a size that need not be true.
func sized(kind string, size uint32) []byte {
	return append(binary.BigEndian.AppendUint32(nil, size), kind...)
}

// wide is a box with a size of 64 bits.
func wide(kind string, content []byte) []byte {
	return join(sized(kind, 1), binary.BigEndian.AppendUint64(nil, uint64(16+len(content))), content)
}

func ftyp(brand string) []byte {
	return mp4("ftyp", []byte(brand), make([]byte, 4), []byte("isom"), []byte(brand))
}

// ebml is an element.
func ebml(id uint32, content ...[]byte) []byte {
	c := join(content...)
	return join(idOf(id), binary.BigEndian.AppendUint64(nil, 1<<56|uint64(len(c))), c)
}

// short is an element with a size of one byte.
func short(id uint32, content ...[]byte) []byte {
	c := join(content...)
	return join(idOf(id), []byte{0x80 | byte(len(c))}, c)
}

// endless is an element whose size is not known.
func endless(id uint32, content ...[]byte) []byte {
	return join(idOf(id), binary.BigEndian.AppendUint64(nil, 1<<56-1|1<<56), join(content...))
}

func idOf(id uint32) []byte {
	return bytes.TrimLeft(binary.BigEndian.AppendUint32(nil, id), "\x00")
}

func webm(segment ...[]byte) []byte {
	return join(short(idEBML, short(0x4286, []byte{1}), short(0x4282, []byte("webm"))), join(segment...))
}

// ts is n packets of a transport stream.
func ts(n int, p packing) []byte {
	packet := slices.Repeat([]byte{0x47, 0x1f, 0xff, 0x10}, int(p.size)/4)
	copy(packet[4:], fill(int(p.size)-4))
	packet = packet[:p.size-p.sync]
	return bytes.Repeat(join(make([]byte, p.sync), packet), n)
}
