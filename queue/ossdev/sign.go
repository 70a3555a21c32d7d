package ossdev

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// signed is what a signature covers. The header has the host, too, so that V4 can cover it.
type signed struct {
	method, bucket, key string
	query               url.Values
	header              http.Header
}

// subresources are the query parameters that V1 signs; x-oss-* ones are signed as well. V4 signs all.
var subresources = []string{"accelerate", "accessPoint", "accessPointPolicy", "acl", "append", "asyncFetch",
	"bucketInfo",
	"callback", "callback-var", "cname", "comp", "continuation-token", "cors", "delete", "encryption", "endTime", "img",
	"inventory", "inventoryId", "lifecycle", "live", "location", "logging", "metaQuery", "objectMeta", "partNumber",
	"policy",
	"policyStatus", "position", "publicAccessBlock", "qos", "qosInfo", "referer", "regionList", "replication",
	"replicationLocation",
	"replicationProgress", "requestPayment", "resourceGroup", "response-cache-control", "response-content-disposition",
	"response-content-encoding", "response-content-language", "response-content-type", "response-expires",
	"responseHeader",
	"restore", "security-token", "sequential", "startTime", "stat", "status", "style", "styleName", "symlink",
	"tagging",
	"transferAcceleration", "uploadId", "uploads", "versionId", "versioning", "versions", "vod", "website",
	"withHashContext",
	"worm", "wormExtend", "wormId", "cloudboxes"}

// v1String is the text that a V1 signature signs:
//
//	VERB \n Content-MD5 \n Content-Type \n date \n CanonicalizedOSSHeaders CanonicalizedResource
//
// date is the Date or x-oss-date header, or the Expires parameter of a signed URL.
func v1String(q signed, date string) string {
	var b strings.Builder
	for _, line := range []string{q.method, q.header.Get("Content-MD5"), q.header.Get("Content-Type"), date} {
		b.WriteString(line + "\n")
	}
	b.WriteString(canonicalHeaders(q.header, func(name string) bool { return strings.HasPrefix(name, "x-oss-") }))
	b.WriteString("/")
	if q.bucket != "" {
		b.WriteString(q.bucket + "/" + q.key)
	}
	var params []string
	for name := range q.query {
		if strings.HasPrefix(name, "x-oss-") || slices.Contains(subresources, name) {
			params = append(params, name)
		}
	}
	slices.Sort(params)
	for i, name := range params {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(name)
		if value := q.query.Get(name); value != "" {
			b.WriteString("=" + value)
		}
	}
	return b.String()
}

// v1Signature is the base64 HMAC-SHA1 of text.
func v1Signature(secret, text string) string {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// v4Canonical is the canonical request of V4:
//
//	VERB \n URI \n query \n headers \n additional header names \n hashed payload
//
// additional is sorted and lower-case.
func v4Canonical(q signed, additional []string) string {
	uri := "/"
	if q.bucket != "" {
		uri += q.bucket + "/" + q.key
	}
	var params []string
	for name, values := range q.query {
		if name == "x-oss-signature" {
			continue // of a signed URL: the signature does not sign itself
		}
		for _, value := range values {
			param := escape(name, false)
			if value != "" {
				param += "=" + escape(value, false)
			}
			params = append(params, param)
		}
	}
	slices.SortFunc(params, func(a, b string) int {
		nameA, _, _ := strings.Cut(a, "=")
		nameB, _, _ := strings.Cut(b, "=")
		return strings.Compare(nameA, nameB)
	})
	headers := canonicalHeaders(q.header, func(name string) bool {
		return alwaysSigned(name) || slices.Contains(additional, name)
	})
	payload := q.header.Get("x-oss-content-sha256")
	if payload == "" {
		payload = unsignedPayload
	}
	return strings.Join([]string{q.method, escape(uri, true), strings.Join(params, "&"), headers,
		strings.Join(additional, ";"), payload}, "\n")
}

const (
	v4Algorithm     = "OSS4-HMAC-SHA256"
	v4Request       = "aliyun_v4_request"
	unsignedPayload = "UNSIGNED-PAYLOAD"
)

// alwaysSigned reports whether V4 covers a header without being asked to.
func alwaysSigned(name string) bool {
	return name == "content-type" || name == "content-md5" || strings.HasPrefix(name, "x-oss-")
}

// v4String is the text that a V4 signature signs; scope is DATE/REGION/PRODUCT/aliyun_v4_request.
func v4String(timestamp, scope, canonical string) string {
	return v4Algorithm + "\n" + timestamp + "\n" + scope + "\n" + sha256Hex(canonical)
}

// v4Signature is the lower-case hex HMAC-SHA256 of text under a key derived, step by step, from secret and scope.
func v4Signature(secret, scope, text string) string {
	key := []byte("aliyun_v4" + secret)
	for step := range strings.SplitSeq(scope, "/") {
		key = hmacSHA256(key, step)
	}
	return hex.EncodeToString(hmacSHA256(key, text))
}

func hmacSHA256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// canonicalHeaders lists the headers that pass, lower-case, sorted, one "name:value\n" each.
func canonicalHeaders(header http.Header, pass func(name string) bool) string {
	var names []string
	values := map[string]string{}
	for name, all := range header {
		name = strings.ToLower(name)
		if pass(name) {
			names = append(names, name)
			trimmed := make([]string, len(all))
			for i, value := range all {
				trimmed[i] = strings.TrimSpace(value)
			}
			values[name] = strings.Join(trimmed, ",")
		}
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name + ":" + values[name] + "\n")
	}
	return b.String()
}

// escape is RFC 3986's percent encoding; a path keeps its slashes.
func escape(s string, path bool) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~", c) >= 0,
			path && c == '/':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}
