package ossdev

import (
	"encoding/xml"
	"net/http"
	"strings"
)

type owner struct{ ID, DisplayName string }

// nobody owns all that is here.
var nobody = owner{"0", "ossdev"}

func (x *exchange) noSuchBucket() *Error { return fail("NoSuchBucket").with("BucketName", x.bucket) }

// needBucket fails when there is no such bucket.
func (x *exchange) needBucket() error {
	if _, ok := x.st.bucket(x.bucket); !ok {
		return x.noSuchBucket()
	}
	return nil
}

func (x *exchange) putBucket() (*answer, error) {
	if _, err := x.st.createBucket(x.bucket); err != nil {
		return nil, err
	}
	return &answer{header: map[string]string{"Location": "/" + x.bucket}}, nil
}

func (x *exchange) headBucket() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	return &answer{header: map[string]string{"X-Oss-Bucket-Region": "oss-" + x.options.Region}}, nil
}

func (x *exchange) deleteBucket() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	keys, err := x.st.keys(x.bucket)
	if err != nil {
		return nil, err
	}
	if len(keys) > 0 || len(x.uploads.all(x.bucket)) > 0 {
		return nil, fail("BucketNotEmpty").with("BucketName", x.bucket)
	}
	if err := x.st.deleteBucket(x.bucket); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}

// bucketXML is what OSS says of a bucket in lists and in GetBucketInfo.
type bucketXML struct {
	Name             string
	Location         string
	CreationDate     string
	ExtranetEndpoint string
	IntranetEndpoint string
	StorageClass     string
	Owner            *owner  `xml:",omitempty"`
	ACL              *string `xml:"AccessControlList>Grant,omitempty"`
	Redundancy       string  `xml:"DataRedundancyType,omitempty"`
	Versioning       string  `xml:",omitempty"`
	BlockPublic      *bool   `xml:"BlockPublicAccess,omitempty"`
}

func (x *exchange) bucketXML(name string) bucketXML {
	created, _ := x.st.bucket(name)
	return bucketXML{Name: name, Location: "oss-" + x.options.Region, CreationDate: stamp(created),
		StorageClass:     "Standard",
		ExtranetEndpoint: "oss-" + x.options.Region + ".aliyuncs.com", IntranetEndpoint: "oss-" + x.options.Region +
			"-internal.aliyuncs.com"}
}

func (x *exchange) getBucketInfo() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	acl := x.bucketACL()
	info := struct {
		XMLName xml.Name `xml:"BucketInfo"`
		Bucket  bucketXML
	}{Bucket: x.bucketXML(x.bucket)}
	info.Bucket.Owner, info.Bucket.ACL, info.Bucket.Redundancy = &nobody, &acl, "LRS"
	settings := x.st.settings(x.bucket)
	info.Bucket.Versioning, info.Bucket.BlockPublic = settings.Versioning, &settings.BlockPublicAccess
	return &answer{xml: &info}, nil
}

func (x *exchange) getBucketLocation() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	return &answer{xml: &struct {
		XMLName xml.Name `xml:"LocationConstraint"`
		Text    string   `xml:",chardata"`
	}{Text: "oss-" + x.options.Region}}, nil
}

// LifecycleRule removes what is left of multipart uploads. It is shown, and never applied.
type LifecycleRule struct {
	ID, Prefix, Status string // Enabled or Disabled
	Days               int    `xml:"AbortMultipartUpload>Days"`
}

func (x *exchange) getBucketLifecycle() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	if len(x.options.Lifecycle) == 0 {
		return nil, fail("NoSuchLifecycle").with("BucketName", x.bucket)
	}
	return &answer{xml: &struct {
		XMLName xml.Name        `xml:"LifecycleConfiguration"`
		Rules   []LifecycleRule `xml:"Rule"`
	}{Rules: x.options.Lifecycle}}, nil
}

func (x *exchange) listBuckets() (*answer, error) {
	most, wrong := x.number("max-keys", 100, 1, 1000)
	if wrong != nil {
		return nil, wrong
	}
	result := struct {
		XMLName     xml.Name `xml:"ListAllMyBucketsResult"`
		Prefix      string
		Marker      string
		MaxKeys     int
		IsTruncated bool
		NextMarker  string
		Owner       owner
		Buckets     []bucketXML `xml:"Buckets>Bucket"`
	}{Prefix: x.query.Get("prefix"), Marker: x.query.Get("marker"), MaxKeys: most, Owner: nobody}
	for _, name := range x.st.bucketNames() {
		if !strings.HasPrefix(name, result.Prefix) || name <= result.Marker {
			continue
		}
		if len(result.Buckets) == most {
			result.IsTruncated = true
			break
		}
		result.Buckets = append(result.Buckets, x.bucketXML(name))
		result.NextMarker = name
	}
	if !result.IsTruncated {
		result.NextMarker = ""
	}
	return &answer{xml: &result}, nil
}
