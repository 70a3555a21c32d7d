package upload

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/upload/ecma"
)

var errBodyClosed = errors.New("upload: the request is over")

// body is a range of the file on its way out, for one request. It computes the CRC64 of what it handed out, keeps to
// the bandwidth limit, and holds no bytes itself.
type body struct {
	src   *source
	ctx   context.Context        // the request's
	last  func(crc uint64) error // asked after the last byte was read and before it is handed out; nil: nothing to ask
	moved func(bytes int)        // told of what is handed out; nil: nobody is

	mu   sync.Mutex // guards the rest; held during a Read, so that close waits for it
	off  int64
	left int64
	crc  uint64
	err  error // why no further byte is handed out
}

func (s *source) body(ctx context.Context, off, size int64, last func(crc uint64) error) *body {
	return &body{src: s, ctx: ctx, off: off, left: size, last: last}
}

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	if b.left == 0 {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := b.readLocked(p[:min(int64(len(p)), b.left)])
	if err != nil {
		b.err = err
		return 0, err
	}
	return n, nil
}

func (b *body) readLocked(p []byte) (int, error) {
	n, err := b.src.limit.wait(b.ctx, len(p))
	if err != nil {
		return 0, err
	}
	if n, err = b.src.readAt(b.ctx, p[:n], b.off); err != nil {
		return 0, err
	}
	crc := ecma.Update(b.crc, p[:n])
	if int64(n) == b.left && b.last != nil {
		if err := b.last(crc); err != nil {
			return 0, err
		}
	}
	b.crc = crc
	killpoint.At("body: a piece read")
	b.off += int64(n)
	b.left -= int64(n)
	b.src.progress.Sent(int64(n))
	if b.moved != nil {
		b.moved(n)
	}
	return n, nil
}

// close ends the body: an HTTP client may go on reading after the answer came. It returns the CRC64 of what was handed
// out, whether that was all, and the error that Read met.
func (b *body) close() (crc uint64, whole bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	err = b.err
	b.err = errBodyClosed
	return b.crc, b.left == 0, err
}

// whole closes the body, and reports whether all of it was handed out.
func (b *body) whole() bool {
	_, whole, _ := b.close()
	return whole
}

// sum is the CRC64 of what was handed out.
func (b *body) sum() uint64 {
	crc, _, _ := b.close()
	return crc
}

// sameETag compares two ETags; the server quotes them in some places and not in others.
func sameETag(a, b string) bool {
	return strings.EqualFold(strings.Trim(a, `"`), strings.Trim(b, `"`))
}
