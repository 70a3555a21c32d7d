package ossdev

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc64"
	"io"
	"os"
	"sync"
	"time"
)

// bufferSize is how many bytes are read from a connection, summed and written at a time.
const bufferSize = 512 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// errCut is what reading a body ends with when a fault cuts it.
var errCut = errors.New("the body was cut by a fault")

// body is a request's body: counted, and slowed or cut when a fault says so.
type body struct {
	in    io.Reader
	ctx   context.Context // ends the waits of a slow body
	count int64           // bytes read
	cut   int64           // bytes after which the body is cut; 0 for never
	rate  int64           // bytes per second; 0 for no limit
}

func (b *body) Read(p []byte) (int, error) {
	if b.cut > 0 {
		if b.count >= b.cut {
			return 0, errCut
		}
		p = p[:min(int64(len(p)), b.cut-b.count)]
	}
	if b.rate > 0 {
		p = p[:min(int64(len(p)), max(b.rate/20, 1))]
		timer := time.NewTimer(time.Duration(float64(len(p)) / float64(b.rate) * float64(time.Second)))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-b.ctx.Done():
			return 0, b.ctx.Err()
		}
	}
	n, err := b.in.Read(p)
	b.count += int64(n)
	return n, err
}

// sums is what is known of bytes that were received.
type sums struct {
	size int64
	crc  uint64
	md5  []byte // nil unless asked for
}

// receive stores a body in a new temporary file and sums it on the way. At most limit bytes are taken.
func (st *store) receive(in io.Reader, limit int64, withMD5 bool) (tmp string, s sums, err error) {
	tmp = st.tmpName()
	out, err := st.root.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return "", s, fmt.Errorf("store a body: %w", err)
	}
	s, err = copySummed(out, in, limit, withMD5)
	if err = errors.Join(err, out.Close()); err != nil {
		return "", s, errors.Join(err, st.discard(tmp))
	}
	return tmp, s, nil
}

func copySummed(out io.Writer, in io.Reader, limit int64, withMD5 bool) (s sums, err error) {
	var digest hash.Hash
	if withMD5 {
		digest = md5.New()
	}
	buffer := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buffer)
	for {
		n, err := in.Read(buffer[:])
		if n > 0 {
			if s.size += int64(n); s.size > limit {
				return s, tooLarge(s.size, limit)
			}
			s.crc = crc64.Update(s.crc, ecma, buffer[:n])
			if digest != nil {
				digest.Write(buffer[:n])
			}
			if _, err := out.Write(buffer[:n]); err != nil {
				return s, fmt.Errorf("store a body: %w", err)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return s, unreadable{err}
		}
	}
	if digest != nil {
		s.md5 = digest.Sum(nil)
	}
	return s, nil
}

// unreadable says that a request's body did not arrive whole: there is nobody to answer to.
type unreadable struct{ error }

func (u unreadable) Unwrap() error { return u.error }

// randomHex returns n random bytes in lower-case hex.
func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: the standard library ends the program instead
	return hex.EncodeToString(b)
}
