package ossdev

import (
	"encoding/base64"
	"encoding/xml"
	"sort"
	"strconv"
	"strings"
)

// encoding is what the request asks keys in XML to be encoded as: "url", or "" for not at all.
func (x *exchange) encoding() string {
	if x.query.Get("encoding-type") == "url" {
		return "url"
	}
	return ""
}

// encoded is a key as it goes into XML.
func (x *exchange) encoded(key string) string {
	if x.encoding() == "" {
		return key
	}
	return escape(key, false)
}

// number reads a query parameter; missing, it is usual.
func (x *exchange) number(name string, usual, least, most int) (int, *Error) {
	text := x.query.Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, invalid(name, text, "Argument "+name+" must be an integer between "+strconv.Itoa(least)+" and "+
			strconv.Itoa(most)+".")
	}
	return n, nil
}

// content is one object of a listing.
type content struct {
	Key          string
	LastModified string
	ETag         string
	Type         string
	Size         int64
	StorageClass string
	Owner        *owner `xml:",omitempty"`
}

type commonPrefix struct{ Prefix string }

// page is a part of a listing: names in order, those with the delimiter after the prefix rolled up.
type page struct {
	contents []content
	prefixes []commonPrefix
	next     string // what the next page comes after; "" when this is the last one
}

// list collects at most limit objects and prefixes that come after marker.
func (x *exchange) list(prefix, delimiter, marker string, limit int) (page, error) {
	var p page
	keys, err := x.st.keys(x.bucket)
	if err != nil {
		return p, err
	}
	last := ""
	for i := sort.SearchStrings(keys, max(prefix, marker)); i < len(keys); i++ {
		key := keys[i]
		if !strings.HasPrefix(key, prefix) {
			break
		}
		if key <= marker {
			continue
		}
		rolled := ""
		if delimiter != "" {
			if before, _, found := strings.Cut(key[len(prefix):], delimiter); found {
				rolled = prefix + before + delimiter
			}
		}
		if rolled != "" && (rolled == last || rolled <= marker) {
			continue // told already, on this page or on the one before
		}
		var m Meta
		if rolled == "" {
			var ok bool
			if m, ok, err = x.st.stat(x.bucket, key); err != nil {
				return p, err
			} else if !ok {
				continue // removed by hand, or deleted meanwhile
			}
		}
		if len(p.contents)+len(p.prefixes) == limit {
			p.next = last
			break
		}
		if rolled != "" {
			p.prefixes = append(p.prefixes, commonPrefix{x.encoded(rolled)})
			last = rolled
			continue
		}
		p.contents = append(p.contents, content{Key: x.encoded(key), LastModified: stamp(m.Modified),
			ETag: quote(m.ETag), Type: m.kind(),
			Size: m.Size, StorageClass: m.class(), Owner: &nobody})
		last = key
	}
	return p, nil
}

// listing is the XML of both versions of ListObjects.
type listing struct {
	XMLName     xml.Name `xml:"ListBucketResult"`
	Name        string
	Prefix      string
	Marker      *string `xml:",omitempty"` // version 1
	StartAfter  string  `xml:",omitempty"` // version 2
	Token       string  `xml:"ContinuationToken,omitempty"`
	MaxKeys     int
	Delimiter   string
	Encoding    string `xml:"EncodingType,omitempty"`
	IsTruncated bool
	NextMarker  string `xml:",omitempty"`
	NextToken   string `xml:"NextContinuationToken,omitempty"`
	KeyCount    *int   `xml:",omitempty"`
	Contents    []content
	Prefixes    []commonPrefix `xml:"CommonPrefixes"`
}

// listed makes the part that both versions share.
func (x *exchange) listed(marker string) (*listing, page, error) {
	if err := x.needBucket(); err != nil {
		return nil, page{}, err
	}
	limit, wrong := x.number("max-keys", 100, 1, 1000)
	if wrong != nil {
		return nil, page{}, wrong
	}
	prefix, delimiter := x.query.Get("prefix"), x.query.Get("delimiter")
	p, err := x.list(prefix, delimiter, marker, limit)
	return &listing{Name: x.bucket, Prefix: x.encoded(prefix), MaxKeys: limit, Delimiter: x.encoded(delimiter),
		Encoding:    x.encoding(),
		IsTruncated: p.next != "", Contents: p.contents, Prefixes: p.prefixes}, p, err
}

func (x *exchange) listObjects() (*answer, error) {
	marker := x.query.Get("marker")
	l, p, err := x.listed(marker)
	if err != nil {
		return nil, err
	}
	marker = x.encoded(marker)
	l.Marker, l.NextMarker = &marker, x.encoded(p.next)
	return &answer{xml: l}, nil
}

func (x *exchange) listObjectsV2() (*answer, error) {
	if version := x.query.Get("list-type"); version != "2" {
		return nil, invalid("list-type", version, "The list-type parameter must be 2.")
	}
	token, after := x.query.Get("continuation-token"), x.query.Get("start-after")
	marker := after
	if token != "" {
		text, err := base64.StdEncoding.DecodeString(token)
		if err != nil {
			return nil, invalid("continuation-token", token, "The continuation token provided is incorrect.")
		}
		marker = string(text)
	}
	l, p, err := x.listed(marker)
	if err != nil {
		return nil, err
	}
	count := len(p.contents) + len(p.prefixes)
	l.StartAfter, l.Token, l.KeyCount = x.encoded(after), token, &count
	if p.next != "" {
		l.NextToken = base64.StdEncoding.EncodeToString([]byte(p.next))
	}
	return &answer{xml: l}, nil
}

func (x *exchange) listMultipartUploads() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	limit, wrong := x.number("max-uploads", 1000, 1, 1000)
	if wrong != nil {
		return nil, wrong
	}
	prefix, delimiter, key, id := x.query.Get("prefix"), x.query.Get("delimiter"), x.query.Get("key-marker"),
		x.query.Get("upload-id-marker")
	if key == "" {
		id = "" // it has no meaning alone
	}
	type upload struct{ Key, UploadId, StorageClass, Initiated string }
	result := struct {
		XMLName            xml.Name `xml:"ListMultipartUploadsResult"`
		Encoding           string   `xml:"EncodingType,omitempty"`
		Bucket             string
		KeyMarker          string
		UploadIdMarker     string
		NextKeyMarker      string
		NextUploadIdMarker string
		Delimiter          string
		Prefix             string
		MaxUploads         int
		IsTruncated        bool
		Upload             []upload
		Prefixes           []commonPrefix `xml:"CommonPrefixes"`
	}{Encoding: x.encoding(), Bucket: x.bucket, KeyMarker: x.encoded(key), UploadIdMarker: id,
		Delimiter: x.encoded(delimiter),
		Prefix:    x.encoded(prefix), MaxUploads: limit}
	for _, u := range x.uploads.all(x.bucket) {
		// Without an id, the marker stands for all uploads of its key.
		if !strings.HasPrefix(u.Key, prefix) || u.Key < key || u.Key == key && key != "" && (id == "" || u.ID <= id) {
			continue
		}
		rolled := ""
		if before, _, found := strings.Cut(u.Key[len(prefix):], delimiter); found && delimiter != "" {
			rolled = x.encoded(prefix + before + delimiter)
			if n := len(result.Prefixes); n > 0 && result.Prefixes[n-1].Prefix == rolled || prefix+before+
				delimiter == key {
				continue
			}
		}
		if len(result.Upload)+len(result.Prefixes) == limit {
			result.IsTruncated = true
			break
		}
		if rolled != "" {
			result.Prefixes = append(result.Prefixes, commonPrefix{rolled})
			result.NextKeyMarker, result.NextUploadIdMarker = rolled, ""
			continue
		}
		result.Upload = append(result.Upload, upload{x.encoded(u.Key), u.ID, Meta{Header: u.Header}.class(),
			stamp(u.Initiated)})
		result.NextKeyMarker, result.NextUploadIdMarker = x.encoded(u.Key), u.ID
	}
	return &answer{xml: &result}, nil
}
