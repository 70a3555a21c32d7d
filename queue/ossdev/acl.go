package ossdev

import (
	"cmp"
	"encoding/xml"
	"slices"
	"strings"
)

type aclXML struct {
	XMLName xml.Name `xml:"AccessControlPolicy"`
	Owner   owner
	Grant   string `xml:"AccessControlList>Grant"`
}

func (x *exchange) getBucketACL() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	return &answer{xml: &aclXML{Owner: nobody, Grant: x.bucketACL()}}, nil
}

func (x *exchange) bucketACL() string { return cmp.Or(x.st.settings(x.bucket).ACL, "private") }

func (x *exchange) putBucketACL() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	acl := x.r.Header.Get("x-oss-acl")
	to := x.st.settings(x.bucket)
	switch {
	case acl == "default" || !slices.Contains(acls, acl):
		return nil, invalid("x-oss-acl", acl, "The bucket ACL is not valid.")
	case isPublic(acl) && to.BlockPublicAccess:
		return nil, fail("AccessDenied").say("Put public bucket acl is not allowed")
	}
	to.ACL = acl
	return &answer{}, x.st.set(x.bucket, to)
}

func isPublic(acl string) bool { return strings.HasPrefix(acl, "public") }

func (x *exchange) getObjectACL() (*answer, error) {
	m, err := x.existing()
	if err != nil {
		return nil, err
	}
	return &answer{xml: &aclXML{Owner: nobody, Grant: cmp.Or(m.Header[objectACL], "default")}}, nil
}

func (x *exchange) putObjectACL() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	acl := x.r.Header.Get(objectACL)
	if acl == "" {
		return nil, fail("MissingArgument").with("ArgumentName", "x-oss-object-acl")
	}
	if wrong := x.checkACL(acl); wrong != nil {
		return nil, wrong
	}
	return &answer{}, x.amend(func(m *Meta) { m.Header[objectACL] = acl })
}

// checkACL refuses an ACL that is none, and a public one where that is blocked.
func (x *exchange) checkACL(acl string) *Error {
	if acl != "" && !slices.Contains(acls, acl) {
		return invalid("x-oss-object-acl", acl, "The object ACL is not valid.")
	}
	if isPublic(acl) && x.st.settings(x.bucket).BlockPublicAccess {
		return fail("AccessDenied").say("Put public object acl is not allowed").finer("0016-00000901")
	}
	return nil
}

// public reports whether anybody may read the object, by its own ACL or else its bucket's.
func (x *exchange) public() bool {
	switch x.action {
	case "GetObject", "HeadObject", "GetObjectMeta":
	default:
		return false
	}
	m, ok, err := x.st.stat(x.bucket, x.key)
	acl := m.Header[objectACL]
	if acl == "" || acl == "default" {
		acl = x.bucketACL()
	}
	return err == nil && ok && isPublic(acl) && !x.st.settings(x.bucket).BlockPublicAccess
}
