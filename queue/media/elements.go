package media

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// The elements that matter, by their EBML ids.
const (
	idEBML    = 0x1a45dfa3
	idSegment = 0x18538067
	idCluster = 0x1f43b675
)

// elementName is the name of an element that can stand at the top of a file or of a Segment, or in a Cluster; empty for
// others. An id is believed where it belongs only: those of blocks are one byte long.
func elementName(id uint32, inCluster bool) string {
	switch id {
	case idEBML:
		return "EBML"
	case idSegment:
		return "Segment"
	case idCluster:
		return "Cluster"
	case 0x114d9b74:
		return "SeekHead"
	case 0x1549a966:
		return "Info"
	case 0x1654ae6b:
		return "Tracks"
	case 0x1c53bb6b:
		return "Cues"
	case 0x1254c367:
		return "Tags"
	case 0x1941a469:
		return "Attachments"
	case 0x1043a770:
		return "Chapters"
	case 0xec:
		return "Void"
	}
	if !inCluster {
		return ""
	}
	switch id {
	case 0xa3:
		return "SimpleBlock"
	case 0xa0:
		return "BlockGroup"
	case 0xe7:
		return "Timestamp"
	case 0xab:
		return "PrevSize"
	case 0xa7:
		return "Position"
	case 0x5854:
		return "SilentTracks"
	case 0xaf:
		return "EncryptedBlock"
	case 0xbf:
		return "CRC-32"
	}
	return ""
}

// element is the header of an element.
type element struct {
	id      uint32 // 0: none can be here
	head    int64  // bytes of the header
	size    int64  // bytes of the content
	endless bool   // the size is not known: until an element follows that cannot be in it
	partial bool   // the file ends in the header
}

func beginsElements(head []byte) bool { return binary.BigEndian.Uint32(head) == idEBML }

// elementAt reads the header at a place.
func elementAt(w *window, at int64) (e element, err error) {
	h, err := w.view(at, 12)
	if err != nil || len(h) == 0 {
		return e, err
	}
	n := bits.LeadingZeros8(h[0]) + 1
	if n > 4 || n > len(h) {
		return e, nil
	}
	for _, c := range h[:n] {
		e.id = e.id<<8 | uint32(c)
	}
	h = h[n:]
	if len(h) == 0 {
		e.partial = true
		return e, nil
	}
	long := bits.LeadingZeros8(h[0]) + 1
	switch {
	case long > 8:
		return element{}, nil
	case long > len(h):
		e.partial = true
		return e, nil
	}
	var size uint64
	for _, c := range h[:long] {
		size = size<<8 | uint64(c)
	}
	most := uint64(1)<<(7*long) - 1
	e.head, e.size = int64(n+long), int64(size&most)
	e.endless = size&most == most
	return e, nil
}

// checkElements goes from element to element: over those whose size is known, into a Segment and Clusters that were
// written without one.
func checkElements(w *window) (string, error) {
	segment, cluster := false, false
	for at := int64(0); at < w.size; {
		e, err := elementAt(w, at)
		if err != nil {
			return "", err
		}
		name, left := elementName(e.id, cluster), w.size-at-e.head
		switch {
		case name == "":
			return "", nil // nothing that is known here, and nothing can be said of what follows
		case e.partial:
			return fmt.Sprintf("cut short: it ends in the header of an element %q", name), nil
		case !e.endless && e.size > left:
			return needs(fmt.Sprintf("element %q", name), e.size-left), nil
		case e.id == idEBML:
			if films, err := isMatroska(w, at+e.head, e.size); !films {
				return "", err
			}
		case e.id == idSegment && !e.endless:
			return "", nil // whole; what follows may be anything
		case e.endless && e.id != idSegment && e.id != idCluster:
			return "", nil
		}
		segment = segment || e.id == idSegment
		switch {
		case e.endless:
			cluster, at = e.id == idCluster, at+e.head
		default:
			cluster = cluster && inCluster(e.id)
			at += e.head + e.size
		}
	}
	if !segment {
		return `cut short: it ends before its element "Segment"`, nil
	}
	return "", nil
}

// inCluster reports whether a Cluster without a size goes on behind the element.
func inCluster(id uint32) bool { return id < 1<<24 }

// isMatroska reports whether the content of the EBML header, which names the kind of document, names one of ours.
func isMatroska(w *window, at, size int64) (bool, error) {
	h, err := w.view(at, int(min(size, windowSize)))
	return bytes.Contains(h, []byte("matroska")) || bytes.Contains(h, []byte("webm")), err
}
