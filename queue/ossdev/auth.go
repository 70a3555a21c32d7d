package ossdev

import (
	"crypto/hmac"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// claim is what a request says of who sent it.
type claim struct {
	version   int // of the signature, 1 or 4
	id        string
	signature string
	token     string
	url       bool // signed in the URL, not in a header

	date       string    // as it is signed
	at         time.Time // when it was signed, or zero for a V1 URL
	until      time.Time // of a URL: when it stops being valid
	scope      string    // V4: DATE/REGION/oss/aliyun_v4_request
	additional []string  // V4: further headers that are signed
}

const iso8601 = "20060102T150405Z"

// authenticate checks that the request was signed by somebody known, now, and for this region.
func (x *exchange) authenticate() error {
	header := x.r.Header.Clone()
	header.Set("Host", x.r.Host)
	if header.Get("Content-Length") == "" && x.r.ContentLength >= 0 {
		header.Set("Content-Length", strconv.FormatInt(x.r.ContentLength, 10))
	}
	var c claim
	var err *Error
	authorization := header.Get("Authorization")
	switch {
	case strings.HasPrefix(authorization, v4Algorithm+" "):
		c, err = x.headerV4(header, strings.TrimPrefix(authorization, v4Algorithm+" "))
	case strings.HasPrefix(authorization, "OSS "):
		c, err = headerV1(header, strings.TrimPrefix(authorization, "OSS "))
	case authorization != "":
		err = invalid("Authorization", "", "Authorization header is invalid.")
	case x.query.Has("x-oss-signature-version"):
		c, err = x.urlV4()
	case x.query.Has("OSSAccessKeyId"), x.query.Has("Signature"):
		c, err = x.urlV1()
	default:
		// Nobody in particular: a bucket's name is no secret, what is in it is.
		if _, ok := x.st.bucket(x.bucket); x.bucket != "" && !ok {
			return x.noSuchBucket()
		}
		if x.public() {
			return nil
		}
		return fail("AccessDenied")
	}
	if err == nil {
		err = x.verify(c, header)
	}
	if err != nil {
		return err
	}
	return nil
}

// verify looks the key up and checks time, token and signature.
func (x *exchange) verify(c claim, header http.Header) *Error {
	if c.version == 1 && x.options.V4Only {
		return fail("AccessDenied").say("Signature version 1 is not supported, use signature version 4.").finer(
			"0002-00000080")
	}
	x.ended.AccessKeyID = c.id
	key, known := x.keys.lookUp(c.id)
	switch {
	case !known && strings.HasPrefix(c.id, "STS.") && c.token == "", known && key.Token != "" && c.token == "":
		return fail("InvalidAccessKeyId").say(catalog["InvalidAccessKeyId"].Message+
			" The Security Token may be lost to specify that it is a STS Access Id.").
			finer("0002-00000003").with("OSSAccessKeyId", c.id)
	case !known:
		return fail("InvalidAccessKeyId").with("OSSAccessKeyId", c.id)
	}
	if skew := x.now.Sub(c.at); !c.url && skew.Abs() > maxSkew*time.Second {
		return fail("RequestTimeTooSkewed").with("MaxAllowedSkewMilliseconds", strconv.Itoa(maxSkew*1000)).
			with("RequestTime", stamp(c.at)).with("ServerTime", stamp(x.now))
	}
	if c.url && !x.now.Before(c.until) {
		return fail("AccessDenied").say("Request has expired.").with("Expires", stamp(c.until)).with("ServerTime",
			stamp(x.now))
	}
	if !hmac.Equal([]byte(c.token), []byte(key.Token)) {
		return fail("InvalidSecurityToken")
	}
	if key.expired(x.now) {
		x.keys.refuse()
		return fail(x.options.ExpiredCode).with("OSSAccessKeyId", c.id)
	}
	if wrong := x.compare(c, key.Secret, signed{method: x.r.Method, bucket: x.bucket, key: x.key, query: x.query,
		header: header}); wrong != nil {
		return wrong
	}
	if key.Object != "" && (!covers(key.Object, x.bucket+"/"+x.key) || !slices.Contains(uploading, x.action)) {
		return fail("AccessDenied").say("The upload credential is not for this request.")
	}
	return nil
}

// uploading are the actions that VOD's upload credentials are good for.
var uploading = []string{"PutObject", "InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload",
	"AbortMultipartUpload", "ListParts",
	"HeadObject", "GetObjectMeta"}

// compare computes the signature and compares it.
func (x *exchange) compare(c claim, secret string, q signed) *Error {
	var text, expected, canonical string
	if c.version == 1 {
		text = v1String(q, c.date)
		expected = v1Signature(secret, text)
	} else {
		canonical = v4Canonical(q, c.additional)
		text = v4String(c.date, c.scope, canonical)
		expected = v4Signature(secret, c.scope, text)
	}
	if hmac.Equal([]byte(expected), []byte(c.signature)) {
		return nil
	}
	e := fail("SignatureDoesNotMatch").with("OSSAccessKeyId", c.id).with("SignatureProvided", c.signature).
		with("StringToSign", text).with("StringToSignBytes", fmt.Sprintf("% X ", text))
	if c.version == 4 {
		e = e.finer("0002-00000201").with("CanonicalRequest", canonical).with("CanonicalRequestBytes",
			fmt.Sprintf("% X ", canonical))
	}
	return e
}

// headerV1 reads "ID:SIGNATURE".
func headerV1(header http.Header, text string) (claim, *Error) {
	id, signature, ok := strings.Cut(text, ":")
	if !ok || id == "" || signature == "" {
		return claim{}, invalid("Authorization", "", "Authorization header is invalid.")
	}
	c := claim{version: 1, id: id, signature: signature, token: header.Get("x-oss-security-token"),
		date: header.Get("Date")}
	if own := header.Get("x-oss-date"); own != "" {
		c.date = own
	}
	var err error
	if c.at, err = http.ParseTime(c.date); err != nil {
		return claim{}, noDate()
	}
	return c, nil
}

func noDate() *Error { return fail("AccessDenied").say("OSS authentication requires a valid Date.") }

// urlV1 reads a signed URL's parameters.
func (x *exchange) urlV1() (claim, *Error) {
	q := x.query
	c := claim{version: 1, url: true, id: q.Get("OSSAccessKeyId"), signature: q.Get("Signature"),
		token: q.Get("security-token"), date: q.Get("Expires")}
	seconds, err := strconv.ParseInt(c.date, 10, 64)
	if c.id == "" || c.signature == "" || c.date == "" {
		return claim{},
			fail("AccessDenied").say(
				"Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters.")
	}
	if err != nil {
		return claim{}, fail("AccessDenied").say("Invalid date (should be seconds since epoch).")
	}
	c.until = time.Unix(seconds, 0)
	return c, nil
}

// headerV4 reads "Credential=ID/DATE/REGION/oss/aliyun_v4_request,AdditionalHeaders=A;B,Signature=HEX".
func (x *exchange) headerV4(header http.Header, text string) (claim, *Error) {
	c := claim{version: 4, token: header.Get("x-oss-security-token")}
	var credential string
	for field := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch {
		case name == "Credential":
			credential = value
		case name == "Signature":
			c.signature = value
		case name == "AdditionalHeaders" && value != "":
			c.additional = strings.Split(value, ";")
		default:
			return c, invalid("Authorization", field, "Authorization header is invalid.")
		}
	}
	if payload := header.Get("x-oss-content-sha256"); payload != unsignedPayload {
		return c, invalid("x-oss-content-sha256", payload, "The x-oss-content-sha256 header must be UNSIGNED-PAYLOAD.")
	}
	layouts := []string{http.TimeFormat, iso8601}
	c.date = header.Get("Date")
	if own := header.Get("x-oss-date"); own != "" {
		c.date, layouts = own, layouts[1:]
	}
	return c, x.finishV4(&c, credential, layouts)
}

// urlV4 reads a signed URL's parameters.
func (x *exchange) urlV4() (claim, *Error) {
	q := x.query
	c := claim{version: 4, url: true, signature: q.Get("x-oss-signature"), token: q.Get("x-oss-security-token"),
		date: q.Get("x-oss-date")}
	if version := q.Get("x-oss-signature-version"); version != v4Algorithm {
		return c, invalid("x-oss-signature-version", version, "Invalid signature version.")
	}
	if names := q.Get("x-oss-additional-headers"); names != "" {
		c.additional = strings.Split(names, ";")
	}
	if err := x.finishV4(&c, q.Get("x-oss-credential"), []string{iso8601}); err != nil {
		return c, err
	}
	seconds, err := strconv.ParseInt(q.Get("x-oss-expires"), 10, 64)
	if err != nil || seconds < 1 || seconds > maxPresign {
		return c, invalid("x-oss-expires", q.Get("x-oss-expires"),
			"The x-oss-expires parameter must be between 1 and 604800.")
	}
	if c.at.After(x.now.Add(maxSkew * time.Second)) {
		return c, fail("AccessDenied").say("The request is not valid yet.").with("ServerTime", stamp(x.now))
	}
	c.until = c.at.Add(time.Duration(seconds) * time.Second)
	return c, nil
}

// finishV4 reads the credential and the date, which must fit each other and this server.
func (x *exchange) finishV4(c *claim, credential string, layouts []string) *Error {
	id, scope, _ := strings.Cut(credential, "/")
	parts := strings.Split(scope, "/")
	c.id, c.scope = id, scope
	malformed := func(what, ec string) *Error {
		return invalid("Credential", credential, "Invalid "+what+" in Authorization header.").finer(ec)
	}
	switch {
	case c.signature == "":
		return invalid("Signature", "", "Missing Signature in Authorization header.").finer("0002-00000208")
	case id == "" || len(parts) != 4 || parts[3] != v4Request:
		return malformed("Credential", "0002-00000213")
	case parts[2] != "oss":
		return malformed("signing product", "0002-00000227")
	case parts[1] != x.options.Region:
		return malformed("signing region", "0002-00000226")
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, c.date); err == nil {
			c.at = at
		}
	}
	if c.at.IsZero() {
		return noDate()
	}
	if parts[0] != c.at.UTC().Format("20060102") {
		return malformed("signing date", "0002-00000212")
	}
	sorted := slices.IsSorted(c.additional)
	for _, name := range c.additional {
		if !sorted || name != strings.ToLower(name) || name == "" {
			return invalid("AdditionalHeaders", strings.Join(c.additional, ";"),
				"Invalid AdditionalHeaders in Authorization header.")
		}
	}
	return nil
}

// stamp is how OSS writes times in XML.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
