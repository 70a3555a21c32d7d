package ossdev

import (
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (x *exchange) getObject() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	m, file, err := x.st.open(x.bucket, x.key)
	if err != nil {
		return nil, err
	}
	if file == nil {
		return nil, fail("NoSuchKey").with("Key", x.key)
	}
	a := &answer{file: file, header: m.headers()}
	if err := x.fill(a, m); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// fill says which bytes of the object are the answer.
func (x *exchange) fill(a *answer, m Meta) error {
	if unchanged, err := x.precondition(m); err != nil {
		return err
	} else if unchanged {
		a.close()
		a.file, a.status = nil, http.StatusNotModified
		return nil
	}
	info, err := a.file.Stat()
	if err != nil {
		return fmt.Errorf("read an object: %w", err)
	}
	a.size = info.Size() // what is there, even if somebody changed it by hand; then the checksum tells
	first, last, ok := parseRange(x.r.Header.Get("Range"), a.size)
	switch {
	case ok:
		if _, err := a.file.Seek(first, 0); err != nil {
			return fmt.Errorf("read an object: %w", err)
		}
		a.header["Content-Range"] = fmt.Sprintf("bytes %d-%d/%d", first, last, a.size)
		a.size, a.status = last-first+1, http.StatusPartialContent
	case x.r.Header.Get("Range") != "" && x.r.Header.Get("x-oss-range-behavior") == "standard":
		return fail("InvalidRange").with("ActualObjectSize", decimal(a.size)).with("RangeHeader",
			x.r.Header.Get("Range"))
	}
	for name, values := range x.query {
		if own, ok := strings.CutPrefix(name, "response-"); ok {
			a.header[textproto.CanonicalMIMEHeaderKey(own)] = values[0]
		}
	}
	return nil
}

// parseRange reads one range of bytes. OSS takes a range that it does not understand, or that lies outside, for none.
func parseRange(text string, size int64) (first, last int64, ok bool) {
	spec, found := strings.CutPrefix(text, "bytes=")
	from, to, dash := strings.Cut(spec, "-")
	if !found || !dash {
		return 0, 0, false
	}
	last = size - 1
	var err error
	if from == "" { // the last bytes
		n, err := strconv.ParseInt(to, 10, 64)
		return max(size-n, 0), last, err == nil && n > 0 && size > 0
	}
	if first, err = strconv.ParseInt(from, 10, 64); err != nil || first < 0 {
		return 0, 0, false
	}
	if to != "" {
		end, err := strconv.ParseInt(to, 10, 64)
		if err != nil || end < first || end >= size {
			return 0, 0, false
		}
		last = end
	}
	return first, last, first < size
}

func (x *exchange) headObject() (*answer, error) {
	m, err := x.existing()
	if err != nil {
		return nil, err
	}
	a := &answer{size: m.Size, header: m.headers()}
	if unchanged, err := x.precondition(m); err != nil {
		return nil, err
	} else if unchanged {
		a.status = http.StatusNotModified
	}
	return a, nil
}

func (x *exchange) getObjectMeta() (*answer, error) {
	m, err := x.existing()
	if err != nil {
		return nil, err
	}
	a := &answer{size: m.Size, header: map[string]string{"ETag": quote(m.ETag),
		"Last-Modified": m.Modified.Format(http.TimeFormat), crcHeader: decimal(m.CRC64)}}
	if x.r.Method != http.MethodHead {
		a.size = 0 // a GET's answer is empty, too
	}
	return a, nil
}

// existing returns the record of the object that the request is about.
func (x *exchange) existing() (Meta, error) {
	if err := x.needBucket(); err != nil {
		return Meta{}, err
	}
	m, ok, err := x.st.stat(x.bucket, x.key)
	if err == nil && !ok {
		err = fail("NoSuchKey").with("Key", x.key)
	}
	return m, err
}

// precondition checks the If- headers; unchanged means that 304 is the answer.
func (x *exchange) precondition(m Meta) (unchanged bool, err error) {
	return conditions(m, x.r.Header.Get)
}

func conditions(m Meta, get func(name string) string) (unchanged bool, err error) {
	etags := func(name string) (there, match bool) {
		for tag := range strings.SplitSeq(get(name), ",") {
			tag = strings.TrimSpace(tag)
			match = match || tag == "*" || strings.Trim(tag, `"`) == m.ETag
		}
		return get(name) != "", match
	}
	modified := m.Modified.Truncate(time.Second)
	if there, match := etags("If-Match"); there && !match {
		return false, fail("PreconditionFailed").with("Condition", "If-Match")
	}
	if t, err := http.ParseTime(get("If-Unmodified-Since")); err == nil && modified.After(t) {
		return false, fail("PreconditionFailed").with("Condition", "If-Unmodified-Since")
	}
	there, match := etags("If-None-Match")
	t, err := http.ParseTime(get("If-Modified-Since"))
	return there && match || !there && err == nil && !modified.After(t), nil
}

// headers are what HEAD and GET say of an object.
func (m Meta) headers() map[string]string {
	h := map[string]string{"Accept-Ranges": "bytes", "ETag": quote(m.ETag),
		"Last-Modified": m.Modified.Format(http.TimeFormat),
		crcHeader:       decimal(m.CRC64), "X-Oss-Object-Type": m.kind(), "X-Oss-Storage-Class": "Standard"}
	if m.MD5 != "" {
		h["Content-MD5"] = m.MD5
	}
	if m.Appendable {
		h[nextPosition] = decimal(m.Size)
	}
	for name, value := range m.Header {
		if slices.Contains(unshown, name) {
			continue
		}
		if name == "X-Oss-Tagging" { // only counted, as OSS does
			name, value = "X-Oss-Tagging-Count", strconv.Itoa(strings.Count(value, "&")+1)
		}
		h[name] = value
	}
	return h
}

// kind is OSS's name for how an object came to be.
func (m Meta) kind() string {
	switch {
	case m.Appendable:
		return "Appendable"
	case m.Parts > 0:
		return "Multipart"
	}
	return "Normal"
}

// class is the object's storage class.
func (m Meta) class() string {
	if class := m.Header["X-Oss-Storage-Class"]; class != "" {
		return class
	}
	return "Standard"
}
