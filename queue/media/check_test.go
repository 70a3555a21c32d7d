package media

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func check(t *testing.T, content []byte) string {
	t.Helper()
	cut, err := Check(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	return cut
}

var (
	tracks   = mp4("moov", mp4("mvhd", fill(100)), mp4("trak", fill(40)))
	fragment = join(mp4("moof", mp4("mfhd", fill(8))), mp4("mdat", fill(60)))
	blocks   = join(short(0xe7, []byte{0}), short(0xa3, fill(50)), short(0xa0, fill(20)))
	cluster  = ebml(idCluster, blocks)
	info     = join(ebml(0x1549a966, fill(10)), ebml(0x1654ae6b, fill(30)))

	plain = packing{188, 0}
	m2ts  = packing{192, 4}
	dvb   = packing{204, 0}
)

// whole is recordings of which nothing is missing. blind are the lengths, from and to, that look like a whole one or
// like none at all, should the file be cut there; at all others it must be held.
var whole = []struct {
	name    string
	content []byte
	blind   [][2]int
}{
	{"mp4", join(ftyp("isom"), mp4("free"), mp4("mdat", fill(99)), tracks), [][2]int{{0, 7}}},
	// as an init segment
	{"mp4, moov first", join(ftyp("isom"), tracks, mp4("mdat", fill(99))), [][2]int{{0, 7}, {188, 195}}},
	{"mp4, 64 bits", join(ftyp("isom"), wide("mdat", fill(99)), tracks), [][2]int{{0, 7}}},
	{"mp4, fragments", join(ftyp("iso5"), tracks, fragment, fragment), [][2]int{{0, 7}, {188, 195}, {280, 287}}},
	{"mp4, fragments and index", join(ftyp("iso5"), tracks, fragment, mp4("mfra", fill(20))),
		[][2]int{{0, 7}, {188, 195}, {280, 287}}},
	{"init segment", join(ftyp("iso5"), tracks), [][2]int{{0, 7}}},
	{"media segment", join(mp4("styp", []byte("msdh")), mp4("sidx", fill(30)), fragment),
		[][2]int{{0, 7}, {12, 19}, {50, 57}}},
	{"media segment, bare", fragment, [][2]int{{0, 7}}},
	{"media segment, data first", join(mp4("styp", []byte("msdh")), mp4("mdat", fill(9)), mp4("moof")),
		[][2]int{{0, 7}, {12, 19}, {29, 36}}},
	{"quicktime", join(ftyp("qt  "), mp4("wide"), mp4("mdat", fill(99)), tracks), [][2]int{{0, 7}}},
	{"quicktime of 1998", join(mp4("mdat", fill(99)), tracks), [][2]int{{0, 7}}},
	{"quicktime of 1998, moov first", join(tracks, mp4("mdat", fill(99))), [][2]int{{0, 7}, {164, 171}}},
	{"quicktime of 1998, filler first", join(mp4("wide"), mp4("mdat", fill(99)), tracks), [][2]int{{0, 15}}},
	{"quicktime of 1998, picture first", join(mp4("pnot", fill(12)), mp4("mdat", fill(99)), tracks), [][2]int{{0, 27}}},
	{"avif", join(ftyp("avif"), mp4("meta", fill(99)), mp4("mdat", fill(99))), [][2]int{{0, 7}, {131, 138}}},
	{"matroska", webm(ebml(idSegment, info, cluster)), [][2]int{{0, 7}, {17, 19}}},
	{"live webm", webm(endless(idSegment, info, cluster)), [][2]int{{0, 7}, {17, 19}, {28, 31}, {50, 53}, {92, 95}}},
	{"live webm, clusters too", webm(endless(idSegment, info, endless(idCluster, blocks), endless(idCluster, blocks))),
		[][2]int{{0, 7}, {17, 19}, {28, 31}, {50, 53}, {92, 95}, {104, 104}, {107, 107}, {159, 159}, {181, 184},
			{193, 193}, {196, 196}, {248, 248}}},
	{"ts", ts(10, plain), [][2]int{{0, 1319}, {1504, 1504}, {1692, 1692}}},
	{"m2ts", ts(10, m2ts), [][2]int{{0, 1351}, {1536, 1540}, {1728, 1732}}},
	{"ts with error correction", ts(10, dvb), [][2]int{{0, 1431}, {1632, 1632}, {1836, 1836}}},
}

func TestEveryCut(t *testing.T) {
	t.Parallel()
	for _, c := range whole {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if cut := check(t, c.content); cut != "" {
				t.Errorf("the whole file is said to be cut: %s", cut)
			}
			var passed [][2]int
			for n := range len(c.content) {
				if check(t, c.content[:n]) != "" {
					continue
				}
				if last := len(passed) - 1; last >= 0 && passed[last][1] == n-1 {
					passed[last][1] = n
				} else {
					passed = append(passed, [2]int{n, n})
				}
			}
			if got, want := fmt.Sprint(passed), fmt.Sprint(c.blind); got != want {
				t.Errorf("of %d bytes, these lengths pass:\n%s\nwant\n%s", len(c.content), got, want)
			}
		})
	}
}

// What is whole must pass, however odd; what is cut must be named.
func TestContents(t *testing.T) {
	t.Parallel()
	movie := join(ftyp("isom"), mp4("mdat", fill(99)), tracks)
	fragments := join(ftyp("iso5"), tracks, fragment, fragment)
	live := webm(endless(idSegment, info, cluster))
	for _, c := range []struct {
		name    string
		content []byte
		cut     string
	}{
		{"nothing", nil, ""},
		{"one byte", []byte{0x47}, ""},
		{"text", []byte("the mdat of a film is long"), ""},
		{"text in chinese", []byte("中 mdat 影片"), ""},
		{"text about filler", []byte("\x00\x00\xffffree as in speech"), ""},
		{"gif", join([]byte("GIF89a"), fill(3000)), ""},
		{"only G", bytes.Repeat([]byte("G"), 5000), ""},
		{"jpeg xl", join(mp4("JXL ", fill(4)), ftyp("jxl "), sized("jxlc", 9999)), ""},
		{"jpeg 2000", join(mp4("jP  ", fill(4)), ftyp("jp2 "), sized("jp2c", 0), fill(50)), ""},
		{"a format of the future", join(ftyp("zzzz"), mp4("zzzz", fill(20)), mp4("mdat", fill(20))), ""},
		{"heic with a box of uuid", join(ftyp("heic"), mp4("uuid", fill(30)), mp4("meta", fill(9)),
			mp4("mdat", fill(9))), ""},

		{"zeros behind", join(movie, make([]byte, 5000)), ""},
		{"a camera's trailer behind", join(movie, fill(5000)), ""},
		{"a box of its own behind", join(movie, mp4("sefd", fill(50))), ""},
		{"a cut box of its own behind", join(movie, sized("inst", 50)), ""},
		{"three bytes behind", join(movie, fill(3)), ""},
		{"zeros behind fragments", join(fragments, make([]byte, 5000)), ""},
		{"media to the end", join(ftyp("isom"), tracks, sized("mdat", 0), fill(99)), ""},
		{"two films", join(movie, movie), ""},
		{"only a list of references", join(ftyp("qt  "), mp4("moov", mp4("rmra"))), ""},
		{"zeros behind matroska", join(webm(ebml(idSegment, info, cluster)), make([]byte, 99)), ""},
		{"text behind matroska", join(webm(ebml(idSegment, info, cluster)), []byte{0xa3, 0x88}), ""},
		{"zeros behind live matroska", join(live, make([]byte, 99)), ""},
		{"live matroska twice", join(live, live), ""},
		{"another kind of document", join(short(idEBML, short(0x4282, []byte("other"))), ebml(idSegment, cluster)[:40]),
			""},
		{"text behind ts", join(ts(100, plain), []byte("the end")), ""},
		{"zeros behind ts", join(ts(100, plain), make([]byte, 5000)), ""},
		{"ts out of step", join(ts(50, plain), fill(7), ts(50, plain), []byte{packetSync}), ""},
		{"too little ts", ts(8, plain)[:1300], ""},

		{"media cut", movie[:100], `cut short: box "mdat" needs 31 bytes more`},
		{"tracks cut", movie[:200], `cut short: box "moov" needs 95 bytes more`},
		{"the size itself cut", join(ftyp("isom"), wide("mdat", fill(9))[:10]),
			`cut short: box "mdat" needs 6 bytes more`},
		{"second film cut", join(movie, movie[:100]), `cut short: box "mdat" needs 31 bytes more`},
		{"recorder killed", join(ftyp("isom"), mp4("free"), sized("mdat", 0), fill(999)),
			"no moov box: the recording was not finalized"},
		{"recorder killed, size a guess", join(ftyp("mp41"), mp4("mdat"), fill(999)),
			"no moov box: the recording was not finalized"},
		{"zeros in place of the tracks", join(ftyp("isom"), mp4("mdat", fill(99)), make([]byte, 500)),
			"no moov box: the recording was not finalized"},
		{"no media at all", ftyp("isom"), "no moov box: the recording was not finalized"},
		{"between moof and mdat", join(fragments, mp4("moof", fill(9))),
			`cut short: it ends between a box "moof" and its "mdat"`},
		{"last fragment cut", fragments[:len(fragments)-1], `cut short: box "mdat" needs 1 byte more`},
		{"negative size", join(ftyp("isom"), sized("mdat", 1), fill(8), fill(99)),
			"no moov box: the recording was not finalized"},
		{"avif cut", join(ftyp("avif"), mp4("meta", fill(99)), sized("mdat", 100)),
			`cut short: box "mdat" needs 92 bytes more`},
		{"matroska cut", webm(ebml(idSegment, info, cluster))[:100],
			`cut short: element "Segment" needs 81 bytes more`},
		{"live matroska cut", live[:len(live)-1], `cut short: element "Cluster" needs 1 byte more`},
		{"live block cut", webm(endless(idSegment, endless(idCluster, blocks[:50]))),
			`cut short: element "SimpleBlock" needs 5 bytes more`},
		{"live header cut", webm(endless(idSegment, endless(idCluster, blocks[:56]))),
			`cut short: it ends in the header of an element "BlockGroup"`},
		{"only the head of matroska", webm(), `cut short: it ends before its element "Segment"`},
		{"ts cut", ts(100, plain)[:188*99+100], "cut short: the last MPEG-TS packet needs 88 bytes more"},
		{"m2ts cut", ts(100, m2ts)[:192*99+100], "cut short: the last MPEG-TS packet needs 92 bytes more"},
	} {
		if cut := check(t, c.content); cut != c.cut {
			t.Errorf("%s: %q, want %q", c.name, cut, c.cut)
		}
	}
}

// pattern is a file of any length that is made up as it is read.
type pattern struct {
	head  []byte
	every []byte // follows again and again
	reads int
}

func (p *pattern) ReadAt(b []byte, at int64) (int, error) {
	p.reads++
	for i := range b {
		if at := at + int64(i); at < int64(len(p.head)) {
			b[i] = p.head[at]
		} else {
			b[i] = p.every[(at-int64(len(p.head)))%int64(len(p.every))]
		}
	}
	return len(b), nil
}

// However long the file, little of it is read.
func TestReadsLittle(t *testing.T) {
	t.Parallel()
	long := join(ftyp("isom"), tracks, sized("mdat", 1), []byte{0, 0, 1, 0, 0, 0, 0, 0})
	for _, c := range []struct {
		name  string
		file  *pattern
		size  int64
		reads int
		cut   string
	}{
		{"a tebibyte", &pattern{head: long, every: fill(1)}, 188 + 1<<40, 1, ""},
		{"a tebibyte, cut", &pattern{head: long, every: fill(1)}, 188 + 1<<40 - 7, 1, "needs 7 bytes more"},
		{"a day of fragments", &pattern{head: join(ftyp("isom"), tracks), every: join(mp4("moof", fill(900)),
			mp4("mdat", fill(200_000)))}, 1 << 40, mostReads, ""},
		{"a day of live blocks", &pattern{head: webm(endless(idSegment, endless(idCluster))),
			every: ebml(0xa3, fill(10_000))}, 1 << 40, mostReads, ""},
		{"a day of ts", &pattern{every: ts(1, plain)}, 188<<30 + 1, 2, "needs 187 bytes more"},
		{"boxes of nothing", &pattern{head: ftyp("isom"), every: mp4("free")}, 1 << 40, mostReads, ""},
		{"no film", &pattern{every: fill(1)}, 1 << 40, 1, ""},
	} {
		cut, err := Check(c.file, c.size)
		if err != nil || (cut == "") != (c.cut == "") || !strings.Contains(cut, c.cut) {
			t.Errorf("%s: %q, %v, want %q", c.name, cut, err, c.cut)
		}
		if c.file.reads > c.reads {
			t.Errorf("%s: %d reads, want at most %d", c.name, c.file.reads, c.reads)
		}
	}
}

func TestReadError(t *testing.T) {
	t.Parallel()
	if _, err := Check(bytes.NewReader(ftyp("isom")), 9999); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file that shrank: %v", err)
	}
	broken := errors.New("broken disk")
	if cut, err := Check(failing{broken}, 9999); !errors.Is(err, broken) || cut != "" {
		t.Errorf("a read error: %q, %v", cut, err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

// BenchmarkCheck is what the look costs a file in memory.
func BenchmarkCheck(b *testing.B) {
	for name, content := range map[string][]byte{"mp4": whole[0].content, "text": bytes.Repeat([]byte("text "), 2000)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r := bytes.NewReader(content)
			for b.Loop() {
				if cut, err := Check(r, int64(len(content))); cut != "" || err != nil {
					b.Fatal(cut, err)
				}
			}
		})
	}
}
