package ecma

import (
	"hash/crc64"
	"math/rand/v2"
	"testing"
)

// The check value that the catalogue of CRCs gives for CRC-64/XZ, as this one is also called.
func TestCheckValue(t *testing.T) {
	t.Parallel()
	if got := Update(0, []byte("123456789")); got != 0x995dc9bbdf1939fa {
		t.Errorf("%#x", got)
	}
}

func random(n int) []byte {
	p := make([]byte, n)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	all := random(20_000)
	// Every length around the blocks, every alignment, and every state before.
	for n := range 1200 {
		p := all[n%67:][:n]
		before := crc64.Checksum(all[:n%5], table)
		if got, want := Update(before, p), crc64.Update(before, table, p); got != want {
			t.Fatalf("%d bytes: %#x, want %#x", n, got, want)
		}
	}
	r := rand.New(rand.NewPCG(2, 3))
	for range 200 {
		var crc uint64
		for p := all; len(p) > 0; {
			n := min(1+r.IntN(5000), len(p))
			crc, p = Update(crc, p[:n]), p[n:]
		}
		if want := crc64.Checksum(all, table); crc != want {
			t.Fatalf("in pieces: %#x, want %#x", crc, want)
		}
	}
}

func TestCombine(t *testing.T) {
	t.Parallel()
	all := random(10_000)
	for _, cut := range []int{0, 1, 7, 8, 63, 64, 1000, 9_999, 10_000} {
		a, b := all[:cut], all[cut:]
		if got, want := Combine(Update(0, a), Update(0, b), int64(len(b))), Update(0, all); got != want {
			t.Errorf("cut at %d: %#x, want %#x", cut, got, want)
		}
	}
	// Zeros, doubled up from one: as far as they can be read they must agree, and beyond that with themselves.
	zeros, n := Update(0, []byte{0}), int64(1)
	for n < 1<<40 {
		zeros, n = Combine(zeros, zeros, n), 2*n
		if n == 1<<20 && zeros != Update(0, make([]byte, n)) {
			t.Errorf("a MiB of zeros: %#x", zeros)
		}
	}
	tail := Update(0, all)
	if Combine(Combine(1, zeros, n), tail, 10_000) != Combine(1, Combine(zeros, tail, 10_000), n+10_000) {
		t.Error("the order of combining a TiB matters")
	}
}

func FuzzUpdate(f *testing.F) {
	f.Add([]byte("abc"), uint64(0), 1)
	f.Fuzz(func(t *testing.T, p []byte, crc uint64, cut int) {
		if want := crc64.Update(crc, table, p); Update(crc, p) != want {
			t.Fatalf("%#x, want %#x", Update(crc, p), want)
		}
		if cut >= 0 && cut <= len(p) && Combine(Update(crc, p[:cut]), Update(0, p[cut:]), int64(len(p)-cut)) != Update(
			crc, p) {
			t.Fatalf("combined at %d", cut)
		}
	})
}

func BenchmarkUpdate(b *testing.B) {
	p := random(256 << 10)
	b.Run("ecma", func(b *testing.B) {
		b.SetBytes(int64(len(p)))
		for b.Loop() {
			Update(0, p)
		}
	})
	b.Run("hash/crc64", func(b *testing.B) {
		b.SetBytes(int64(len(p)))
		for b.Loop() {
			crc64.Update(0, table, p)
		}
	})
}

func BenchmarkCombine(b *testing.B) {
	for b.Loop() {
		Combine(1, 2, 8<<20)
	}
}
