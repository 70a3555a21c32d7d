package ossdev

import "hash/crc64"

// ecma is the table of the CRC-64/ECMA-182 (reflected, inverted) that OSS puts into x-oss-hash-crc64ecma.
var ecma = crc64.MakeTable(crc64.ECMA)

// In the reflected representation bit 63 is the coefficient of x^0.
const crcOne = uint64(1) << 63

// combineCRC returns the checksum of A followed by B from their checksums and B's length in bytes. It is what lets a
// Complete answer the object's checksum without reading the object: crc(A) is moved up by the degree of B, that is
// multiplied by x^(8·size), and added.
func combineCRC(a, b uint64, size int64) uint64 {
	return mulCRC(a, shiftCRC(size)) ^ b
}

// shiftCRC returns x^(8·n) modulo the ECMA polynomial, by squaring.
func shiftCRC(n int64) uint64 {
	product, square := crcOne, crcOne>>8 // x^0 and x^8
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			product = mulCRC(product, square)
		}
		square = mulCRC(square, square)
	}
	return product
}

// mulCRC multiplies two reflected polynomials modulo the ECMA polynomial.
func mulCRC(a, b uint64) uint64 {
	var sum uint64
	for ; a != 0; a <<= 1 {
		if a&crcOne != 0 {
			sum ^= b
		}
		// b times x: a carry out of the top degree, which is bit 0 here, is reduced by the polynomial.
		if b&1 != 0 {
			b = b>>1 ^ crc64.ECMA
		} else {
			b >>= 1
		}
	}
	return sum
}
