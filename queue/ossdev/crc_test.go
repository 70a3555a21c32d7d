package ossdev

import (
	"hash/crc64"
	"testing"
)

func TestCombineCRC(t *testing.T) {
	t.Parallel()
	data := randomBytes(70_000)
	whole := crc64.Checksum(data, ecma)
	for _, at := range []int{0, 1, 7, 8, 255, 256, 65_536, 69_999, 70_000} {
		a, b := crc64.Checksum(data[:at], ecma), crc64.Checksum(data[at:], ecma)
		if got := combineCRC(a, b, int64(len(data)-at)); got != whole {
			t.Errorf("cut at %d: got %x, want %x", at, got, whole)
		}
	}
	// Far more zeros than anybody would sum up: twice 2^40 is 2^41.
	one := combineCRC(whole, 0, 1<<40)
	if combineCRC(one, 0, 1<<40) != combineCRC(whole, 0, 1<<41) {
		t.Error("large sizes do not add up")
	}
}

func FuzzCombineCRC(f *testing.F) {
	f.Add([]byte("123456789"), []byte("abc"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		whole := crc64.Update(crc64.Checksum(a, ecma), ecma, b)
		if got := combineCRC(crc64.Checksum(a, ecma), crc64.Checksum(b, ecma), int64(len(b))); got != whole {
			t.Errorf("got %x, want %x", got, whole)
		}
	})
}
