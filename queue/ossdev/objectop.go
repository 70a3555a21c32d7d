package ossdev

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// forbidsOverwrite reports whether the request must not replace an object. In a bucket with versions OSS does not look
// at that.
func (x *exchange) forbidsOverwrite() bool {
	return strings.EqualFold(x.r.Header.Get("x-oss-forbid-overwrite"), "true") &&
		x.st.settings(x.bucket).Versioning == ""
}

// mayWrite is the early answer to an upload that could never be completed.
func (x *exchange) mayWrite() error {
	if err := x.needBucket(); err != nil {
		return err
	}
	if !x.forbidsOverwrite() {
		return nil
	}
	_, exists, err := x.st.stat(x.bucket, x.key)
	if err == nil && exists {
		return fail("FileAlreadyExists")
	}
	return err
}

func (x *exchange) putObject() (*answer, error) {
	if err := x.mayWrite(); err != nil {
		return nil, err
	}
	header, wrong := x.metadata()
	if wrong != nil {
		return nil, wrong
	}
	told, wrong := x.callback()
	if wrong != nil {
		return nil, wrong
	}
	tmp, s, err := x.receive()
	if err != nil {
		return nil, err
	}
	m := Meta{Key: x.key, Size: s.size, CRC64: s.crc, ETag: s.etag(), Modified: x.now.UTC(), Header: header}
	if s.md5 != nil {
		m.MD5 = base64.StdEncoding.EncodeToString(s.md5)
	}
	if m, err = x.st.commit(x.bucket, m, tmp, x.forbidsOverwrite()); err != nil {
		return nil, err
	}
	x.ended.Made, x.ended.CRC64 = true, m.CRC64
	h := encryption(m.Header)
	h["ETag"], h[crcHeader] = quote(m.ETag), decimal(m.CRC64)
	if m.MD5 != "" {
		h["Content-MD5"] = m.MD5
	}
	x.tellVersion(h)
	return x.tell(told, m, &answer{header: h})
}

// tellVersion adds the version of a new object.
func (x *exchange) tellVersion(h map[string]string) {
	if version := x.version(); version != "" {
		h["x-oss-version-id"] = version
	}
}

// receive stores the request's body in a temporary file, if it is what its headers say.
func (x *exchange) receive() (tmp string, s sums, err error) {
	wanted, wrong := contentMD5(x.r.Header)
	switch {
	case wrong != nil:
		return "", s, wrong
	case x.r.ContentLength > maxObject:
		return "", s, tooLarge(x.r.ContentLength, maxObject)
	case x.r.ContentLength == 0 && x.r.Header.Get("Content-Length") == "":
		return "", s, fail("MissingContentLength") // chunked bodies have length -1
	}
	tmp, s, err = x.st.receive(x.body, maxObject, wanted != nil || !x.options.FastETag)
	if err != nil {
		return "", s, err
	}
	if wanted != nil && !bytes.Equal(wanted, s.md5) {
		e := fail("InvalidDigest").with("ExpectedDigest", base64.StdEncoding.EncodeToString(wanted)).
			with("CalculatedDigest", base64.StdEncoding.EncodeToString(s.md5))
		return "", s, errors.Join(e, x.st.discard(tmp))
	}
	return tmp, s, nil
}

// contentMD5 reads the header, nil if there is none.
func contentMD5(header http.Header) ([]byte, *Error) {
	text := header.Get("Content-MD5")
	if text == "" {
		return nil, nil
	}
	sum, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(sum) != 16 {
		return nil, fail("InvalidDigest").finer("0017-00000502").with("Content-MD5", text)
	}
	return sum, nil
}

func tooLarge(size, limit int64) *Error {
	return fail("EntityTooLarge").with("MaxSizeAllowed", decimal(limit)).with("ProposedSize", decimal(size))
}

// etag is the MD5, or what stands for it where that was not computed.
func (s sums) etag() string {
	if s.md5 == nil {
		return fmt.Sprintf("%016X%016X", s.crc, s.size)
	}
	return strings.ToUpper(hex.EncodeToString(s.md5))
}

func (x *exchange) deleteObject() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	if err := x.st.remove(x.bucket, x.key); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}

func quote(etag string) string { return `"` + etag + `"` }

func decimal[T int64 | uint64](n T) string { return fmt.Sprint(n) }
