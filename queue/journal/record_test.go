package journal

import (
	"encoding/binary"
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUnknownFieldsAreSkipped reads a record to which a newer inboxfs has added fields, between and behind the known
// ones, and one whose known tag has another kind.
func TestUnknownFieldsAreSkipped(t *testing.T) {
	t.Parallel()
	var a arena
	key := number(1)
	a.begin()
	a.text(900, "unknown")
	a.text(recName, "a")
	a.number(901, 1<<63)
	a.number(recOrder, 5)
	a.number(recKey, 17) // a number where this version has text
	a.text(recSize, "text where this version has a number")
	a.text(902, "")
	a.flag(903, true)
	got, err := decodeRecord(1, key, a.end(key), make(words))
	if want := (Record{ID: 1, Name: "a", Order: 5}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

// TestTagsStayAsTheyAre holds the format that is on disks already.
func TestTagsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	r := Record{ID: 1, Name: "n", Source: "s", State: "t", Order: 4, Size: 5, ModTime: 6, Gen: 7, Added: 8, Started: 9,
		Finished: 10, Retries: 11, Bucket: "b", Key: "k", UploadID: "u", VideoID: "v", PartSize: 16, ETag: "e",
		RequestID: "r",
		CRC64:     19, HasCRC: true, Code: "c", Message: "m", Hint: "h", Trusted: true, Link: "l", SealTime: 20,
		Told:  true,
		Ahead: true, Header: 21, Mark: 22}
	want := []byte("\x01\x03\x01n\x05\x01s\x07\x01t\x08\x04\x0a\x0a\x0c\x0c\x0e\x07\x10\x10\x12\x12\x14\x14\x16\x0b" +
		"\x19\x01b\x1b\x01k\x1d\x01u\x1f\x01v\x20\x20\x23\x01e\x25\x01r\x26\x13\x28\x01\x2b\x01c\x2d\x01m\x2f\x01h\x30\x01\x33\x01l\x34\x28\x36\x01\x38\x01\x3a\x15\x42\x16")
	var a arena
	got := r.encode(&a, number(1))
	if d := cmp.Diff(want, got[:len(got)-checksumSize]); d != "" {
		t.Errorf("encoded (-want +got):\n%s", d)
	}
}

func TestEveryFieldIsStored(t *testing.T) {
	t.Parallel()
	full := fullRecord(t, 1)
	v := reflect.ValueOf(full)
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if name == "ID" {
			continue
		}
		one := Record{ID: 1}
		reflect.ValueOf(&one).Elem().Field(i).Set(v.Field(i))
		var a arena
		got, err := decodeRecord(1, number(1), one.encode(&a, number(1)), make(words))
		if err != nil || got != one {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	full := fullRecord(f, 3)
	var a arena
	f.Add(full.encode(&a, number(3)))
	f.Add([]byte{})
	f.Add([]byte{codecVersion, byte(recName<<1 | kindBytes), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0x01})
	f.Add([]byte{codecVersion, 0x80})
	f.Add([]byte{codecVersion, byte(recOrder << 1)})
	f.Fuzz(func(t *testing.T, b []byte) {
		key := number(3)
		// As it is: hardly ever with a checksum that fits.
		if r, err := decodeRecord(3, key, b, make(words)); err != nil && !errors.Is(err, errShort) &&
			!errors.Is(err, errChecksum) &&
			b[0] == codecVersion {
			t.Errorf("%+v, %v", r, err)
		}
		// With one: everything behind the checksum must stand any bytes.
		v := append([]byte{codecVersion}, b...)
		v = binary.BigEndian.AppendUint32(v, checksum(key, v))
		r, err := decodeRecord(3, key, v, make(words))
		if _, perr := decodePart(1, key, v); (perr == nil) != (err == nil) {
			t.Errorf("as a record: %v, as a part: %v", err, perr)
		}
		if _, aerr := decodeAbort(1, key, v); (aerr == nil) != (err == nil) {
			t.Errorf("as a record: %v, as an abort: %v", err, aerr)
		}
		if err != nil {
			return
		}
		// What was understood is stored and read the same.
		var a arena
		again, err := decodeRecord(3, key, r.encode(&a, key), make(words))
		if err != nil || again != r {
			t.Errorf("%+v became %+v, %v", r, again, err)
		}
	})
}
