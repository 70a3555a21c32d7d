package media

import (
	"encoding/binary"
	"fmt"
	"testing"
)

func number(n ...uint32) (b []byte) {
	for _, one := range n {
		b = binary.BigEndian.AppendUint32(b, one)
	}
	return b
}

// chunk is samples that lie in a row.
type chunk struct {
	at      int
	samples []int // how many bytes each has
}

// trak is a track with tables as writers make them. form is 64: offsets of 64 bits; 1: all samples are of one size.
func trak(form int, chunks ...chunk) []byte {
	var offsets, runs, sizes [][]byte
	n, same := uint32(0), uint32(0)
	for i, c := range chunks {
		if form == 64 {
			offsets = append(offsets, number(0, uint32(c.at)))
		} else {
			offsets = append(offsets, number(uint32(c.at)))
		}
		if i == 0 || len(chunks[i-1].samples) != len(c.samples) {
			runs = append(runs, number(uint32(i+1), uint32(len(c.samples)), 1))
		}
		for _, size := range c.samples {
			n++
			if same = uint32(size); form != 1 {
				sizes = append(sizes, number(uint32(size)))
			}
		}
	}
	if form != 1 {
		same = 0
	}
	table := "stco"
	if form == 64 {
		table = "co64"
	}
	stbl := mp4("stbl", mp4("stsd", number(0, 0)), mp4("stsc", number(0, uint32(len(runs))), join(runs...)),
		mp4("stsz", number(0, same, n), join(sizes...)), mp4(table, number(0, uint32(len(chunks))), join(offsets...)))
	return mp4("trak", mp4("tkhd", fill(80)),
		mp4("mdia", mp4("mdhd", fill(20)), mp4("minf", mp4("vmhd", fill(12)), stbl)))
}

func moov(traks ...[]byte) []byte { return mp4("moov", mp4("mvhd", fill(100)), join(traks...)) }

// early is a recording whose moov comes first: two tracks with three chunks, of which the last ends with the media.
// more is put between moov and mdat, and grow makes the media that many bytes longer than its samples.
func early(form int, more []byte, grow int) []byte {
	tracks := func(at int) []byte {
		return moov(trak(form, chunk{at, []int{20, 20}}, chunk{at + 50, []int{20, 20}}),
			trak(form, chunk{at + 40, []int{10}}))
	}
	head := join(ftyp("mp42"), tracks(0), more)
	return join(ftyp("mp42"), tracks(len(head)+8), more, mp4("mdat", fill(90+grow)))
}

// late is one whose moov comes last.
func late(form int, media ...[]byte) []byte {
	head := join(ftyp("qt  "), join(media...))
	at := len(head) + 8
	return join(head, mp4("mdat", fill(90)), moov(trak(form, chunk{at, []int{20, 20}}, chunk{at + 50, []int{20, 20}}),
		trak(form, chunk{at + 40, []int{10}})))
}

// TestLayouts has what recorders leave behind the film, which may need more bytes than there are, and the same film
// when bytes of its own are missing.
func TestLayouts(t *testing.T) {
	t.Parallel()
	films := map[string][]byte{
		"moov first": early(32, nil, 0), "moov first, 64 bits": early(64, nil, 0), "moov first, one size": early(1, nil,
			0),
		"moov first, filler between": early(32, mp4("free", fill(200)), 0), "moov first, more media": early(32, nil,
			30),
		"moov last": late(32), "moov last, 64 bits": late(64), "moov last, one size": late(1),
		"moov last, QuickTime":      late(32, mp4("wide")),
		"moov last, with a preview": late(32, mp4("uuid", fill(300))),
	}
	behind := map[string][]byte{
		"nothing": nil, "filler": mp4("free", fill(50)), "filler that overruns": sized("free", 5000),
		"some of filler that overruns": join(sized("free", 5000), make([]byte, 99)),
		"skip that overruns":           join(sized("skip", 999), fill(3)),
		"a camera's own that overruns": join(sized("uuid", 5000), fill(700)),
		"media that overruns":          join(sized("mdat", 5000), fill(77)),
		"a 64-bit box that overruns":   join(sized("free", 1), binary.BigEndian.AppendUint64(nil, 1<<40), fill(9)),
		"zeros":                        make([]byte, 4096), "a trailer": fill(4096),
		"a box of its own": mp4("sefd", fill(50)),
	}
	kinds := 0
	for film, content := range films {
		for what, trailer := range behind {
			kinds++
			if cut := check(t, join(content, trailer)); cut != "" {
				t.Errorf("%s, behind it %s: %s", film, what, cut)
			}
		}
		for n := len(content) / 4; n < len(content); n += 7 { // the last quarter at least is media or tracks
			if cut := check(t, content[:n]); cut == "" && n > len(content)-60 && film != "moov first, more media" {
				t.Errorf("%s passes, cut at %d of %d", film, n, len(content))
			}
		}
	}
	t.Logf("%d kinds", kinds)

	content := early(32, nil, 30)
	for n := len(content) - 100; n < len(content); n++ { // media that no sample is in may be missing, and no more
		cut := check(t, content[:n])
		if want := n >= len(content)-30; (cut == "") != want {
			t.Errorf("cut to %d of %d bytes, of which the last 30 are in no sample: %q", n, len(content), cut)
		}
	}
	between := early(32, mp4("free", fill(2000)), 0)
	for _, n := range []int{len(between) - 2000, len(between) - 200} {
		if check(t, between[:n]) == "" {
			t.Errorf("cut to %d in the filler before the media, it passes", n)
		}
	}
}

// TestOddTables has moovs in which nobody can tell where samples end, and a last box that overruns: it is held.
func TestOddTables(t *testing.T) {
	t.Parallel()
	stbl := func(boxes ...[]byte) []byte {
		return mp4("moov", mp4("trak", mp4("mdia", mp4("minf", mp4("stbl", boxes...)))))
	}
	stsc, stsz, stco := mp4("stsc", number(0, 1, 1, 1, 1)), mp4("stsz", number(0, 0, 1, 4)),
		mp4("stco", number(0, 1, 40))
	if cut := check(t, join(ftyp("mp42"), stbl(stsc, stsz, stco), sized("mdat", 999))); cut != "" {
		t.Fatalf("the tables that are not odd: %s", cut)
	}
	for what, tracks := range map[string][]byte{
		"no offsets":    stbl(stsc, stsz),
		"no sizes":      stbl(stsc, stco),
		"no runs":       stbl(stsz, stco),
		"fewer offsets": stbl(stsc, stsz, mp4("stco", number(0, 2, 40))),
		"fewer sizes":   stbl(stsc, mp4("stsz", number(0, 0, 2, 4)), mp4("stco", number(0, 3, 40, 41, 42))),
		"frames":        stbl(stsc, mp4("stsz", number(0, 1, 1)), stco),
		"far away":      stbl(stsc, stsz, mp4("co64", number(0, 1, 0x7fffffff, 0xffffffff))),
		"too far away":  stbl(stsc, stsz, mp4("co64", number(0, 1, 0xffffffff, 0xffffffff))),
		"huge samples": stbl(mp4("stsc", number(0, 1, 1, 0xffffffff, 1)),
			mp4("stsz", number(0, 0xffffffff, 0xffffffff)), stco),
		"huge runs":         stbl(mp4("stsc", number(0, 2, 1, 0xffffffff, 1, 0xfffffff0, 0xffffffff, 1)), stsz, stco),
		"runs out of order": stbl(mp4("stsc", number(0, 2, 5, 1, 1, 1, 1, 1)), stsz, stco),
		"compressed":        mp4("moov", mp4("cmov", fill(40))),
		"a box too large":   mp4("moov", sized("trak", 99)),
		"no tracks":         mp4("moov", mp4("mvhd", fill(100))),
	} {
		if check(t, join(ftyp("mp42"), tracks, sized("mdat", 999))) == "" {
			t.Errorf("%s: it passes", what)
		}
	}
	film := join(ftyp("mp42"), stbl(stsc, stsz, stco))
	for what, content := range map[string][]byte{
		"two films":          join(film, film, sized("free", 99)),
		"fragments, media":   join(film, fragment, sized("mdat", 99)),
		"moof, then filler":  join(film, mp4("moof", fill(8)), sized("free", 99)),
		"an index":           join(film, sized("mfra", 99)),
		"nothing but filler": join(ftyp("mp42"), sized("free", 99)),
	} {
		if check(t, content) == "" {
			t.Errorf("%s: it passes", what)
		}
	}
	for what, content := range map[string][]byte{
		"fragments": join(ftyp("iso5"), moov(), fragment, sized("free", 99)),
		"a segment": join(mp4("styp", []byte("msdh")), fragment, sized("uuid", 99)),
		"heic":      join(ftyp("heic"), mp4("meta", fill(9)), mp4("mdat", fill(9)), sized("free", 99)),
	} {
		if cut := check(t, content); cut != "" {
			t.Errorf("%s: %s", what, cut)
		}
	}
}

// TestPackets has every packing of a transport stream, whole and cut.
func TestPackets(t *testing.T) {
	t.Parallel()
	for _, p := range []packing{{188, 0}, {192, 4}, {204, 0}, {208, 0}} {
		for n := packetsAhead + 2; n < 40; n += 9 {
			content := ts(n, p)
			if cut := check(t, content); cut != "" {
				t.Errorf("%d packets of %d bytes: %s", n, p.size, cut)
			}
			if cut, want := check(t, content[:len(content)-50]),
				fmt.Sprintf("cut short: the last MPEG-TS packet needs %d bytes more", 50); cut != want {
				t.Errorf("%d packets of %d bytes, cut: %q", n, p.size, cut)
			}
		}
	}
}
