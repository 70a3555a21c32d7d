package opened

import (
	"encoding/binary"
	"os"
	"syscall"
)

// self tells the file of a table from a copy of it, which would speak of files that are copied, too.
type self struct{ dev, ino, birth uint64 }

func identify(path string) (self, error) {
	info, err := os.Stat(path)
	if err != nil {
		return self{}, err
	}
	s := self{birth: birthOf(path)}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		s.dev, s.ino = uint64(st.Dev), st.Ino
	}
	return s, nil
}

// write has the table b in the file at path say that it is s.
func (s self) write(b []byte, path string) error {
	for i, word := range []uint64{s.dev, s.ino, s.birth} {
		binary.NativeEndian.PutUint64(b[wordSize*(deviceWord+i):], word)
	}
	return os.WriteFile(path, b, 0o600)
}

// isOf reports whether the table lies in the file in which it was made.
func (p *Past) isOf(path string) bool {
	now, err := identify(path)
	return err == nil && now == p.self
}
