package media

// packetSync is the first byte of a packet of a transport stream; so begins the text GIF89a, too.
const packetSync = 0x47

const (
	packetsAhead  = 8 // packets in line at the beginning that make a transport stream
	packetsBehind = 4 // and at the end, before a last one that is cut
)

// packing is how packets stand in a file.
type packing struct {
	size int64 // from one to the next
	sync int64 // what stands before the sync byte
}

// checkPackets looks whether the file ends with a whole packet. If packets do not stand in line from the first to the
// last, nothing is said.
func checkPackets(w *window) (string, error) {
	// plain, of cameras and Blu-ray, with error correction of DVB, of ATSC
	for _, p := range [...]packing{{188, 0}, {192, 4}, {204, 0}, {208, 0}} {
		is, err := p.inLine(w, 0, packetsAhead)
		if err != nil {
			return "", err
		}
		if is {
			return p.check(w)
		}
	}
	return "", nil
}

func (p packing) check(w *window) (string, error) {
	rest := w.size % p.size
	if rest <= p.sync {
		return "", nil
	}
	end := w.size - rest
	is, err := p.inLine(w, end-packetsBehind*p.size, packetsBehind)
	if err != nil || !is {
		return "", err
	}
	last, err := w.view(end+p.sync, 1)
	if err != nil || last[0] != packetSync { // something else was appended
		return "", err
	}
	return needs("the last MPEG-TS packet", p.size-rest), nil
}

// inLine reports whether n packets stand at a place, one after another.
func (p packing) inLine(w *window, at int64, n int64) (bool, error) {
	for i := range n {
		h, err := w.view(at+i*p.size+p.sync, 4)
		// The two bits say that there is a payload, or a field before it; one of them must be set.
		if err != nil || len(h) < 4 || h[0] != packetSync || h[3]&0x30 == 0 {
			return false, err
		}
	}
	return true, nil
}
