package ecma

import (
	"encoding/binary"
	"hash/crc64"
	"math"

	"golang.org/x/sys/cpu"
)

const block = 64 // bytes folded at once: four registers of 16

// leastFold is the length in bytes from which on folding is the faster way, or more than any.
var leastFold = func() int {
	if cpu.X86.HasPCLMULQDQ {
		return 4 * block
	}
	return math.MaxInt
}()

// shift moves 16 bytes a block further: the product of their first 8 with shift[0] and of their last 8 with shift[1].
// The product of two reflected polynomials comes out multiplied by x, so the exponents are one less than the distance.
var shift = [2]uint64{power(8*block + 64 - 1), power(8*block - 1)}

// folded is Update for a whole number of blocks, at least one.
func folded(crc uint64, p []byte) uint64 {
	rest := [block]byte(p)
	binary.LittleEndian.PutUint64(rest[:], binary.LittleEndian.Uint64(rest[:])^^crc)
	if p = p[block:]; len(p) > 0 {
		fold(&rest, &shift, &p[0], len(p)/block)
	}
	// The register starts empty, that is ^0 in the inverted form: crc is in rest already.
	return crc64.Update(math.MaxUint64, table, rest[:])
}

// fold replaces rest, and the blocks at p that follow it, by one block with the same remainder.
//
//go:noescape
func fold(rest *[block]byte, shift *[2]uint64, p *byte, blocks int)
