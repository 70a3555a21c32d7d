package ossdev

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// target is what a request is about.
type target struct {
	action      string // as in the API reference
	act         func(*exchange) (*answer, error)
	bucket, key string
	query       url.Values
	uploadID    string
	part        int   // 0 where there is none, or a wrong one
	rpc         *call // nil for OSS
}

// route says which requests are which action.
type route struct {
	method, scope string
	param         string // query parameter that must be there
	action        string
	act           func(*exchange) (*answer, error)
}

// What a path can name.
const (
	onService = "service"
	onBucket  = "bucket"
	onObject  = "object"
)

// routes has, for each method and scope, those with a parameter first. Where act is missing, the action is only known.
var routes = []route{
	{"GET", onService, "", "ListBuckets", (*exchange).listBuckets},

	{"GET", onBucket, "uploads", "ListMultipartUploads", (*exchange).listMultipartUploads},
	{"GET", onBucket, "bucketInfo", "GetBucketInfo", (*exchange).getBucketInfo},
	{"GET", onBucket, "location", "GetBucketLocation", (*exchange).getBucketLocation},
	{"GET", onBucket, "lifecycle", "GetBucketLifecycle", (*exchange).getBucketLifecycle},
	{"GET", onBucket, "acl", "GetBucketAcl", (*exchange).getBucketACL},
	{"GET", onBucket, "versioning", "GetBucketVersioning", (*exchange).getBucketVersioning},
	{"PUT", onBucket, "versioning", "PutBucketVersioning", (*exchange).putBucketVersioning},
	{"GET", onBucket, "publicAccessBlock", "GetBucketPublicAccessBlock", (*exchange).getBucketPublicAccessBlock},
	{"PUT", onBucket, "publicAccessBlock", "PutBucketPublicAccessBlock", (*exchange).putBucketPublicAccessBlock},
	{"DELETE", onBucket, "publicAccessBlock", "DeleteBucketPublicAccessBlock",
		(*exchange).deleteBucketPublicAccessBlock},
	{"GET", onBucket, "stat", "GetBucketStat", (*exchange).getBucketStat},
	{"POST", onBucket, "delete", "DeleteMultipleObjects", (*exchange).deleteMultipleObjects},
	{"GET", onBucket, "list-type", "ListObjectsV2", (*exchange).listObjectsV2},
	{"GET", onBucket, "", "ListObjects", (*exchange).listObjects},
	{"HEAD", onBucket, "", "HeadBucket", (*exchange).headBucket},
	{"PUT", onBucket, "acl", "PutBucketAcl", (*exchange).putBucketACL},
	{"PUT", onBucket, "", "PutBucket", (*exchange).putBucket},
	{"DELETE", onBucket, "", "DeleteBucket", (*exchange).deleteBucket},

	{"PUT", onObject, "partNumber", "UploadPart", (*exchange).uploadPart},
	{"PUT", onObject, "uploadId", "UploadPart", (*exchange).uploadPart},
	{"PUT", onObject, "acl", "PutObjectACL", (*exchange).putObjectACL},
	{"PUT", onObject, "tagging", "PutObjectTagging", (*exchange).putObjectTagging},
	{"PUT", onObject, "", "PutObject", (*exchange).putObject},
	{"GET", onObject, "acl", "GetObjectACL", (*exchange).getObjectACL},
	{"GET", onObject, "tagging", "GetObjectTagging", (*exchange).getObjectTagging},
	{"GET", onObject, "uploadId", "ListParts", (*exchange).listParts},
	{"GET", onObject, "objectMeta", "GetObjectMeta", (*exchange).getObjectMeta},
	{"GET", onObject, "", "GetObject", (*exchange).getObject},
	{"HEAD", onObject, "objectMeta", "GetObjectMeta", (*exchange).getObjectMeta},
	{"HEAD", onObject, "", "HeadObject", (*exchange).headObject},
	{"POST", onObject, "append", "AppendObject", (*exchange).appendObject},
	{"POST", onObject, "uploads", "InitiateMultipartUpload", (*exchange).initiateMultipartUpload},
	{"POST", onObject, "uploadId", "CompleteMultipartUpload", (*exchange).completeMultipartUpload},
	{"DELETE", onObject, "uploadId", "AbortMultipartUpload", (*exchange).abortMultipartUpload},
	{"DELETE", onObject, "tagging", "DeleteObjectTagging", (*exchange).deleteObjectTagging},
	{"DELETE", onObject, "", "DeleteObject", (*exchange).deleteObject},
}

// copies are the actions that others become by a header that names a source.
var copies = map[string]route{
	"PutObject":  {action: "CopyObject", act: (*exchange).copyObject},
	"UploadPart": {action: "UploadPartCopy", act: (*exchange).uploadPartCopy},
}

// harmless are the signed parameters that change nothing here, or are an action's own.
var harmless = []string{"uploadId", "partNumber", "security-token", "continuation-token", "sequential", "callback",
	"callback-var",
	"position", "encoding-type"}

// parse finds out what the request is about. What it can tell is set also when it returns an error.
func (x *exchange) parse() error {
	if x.isRPC() {
		return x.parseRPC()
	}
	if wrong := x.parseOSS(); wrong != nil { // not to be returned as it is: a nil *Error is no nil error
		return wrong
	}
	return nil
}

func (x *exchange) parseOSS() *Error {
	query, err := url.ParseQuery(x.r.URL.RawQuery)
	x.query = query
	x.bucket, x.key = x.name()
	x.uploadID = query.Get("uploadId")
	if n, err := strconv.Atoi(query.Get("partNumber")); err == nil && n >= 1 && n <= maxParts {
		x.part = n
	}
	scope := onObject
	switch {
	case x.bucket == "":
		scope = onService
	case x.key == "":
		scope = onBucket
	}
	methods := false
	for _, r := range routes {
		if r.scope != scope {
			continue
		}
		methods = methods || r.method == x.r.Method
		if r.method == x.r.Method && (r.param == "" || query.Has(r.param)) {
			x.action, x.act = r.action, r.act
			if c, ok := copies[r.action]; ok && x.r.Header.Get(copySource) != "" {
				x.action, x.act = c.action, c.act
			}
			if unknown := strangeParameter(query, r.param); unknown != "" {
				x.action, x.act = unknown, nil
			}
			break
		}
	}
	switch {
	case err != nil:
		return invalid("query", x.r.URL.RawQuery, "Invalid query string.")
	case x.act == nil && !methods:
		return fail("MethodNotAllowed").with("Method", x.r.Method).with("ResourceType", scope)
	case x.act == nil:
		return fail("NotImplemented").with("Header", x.action)
	}
	if scope != onService {
		if err := checkBucketName(x.bucket); err != nil {
			return err
		}
	}
	return checkKey(x.key)
}

// strangeParameter returns a parameter that would make the request another action, which is not known here.
func strangeParameter(query url.Values, own string) string {
	for name := range query {
		if name != own && slices.Contains(subresources, name) && !slices.Contains(harmless, name) ||
			name == "x-oss-process" || name == "x-oss-async-process" {
			return name
		}
	}
	return ""
}

// isAdmin reports whether a request is for the endpoint itself; no bucket can have a name with a dot.
func isAdmin(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/"+hidden+"/") }
