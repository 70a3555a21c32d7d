package upload

import (
	"sync"

	"inboxfs/queue/transfer"
	"inboxfs/queue/upload/ecma"
)

// parts is what a multipart upload has of the file and what it lacks.
type parts struct {
	to       Target
	partSize int64
	size     int64 // of the file

	mu   sync.Mutex // guards the rest
	have []transfer.Part
	// found is what the server has and what must be compared with the file first: of a part that the journal does not
	// know the ETag, and all of one that was sent ahead. May be nil.
	found []transfer.Part
	next  int // part number
}

func newParts(to Target, partSize, size int64) *parts {
	return &parts{to: to, partSize: partSize, size: size, have: make([]transfer.Part, (size+partSize-1)/partSize),
		next: 1}
}

// span is where part number begins in the file and how long it is.
func (p *parts) span(number int) (off, size int64) {
	off = int64(number-1) * p.partSize
	return off, min(p.partSize, p.size-off)
}

// take returns the next part that is missing, and what the server has in its place, if anything.
func (p *parts) take() (number int, found transfer.Part, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for ; p.next <= len(p.have); p.next++ {
		if p.have[p.next-1].Number == 0 {
			number = p.next
			p.next++
			if p.found != nil {
				found = p.found[number-1]
			}
			return number, found, true
		}
	}
	return 0, transfer.Part{}, false
}

// find notes what the server has of a part.
func (p *parts) find(number int, part transfer.Part) {
	if p.found == nil {
		p.found = make([]transfer.Part, len(p.have))
	}
	p.found[number-1] = part
}

func (p *parts) set(part transfer.Part) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.have[part.Number-1] = part
}

func (p *parts) missing() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, part := range p.have {
		if part.Number == 0 {
			n++
		}
	}
	return n
}

// bare reports whether the server has nothing of the file.
func (p *parts) bare() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, part := range p.have {
		if part.Number != 0 || p.found != nil && p.found[i] != (transfer.Part{}) {
			return false
		}
	}
	return true
}

// all returns every part in order and the CRC64 of the file that they make, once none is missing.
func (p *parts) all() ([]transfer.Part, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var crc uint64
	for _, part := range p.have {
		crc = ecma.Combine(crc, part.CRC64, part.Size)
	}
	return p.have, crc
}

// multipart is p as the journal keeps it, without its parts.
func (p *parts) multipart() transfer.Multipart {
	return transfer.Multipart{Bucket: p.to.Bucket, Key: p.to.Key, UploadID: p.to.UploadID, PartSize: p.partSize,
		Header: digest(p.to.Header)}
}
