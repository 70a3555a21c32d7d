package ossdev

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
)

const objectTagging = "X-Oss-Tagging"

type tagXML struct{ Key, Value string }

type taggingXML struct {
	XMLName xml.Name `xml:"Tagging"`
	Tags    []tagXML `xml:"TagSet>Tag"`
}

func (x *exchange) getObjectTagging() (*answer, error) {
	m, err := x.existing()
	if err != nil {
		return nil, err
	}
	var all taggingXML
	for pair := range strings.SplitSeq(m.Header[objectTagging], "&") {
		k, v, _ := strings.Cut(pair, "=")
		key, ok := validTag(k, 128)
		value, ok2 := validTag(v, 256)
		if ok && ok2 && key != "" {
			all.Tags = append(all.Tags, tagXML{key, value})
		}
	}
	return &answer{xml: &all}, nil
}

func (x *exchange) putObjectTagging() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	var asked taggingXML
	if err := x.documentInto(&asked); err != nil {
		return nil, err
	}
	var pairs []string
	for _, tag := range asked.Tags {
		pairs = append(pairs, url.QueryEscape(tag.Key)+"="+url.QueryEscape(tag.Value))
	}
	header := strings.Join(pairs, "&")
	if header != "" && !validTagging(header) {
		return nil, fail("InvalidTag")
	}
	return &answer{}, x.amend(func(m *Meta) { m.tag(header) })
}

func (x *exchange) deleteObjectTagging() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, x.amend(func(m *Meta) { m.tag("") })
}

func (m *Meta) tag(header string) {
	if header == "" {
		delete(m.Header, objectTagging)
	} else {
		m.Header[objectTagging] = header
	}
}
