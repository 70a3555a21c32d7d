package media

import (
	"bytes"
	"io"
	"testing"
)

// strict fails the test when it is asked for what is not there, or too often.
type strict struct {
	t     *testing.T
	file  []byte
	size  int64 // as Check knows it
	reads int
}

func (s *strict) ReadAt(b []byte, at int64) (int, error) {
	s.reads++
	if at < 0 || at+int64(len(b)) > s.size || s.reads > mostReads {
		s.t.Fatalf("read %d: %d bytes at %d of %d", s.reads, len(b), at, s.size)
	}
	return bytes.NewReader(s.file).ReadAt(b, at)
}

// FuzzCheck looks for content that breaks the look, and for recordings that are held although nothing but filler was
// added to a whole one.
func FuzzCheck(f *testing.F) {
	for _, c := range whole {
		f.Add(c.content)
		f.Add(c.content[:len(c.content)/2])
		f.Add(c.content[:len(c.content)-1])
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		size := int64(len(content))
		cut, err := Check(&strict{t: t, file: content, size: size}, size)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Check(&strict{t: t, file: content, size: size + 1}, size+1); err != nil &&
			err != io.ErrUnexpectedEOF {
			t.Fatal(err)
		}
		if cut == "" && beginsFilm(content) {
			if cut := check(t, join(content, mp4("free", fill(9)))); cut != "" {
				t.Errorf("held with a box of filler behind: %s", cut)
			}
		}
	})
}

// beginsFilm reports whether content is boxes to its end, with tracks.
func beginsFilm(content []byte) bool {
	w, at, moov := &window{r: bytes.NewReader(content), size: int64(len(content))}, int64(0), false
	if len(content) < 8 || !beginsBoxes(content[:8]) {
		return false
	}
	for at < w.size {
		b, ok, err := boxAt(w, at)
		if err != nil || !ok || b.size > w.size-at || w.size-at == b.size && content[at+3] == 0 {
			return false // or it goes to the end
		}
		moov = moov || string(b.kind[:]) == "moov"
		at += b.size
	}
	return moov
}
