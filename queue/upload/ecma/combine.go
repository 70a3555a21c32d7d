package ecma

// Combine returns the CRC64 of A followed by B out of the CRC64 of A, that of B, and the length of B in bytes.
//
// Appending n bytes multiplies A's remainder by x^8n modulo the generator; the inversions before and after cancel
// out, so that B's CRC64 is simply added.
func Combine(a, b uint64, lenB int64) uint64 {
	if lenB <= 0 {
		return a
	}
	return multiply(a, power(8*uint64(lenB))) ^ b
}

const one = 1 << 63 // the polynomial 1

// multiply is a·b modulo the generator, reflected.
func multiply(a, b uint64) uint64 {
	var product uint64
	for m := uint64(one); m != 0; m >>= 1 {
		if a&m != 0 {
			product ^= b
		}
		b = b>>1 ^ Polynomial&-(b&1) // b·x
	}
	return product
}

// power is x^n modulo the generator.
func power(n uint64) uint64 {
	result, square := uint64(one), uint64(one>>1)
	for ; n != 0; n >>= 1 {
		if n&1 != 0 {
			result = multiply(result, square)
		}
		square = multiply(square, square)
	}
	return result
}
