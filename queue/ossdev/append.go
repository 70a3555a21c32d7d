package ossdev

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

const nextPosition = "x-oss-next-append-position"

// appendObject adds bytes to an object that was made so, or makes one.
func (x *exchange) appendObject() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	position, err := strconv.ParseInt(x.query.Get("position"), 10, 64)
	if err != nil || position < 0 {
		return nil, invalid("position", x.query.Get("position"), "The position must be an integer from 0.")
	}
	header, wrong := x.metadata()
	if wrong != nil {
		return nil, wrong
	}
	tmp, s, err := x.receive()
	if err != nil {
		return nil, err
	}
	m := Meta{Key: x.key, Size: s.size, CRC64: s.crc, ETag: s.etag(), Modified: x.now.UTC(), Header: header,
		Appendable: true}
	if m, err = x.st.append(x.bucket, m, tmp, position); err != nil {
		return nil, err
	}
	x.ended.Made, x.ended.CRC64 = true, m.CRC64
	h := encryption(m.Header)
	h["ETag"], h[crcHeader], h[nextPosition] = quote(m.ETag), decimal(m.CRC64), decimal(m.Size)
	x.tellVersion(h)
	return &answer{header: h}, nil
}

// append puts tmp, which m describes, behind the object m.Key, that must have position bytes. tmp is gone afterwards.
func (st *store) append(bucket string, m Meta, tmp string, position int64) (Meta, error) {
	mutex := st.stripe(bucket, m.Key)
	mutex.Lock()
	defer mutex.Unlock()
	old, existed, err := st.lookup(bucket, m.Key)
	switch {
	case err != nil:
	case existed && !old.Appendable:
		err = fail("ObjectNotAppendable")
	case position != old.Size && (existed || position != 0):
		e := fail("PositionNotEqualToLength")
		e.header = map[string]string{nextPosition: decimal(old.Size)}
		err = e
	case existed:
		m.Size, m.CRC64 = old.Size+m.Size, combineCRC(old.CRC64, m.CRC64, m.Size)
		m.Header = old.Header // what comes with later parts is not kept
		var joined string
		if joined, err = st.join(old.Path, tmp); err == nil {
			err = st.discard(tmp)
			tmp = joined
		}
	}
	if err != nil {
		return m, errors.Join(err, st.discard(tmp))
	}
	return st.replace(bucket, m, tmp, old)
}

// join makes a new temporary file of some.
func (st *store) join(names ...string) (string, error) {
	joined := st.tmpName()
	out, err := st.root.OpenFile(joined, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return "", fmt.Errorf("join files: %w", err)
	}
	for _, name := range names {
		if err = st.copyFile(out, name); err != nil {
			break
		}
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return "", fmt.Errorf("join files: %w", errors.Join(err, st.discard(joined)))
	}
	return joined, nil
}

func (st *store) copyFile(out io.Writer, name string) error {
	in, err := st.root.Open(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, in.Close())
}
