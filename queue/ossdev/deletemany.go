package ossdev

import (
	"bytes"
	"crypto/md5"
	"encoding/xml"
	"io"
)

// maxDelete is how many objects one request deletes at most.
const maxDelete = 1000

func (x *exchange) deleteMultipleObjects() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	wanted, wrong := contentMD5(x.r.Header)
	if wrong != nil {
		return nil, wrong
	}
	text, err := io.ReadAll(io.LimitReader(x.body, maxDocument))
	if err != nil {
		return nil, unreadable{err}
	}
	if sum := md5.Sum(text); wanted != nil && !bytes.Equal(wanted, sum[:]) {
		return nil, fail("InvalidDigest")
	}
	var asked struct {
		XMLName xml.Name `xml:"Delete"`
		Quiet   bool
		Object  []struct{ Key string }
	}
	if xml.Unmarshal(text, &asked) != nil || len(asked.Object) == 0 || len(asked.Object) > maxDelete {
		return nil, fail("MalformedXML")
	}
	type deleted struct{ Key string }
	result := struct {
		XMLName  xml.Name `xml:"DeleteResult"`
		Encoding string   `xml:"EncodingType,omitempty"`
		Deleted  []deleted
	}{Encoding: x.encoding()}
	for _, o := range asked.Object {
		if wrong := checkKey(o.Key); wrong != nil {
			return nil, wrong
		}
		if err := x.st.remove(x.bucket, o.Key); err != nil {
			return nil, err
		}
		if !asked.Quiet {
			result.Deleted = append(result.Deleted, deleted{x.encoded(o.Key)})
		}
	}
	return &answer{xml: &result}, nil
}
