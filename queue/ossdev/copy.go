package ossdev

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const copySource = "X-Oss-Copy-Source"

// source opens the object that a copy is made of, if the request's conditions for it hold.
func (x *exchange) source() (Meta, io.ReadCloser, error) {
	text := x.r.Header.Get(copySource)
	name, _, _ := strings.Cut(text, "?") // a version, which is not kept
	name, err := url.PathUnescape(strings.TrimPrefix(name, "/"))
	bucket, key, ok := strings.Cut(name, "/")
	if err != nil || !ok || key == "" {
		return Meta{}, nil, invalid("x-oss-copy-source", text,
			"Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.")
	}
	if _, there := x.st.bucket(bucket); !there {
		return Meta{}, nil, fail("NoSuchBucket").with("BucketName", bucket)
	}
	m, file, err := x.st.open(bucket, key)
	if err == nil && file == nil {
		err = fail("NoSuchKey").with("Key", key)
	}
	if err != nil {
		return Meta{}, nil, err
	}
	unchanged, err := conditions(m, func(name string) string { return x.r.Header.Get("x-oss-copy-source-" + name) })
	if err == nil && unchanged {
		err = &Error{Status: http.StatusNotModified, Code: "NotModified", Message: "Not Modified"}
	}
	if err != nil {
		return Meta{}, nil, errors.Join(err, file.Close())
	}
	return m, file, nil
}

func (x *exchange) copyObject() (*answer, error) {
	if err := x.mayWrite(); err != nil {
		return nil, err
	}
	m, from, err := x.source()
	if err != nil {
		return nil, err
	}
	defer from.Close()
	header, wrong := x.copied(m)
	if wrong != nil {
		return nil, wrong
	}
	tmp, s, err := x.st.receive(from, maxObject, false)
	if err != nil {
		return nil, err
	}
	c := Meta{Key: x.key, Size: s.size, CRC64: s.crc, ETag: m.ETag, MD5: m.MD5, Modified: x.now.UTC(), Header: header}
	if c, err = x.st.commit(x.bucket, c, tmp, x.forbidsOverwrite()); err != nil {
		return nil, err
	}
	x.ended.Made, x.ended.CRC64 = true, c.CRC64
	h := encryption(c.Header)
	h[crcHeader] = decimal(c.CRC64)
	x.tellVersion(h)
	return &answer{header: h, xml: copiedXML("CopyObjectResult", c.Modified, c.ETag)}, nil
}

func copiedXML(name string, at time.Time, etag string) any {
	return &struct {
		XMLName      xml.Name
		LastModified string
		ETag         string
	}{xml.Name{Local: name}, stamp(at), quote(etag)}
}

// copied is what a copy keeps: what the source has, or what the request says; its ACL and its encryption are the
// request's.
func (x *exchange) copied(source Meta) (map[string]string, *Error) {
	own, wrong := x.metadata()
	if wrong != nil {
		return nil, wrong
	}
	header := own
	switch directive := x.r.Header.Get("x-oss-metadata-directive"); strings.ToUpper(directive) {
	case "", "COPY":
		header = maps.Clone(source.Header)
		maps.DeleteFunc(header, func(name, _ string) bool {
			return name == objectACL || strings.HasPrefix(name, "X-Oss-Server-Side-")
		})
		for name, value := range own {
			if strings.HasPrefix(name, "X-Oss-") && !strings.HasPrefix(name, userMeta) && name != objectTagging {
				header[name] = value
			}
		}
	case "REPLACE":
	default:
		return nil, invalid("x-oss-metadata-directive", directive, "The metadata directive is COPY or REPLACE.")
	}
	switch directive := x.r.Header.Get("x-oss-tagging-directive"); strings.ToUpper(directive) {
	case "", "COPY":
		(&Meta{Header: header}).tag(source.Header[objectTagging])
	case "REPLACE":
		(&Meta{Header: header}).tag(own[objectTagging])
	default:
		return nil, invalid("x-oss-tagging-directive", directive, "The tagging directive is COPY or REPLACE.")
	}
	return header, nil
}

func (x *exchange) uploadPartCopy() (*answer, error) {
	u, wrong := x.partOf()
	if wrong != nil {
		return nil, wrong
	}
	m, from, err := x.source()
	if err != nil {
		return nil, err
	}
	defer from.Close()
	part := io.Reader(from)
	if text := x.r.Header.Get("x-oss-copy-source-range"); text != "" {
		first, last, ok := parseRange(text, m.Size)
		if !ok {
			return nil, fail("InvalidRange").with("RangeHeader", text)
		}
		if _, err := io.CopyN(io.Discard, from, first); err != nil {
			return nil, fmt.Errorf("copy a part: %w", err)
		}
		part = io.LimitReader(from, last-first+1)
	}
	tmp, s, err := x.st.receive(part, maxObject, !x.options.FastETag)
	if err != nil {
		return nil, err
	}
	p := Part{Number: x.part, Size: s.size, CRC64: s.crc, ETag: s.etag(), Modified: x.now.UTC()}
	if err := x.uploads.add(u, p, tmp); err != nil {
		return nil, err
	}
	h := encryption(u.Header)
	h["ETag"], h[crcHeader] = quote(p.ETag), decimal(p.CRC64)
	return &answer{header: h, xml: copiedXML("CopyPartResult", p.Modified, p.ETag)}, nil
}
