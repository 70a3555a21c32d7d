package media

import (
	"errors"
	"fmt"
	"io"
)

// Check looks at the size bytes of r. cut says in words why they are not the whole of a recording; it is empty for a
// whole one and for everything that is none. It reads at most 8 MiB, of most files 2 to 10 KiB; err is what a
// read said, and io.ErrUnexpectedEOF when r has fewer bytes than size.
func Check(r io.ReaderAt, size int64) (cut string, err error) {
	w := &window{r: r, size: size}
	head, err := w.view(0, 8)
	if err != nil || len(head) < 8 {
		return "", err
	}
	switch {
	case beginsBoxes(head):
		cut, err = checkBoxes(w)
	case beginsElements(head):
		cut, err = checkElements(w)
	case head[0] == packetSync || head[4] == packetSync:
		cut, err = checkPackets(w)
	}
	if errors.Is(err, errEnough) {
		return "", nil
	}
	return cut, err
}

// needs says that something ends n bytes behind the end of the file.
func needs(what string, n int64) string {
	if n == 1 {
		return fmt.Sprintf("cut short: %s needs 1 byte more", what)
	}
	return fmt.Sprintf("cut short: %s needs %d bytes more", what, n)
}
