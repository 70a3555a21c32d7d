package ossdev

import (
	"encoding/xml"
	"io"
	"net/http"
	"path"
	"strings"
)

// Settings are what can be set of a bucket.
type Settings struct {
	Versioning        string `json:",omitempty"` // Enabled, Suspended, or "" for never; versions are not kept
	BlockPublicAccess bool   `json:",omitempty"` // nothing is public, and no ACL may make it so
	ACL               string `json:",omitempty"` // of objects that have none of their own; "" is private
}

// Settings returns those of a bucket.
func (s *Server) Settings(bucket string) Settings { return s.st.settings(bucket) }

// Set changes those of a bucket.
func (s *Server) Set(bucket string, to Settings) error { return s.st.set(bucket, to) }

func (st *store) settings(bucket string) Settings {
	st.mu.Lock()
	defer st.mu.Unlock()
	if b := st.buckets[bucket]; b != nil {
		return b.Settings
	}
	return Settings{}
}

func (st *store) set(bucket string, to Settings) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	b := st.buckets[bucket]
	if b == nil {
		return fail("NoSuchBucket").with("BucketName", bucket)
	}
	b.Settings = to
	return st.writeJSON(path.Join(hidden, "bucket", bucket), b)
}

// documentInto reads a request's body, which is a small XML document.
func (x *exchange) documentInto(into any) error {
	text, err := io.ReadAll(io.LimitReader(x.body, maxDocument))
	if err != nil {
		return unreadable{err}
	}
	if xml.Unmarshal(text, into) != nil {
		return fail("MalformedXML")
	}
	return nil
}

type versioningXML struct {
	XMLName xml.Name `xml:"VersioningConfiguration"`
	Status  string   `xml:",omitempty"`
}

func (x *exchange) getBucketVersioning() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	return &answer{xml: &versioningXML{Status: x.st.settings(x.bucket).Versioning}}, nil
}

func (x *exchange) putBucketVersioning() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	var asked versioningXML
	if err := x.documentInto(&asked); err != nil {
		return nil, err
	}
	if asked.Status != "Enabled" && asked.Status != "Suspended" {
		return nil, fail("MalformedXML")
	}
	to := x.st.settings(x.bucket)
	to.Versioning = asked.Status
	return &answer{}, x.st.set(x.bucket, to)
}

type publicAccessXML struct {
	XMLName           xml.Name `xml:"PublicAccessBlockConfiguration"`
	BlockPublicAccess bool
}

func (x *exchange) getBucketPublicAccessBlock() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	return &answer{xml: &publicAccessXML{BlockPublicAccess: x.st.settings(x.bucket).BlockPublicAccess}}, nil
}

func (x *exchange) putBucketPublicAccessBlock() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	var asked publicAccessXML
	if err := x.documentInto(&asked); err != nil {
		return nil, err
	}
	return &answer{}, x.blockPublicAccess(asked.BlockPublicAccess)
}

func (x *exchange) deleteBucketPublicAccessBlock() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, x.blockPublicAccess(false)
}

func (x *exchange) blockPublicAccess(block bool) error {
	to := x.st.settings(x.bucket)
	to.BlockPublicAccess = block
	return x.st.set(x.bucket, to)
}

// version is what a new object's version is called: "" in a bucket that never had versions.
func (x *exchange) version() string {
	switch x.st.settings(x.bucket).Versioning {
	case "Enabled":
		return strings.ToUpper(randomHex(16))
	case "Suspended":
		return "null"
	}
	return ""
}
