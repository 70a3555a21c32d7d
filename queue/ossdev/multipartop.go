package ossdev

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func (x *exchange) initiateMultipartUpload() (*answer, error) {
	if err := x.mayWrite(); err != nil {
		return nil, err
	}
	header, wrong := x.metadata()
	if wrong != nil {
		return nil, wrong
	}
	u, err := x.uploads.begin(x.bucket, x.key, header)
	if err != nil {
		return nil, err
	}
	x.ended.UploadID = u.ID
	return &answer{header: encryption(header), xml: &struct {
		XMLName  xml.Name `xml:"InitiateMultipartUploadResult"`
		Encoding string   `xml:"EncodingType,omitempty"`
		Bucket   string
		Key      string
		UploadID string `xml:"UploadId"`
	}{Encoding: x.encoding(), Bucket: x.bucket, Key: x.encoded(x.key), UploadID: u.ID}}, nil
}

// partOf is the upload that the request brings a part of.
func (x *exchange) partOf() (*upload, *Error) {
	if _, ok := x.st.bucket(x.bucket); !ok {
		return nil, x.noSuchBucket()
	}
	switch number := x.query.Get("partNumber"); {
	case !x.query.Has("uploadId"):
		return nil, invalid("ResourceType", "partNumber", "Unexpected query string parameter").finer("0017-00000219")
	case number == "":
		return nil, invalid("ResourceType", "uploadId", "Unexpected query string parameter").finer("0017-00000219")
	case x.part == 0:
		return nil, invalid("PartNumber", number,
			"Part number must be an integer between 1 and 10000, inclusive.").finer("0017-00000220")
	}
	u, wrong := x.uploads.find(x.bucket, x.key, x.uploadID)
	if wrong != nil {
		return nil, wrong.finer("0042-00000104")
	}
	return u, nil
}

func (x *exchange) uploadPart() (*answer, error) {
	u, wrong := x.partOf()
	if wrong != nil {
		return nil, wrong
	}
	tmp, s, err := x.receive()
	if err != nil {
		return nil, err
	}
	p := Part{Number: x.part, Size: s.size, CRC64: s.crc, ETag: s.etag(), Modified: x.now.UTC()}
	if err := x.uploads.add(u, p, tmp); err != nil {
		return nil, err
	}
	h := encryption(u.Header)
	h["ETag"], h[crcHeader] = quote(p.ETag), decimal(p.CRC64)
	return &answer{header: h}, nil
}

func (x *exchange) abortMultipartUpload() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	u, wrong := x.uploads.find(x.bucket, x.key, x.uploadID)
	if wrong != nil {
		return nil, wrong
	}
	if err := x.uploads.end(u); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}

func (x *exchange) completeMultipartUpload() (*answer, error) {
	if err := x.mayWrite(); err != nil {
		return nil, err
	}
	u, wrong := x.uploads.find(x.bucket, x.key, x.uploadID)
	if wrong != nil {
		return nil, wrong
	}
	header, wrong := x.completed(u.Header)
	if wrong != nil {
		return nil, wrong
	}
	told, wrong := x.callback()
	if wrong != nil {
		return nil, wrong
	}
	text, err := io.ReadAll(io.LimitReader(x.body, maxCompleteIn))
	if err != nil {
		return nil, unreadable{err}
	}
	// Parts may still come in, and another Complete or an Abort, too: all of them wait here.
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended {
		return nil, noSuchUpload(u.ID)
	}
	parts, wrong := x.chosenParts(u, text)
	if wrong != nil {
		return nil, wrong
	}
	m, err := x.complete(u, parts, header)
	if err != nil {
		return nil, err
	}
	h := encryption(m.Header)
	h["ETag"], h[crcHeader] = quote(m.ETag), decimal(m.CRC64)
	x.tellVersion(h)
	return x.tell(told, m, &answer{header: h, xml: &struct {
		XMLName  xml.Name `xml:"CompleteMultipartUploadResult"`
		Encoding string   `xml:"EncodingType,omitempty"`
		Location string
		Bucket   string
		Key      string
		ETag     string
	}{Encoding: x.encoding(), Location: x.location(), Bucket: x.bucket, Key: x.encoded(x.key), ETag: quote(m.ETag)}})
}

// complete makes the object with its header and ends the upload. The caller holds u.mu.
func (x *exchange) complete(u *upload, parts []Part, header map[string]string) (Meta, error) {
	tmp, size, crc, err := x.uploads.assemble(u, parts)
	if err != nil {
		return Meta{}, err
	}
	// OSS says no more of such an ETag than that it is not the MD5; its form is this.
	sum := md5.New()
	for _, p := range parts {
		sum.Write([]byte(p.ETag))
	}
	m := Meta{Key: u.Key, Size: size, CRC64: crc, Parts: len(parts), Modified: x.now.UTC(), Header: header,
		ETag: fmt.Sprintf("%s-%d", strings.ToUpper(hex.EncodeToString(sum.Sum(nil))), len(parts))}
	if m, err = x.st.commit(u.Bucket, m, tmp, x.forbidsOverwrite()); err != nil {
		return Meta{}, err
	}
	x.ended.Made, x.ended.CRC64 = true, m.CRC64
	return m, x.uploads.endLocked(u)
}

// chosenParts checks the list of parts that a Complete sends, in OSS's order of checks: the XML, then the order, then
// that each part is there, and that each but the last is large enough. The caller holds u.mu.
func (x *exchange) chosenParts(u *upload, text []byte) ([]Part, *Error) {
	if all := x.r.Header.Get("x-oss-complete-all"); strings.EqualFold(all, "yes") {
		if len(text) > 0 {
			return nil, invalid("x-oss-complete-all", all,
				"The request must have no body when x-oss-complete-all is set.")
		}
		parts := u.listLocked()
		if len(parts) == 0 {
			return nil, fail("InvalidPart").with("UploadId", u.ID)
		}
		return parts, checkSizes(parts)
	}
	var list struct {
		XMLName xml.Name `xml:"CompleteMultipartUpload"`
		Part    []struct{ PartNumber, ETag string }
	}
	if err := xml.Unmarshal(text, &list); err != nil || len(list.Part) == 0 {
		return nil, fail("MalformedXML")
	}
	var parts []Part
	for _, asked := range list.Part {
		number, err := strconv.Atoi(strings.TrimSpace(asked.PartNumber))
		etag := strings.Trim(strings.TrimSpace(asked.ETag), `"`)
		if err != nil || etag == "" {
			return nil, fail("MalformedXML")
		}
		if number < 1 || number > maxParts {
			return nil, invalid("PartNumber", asked.PartNumber,
				"Part number must be an integer between 1 and 10000, inclusive.").finer("0017-00000220")
		}
		if len(parts) > 0 && number <= parts[len(parts)-1].Number {
			return nil, fail("InvalidPartOrder").with("UploadId", u.ID)
		}
		parts = append(parts, Part{Number: number, ETag: etag})
	}
	for i, asked := range parts {
		have, ok := u.parts[asked.Number]
		if !ok || !strings.EqualFold(have.ETag, asked.ETag) {
			return nil, fail("InvalidPart").with("UploadId", u.ID).with("PartNumber", strconv.Itoa(asked.Number)).with(
				"PartEtag", asked.ETag)
		}
		parts[i] = have
	}
	return parts, checkSizes(parts)
}

func checkSizes(parts []Part) *Error {
	var total int64
	for i, p := range parts {
		if i < len(parts)-1 && p.Size < minPart {
			return fail("EntityTooSmall").with("ProposedSize", decimal(p.Size)).with("MinSizeAllowed",
				strconv.Itoa(minPart)).
				with("PartNumber", strconv.Itoa(p.Number)).with("ETag", p.ETag)
		}
		total += p.Size
	}
	if total > maxMultipart {
		return tooLarge(total, maxMultipart)
	}
	return nil
}

func (x *exchange) listParts() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	u, wrong := x.uploads.find(x.bucket, x.key, x.uploadID)
	if wrong != nil {
		return nil, wrong
	}
	most, wrong := x.number("max-parts", 1000, 1, 1000)
	if wrong != nil {
		return nil, wrong
	}
	marker, wrong := x.number("part-number-marker", 0, 0, 1<<31-1)
	if wrong != nil {
		return nil, wrong
	}
	type part struct {
		PartNumber   int
		LastModified string
		ETag         string
		CRC64        string `xml:"HashCrc64ecma"`
		Size         int64
	}
	result := struct {
		XMLName              xml.Name `xml:"ListPartsResult"`
		Encoding             string   `xml:"EncodingType,omitempty"`
		Bucket               string
		Key                  string
		UploadID             string `xml:"UploadId"`
		StorageClass         string
		PartNumberMarker     int
		NextPartNumberMarker int
		MaxParts             int
		IsTruncated          bool
		Part                 []part
	}{Encoding: x.encoding(), Bucket: x.bucket, Key: x.encoded(x.key), UploadID: u.ID,
		StorageClass:     Meta{Header: u.Header}.class(),
		PartNumberMarker: marker, MaxParts: most}
	for _, p := range u.list() {
		if p.Number <= marker {
			continue
		}
		if len(result.Part) == most {
			result.IsTruncated = true
			break
		}
		result.NextPartNumberMarker = p.Number
		result.Part = append(result.Part, part{p.Number, stamp(p.Modified.Truncate(time.Second)), quote(p.ETag),
			decimal(p.CRC64), p.Size})
	}
	return &answer{xml: &result}, nil
}
