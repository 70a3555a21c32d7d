package ossdev

import (
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// as makes a client with other credentials.
func as(t testing.TB, s *Running, id, secret, token string, version aliyun.AuthVersionType) *aliyun.Bucket {
	t.Helper()
	c := must[*aliyun.Client](t)(aliyun.New(s.URL, id, secret, aliyun.SecurityToken(token), aliyun.AuthVersion(version),
		aliyun.Region(testRegion)))
	return open(t, c)
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Keys: map[string]Key{"other": {Secret: "other secret"}}})
	soon := time.Now().Add(time.Hour)
	s.AddKey("STS.now", "sts secret", "token", soon)
	s.AddKey("STS.past", "sts secret", "token", time.Now().Add(-time.Second))
	s.AddKey("STS.gone", "sts secret", "token", soon)
	s.RemoveKey("STS.gone")
	for _, version := range []aliyun.AuthVersionType{aliyun.AuthV1, aliyun.AuthV4} {
		for _, c := range []struct{ name, id, secret, token, code, ec string }{
			{"right", testID, testSecret, "", "", ""},
			{"from the options", "other", "other secret", "", "", ""},
			{"wrong secret", testID, "guessed", "", "SignatureDoesNotMatch",
				map[aliyun.AuthVersionType]string{aliyun.AuthV1: "0002-00000040",
					aliyun.AuthV4: "0002-00000201"}[version]},
			{"unknown id", "LTAInobody", testSecret, "", "InvalidAccessKeyId", "0002-00000902"},
			{"token", "STS.now", "sts secret", "token", "", ""},
			{"other token", "STS.now", "sts secret", "another token", "InvalidSecurityToken", "0002-00000008"},
			{"no token", "STS.now", "sts secret", "", "InvalidAccessKeyId", "0002-00000003"},
			{"token of a lasting key", testID, testSecret, "token", "InvalidSecurityToken", "0002-00000008"},
			{"expired", "STS.past", "sts secret", "token", "SecurityTokenExpired", "0002-00000007"},
			{"revoked", "STS.gone", "sts secret", "token", "InvalidAccessKeyId", "0002-00000902"},
		} {
			err := as(t, s, c.id, c.secret, c.token, version).PutObject("x", strings.NewReader("x"))
			want(t, string(version)+" "+c.name, err, c.code)
			if e, ok := err.(aliyun.ServiceError); ok && (e.StatusCode != 403 || e.Ec != c.ec || e.RequestID == "" ||
				e.HostID == "") {
				t.Errorf("%s %s: %+v", version, c.name, e)
			}
		}
	}
}

func TestSignatureIsOfThisRequest(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	for name, change := range map[string]func(*http.Request){
		"method":       func(r *http.Request) { r.Method = http.MethodDelete },
		"key":          func(r *http.Request) { r.URL.Path += "x" },
		"parameter":    func(r *http.Request) { r.URL.RawQuery = "x-oss-traffic-limit=1" },
		"oss header":   func(r *http.Request) { r.Header.Set("x-oss-meta-a", "2") },
		"content type": func(r *http.Request) { r.Header.Set("Content-Type", "text/html") },
		"date": func(r *http.Request) {
			r.Header.Set("Date", time.Now().Add(time.Minute).UTC().Format(http.TimeFormat))
		},
	} {
		for _, version := range []aliyun.AuthVersionType{aliyun.AuthV1, aliyun.AuthV4} {
			c := &http.Client{Transport: changing{change}}
			b := bucketOf(t, s, aliyun.AuthVersion(version), aliyun.HTTPClient(c))
			err := b.PutObject("x", strings.NewReader("x"), aliyun.Meta("a", "1"), aliyun.ContentType("text/plain"))
			want(t, string(version)+" "+name, err, "SignatureDoesNotMatch")
		}
	}
}

// changing changes a request after it was signed.
type changing struct{ change func(*http.Request) }

func (c changing) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	c.change(r)
	return http.DefaultTransport.RoundTrip(r)
}

func TestSkew(t *testing.T) {
	t.Parallel()
	for off, code := range map[time.Duration]string{0: "", 14 * time.Minute: "", -14 * time.Minute: "",
		16 * time.Minute: "RequestTimeTooSkewed", -16 * time.Minute: "RequestTimeTooSkewed"} {
		s := start(t, Options{Now: func() time.Time { return time.Now().Add(off) }})
		for _, version := range []aliyun.AuthVersionType{aliyun.AuthV1, aliyun.AuthV4} {
			err := bucketOf(t, s, aliyun.AuthVersion(version)).PutObject("x", strings.NewReader("x"))
			want(t, off.String(), err, code)
			e, ok := err.(aliyun.ServiceError)
			if !ok {
				continue
			}
			var more struct {
				MaxAllowedSkewMilliseconds int
				RequestTime, ServerTime    time.Time
			}
			if err := xml.Unmarshal([]byte(e.RawMessage), &more); err != nil ||
				more.MaxAllowedSkewMilliseconds != 900_000 ||
				(more.ServerTime.Sub(more.RequestTime)-off).Abs() > time.Minute || e.Ec != "0002-00000504" {
				t.Error(err, e.RawMessage)
			}
		}
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Region: "cn-shanghai"})
	put(t, bucketOf(t, s, aliyun.Region("cn-shanghai")), "x", nil)
	err := bucketOf(t, s).PutObject("x", strings.NewReader("x")) // signs for cn-hangzhou
	want(t, "region", err, "InvalidArgument")
	if e, ok := err.(aliyun.ServiceError); !ok || e.Ec != "0002-00000226" || e.StatusCode != 400 {
		t.Errorf("%+v", err)
	}
	err = bucketOf(t, s, aliyun.CloudBoxId("cb-1")).PutObject("x", strings.NewReader("x"))
	want(t, "product", err, "InvalidArgument")
}

func TestV4Only(t *testing.T) {
	t.Parallel()
	s := start(t, Options{V4Only: true})
	put(t, bucketOf(t, s), "x", nil)
	want(t, "V1", bucketOf(t, s, aliyun.AuthVersion(aliyun.AuthV1)).PutObject("y", strings.NewReader("x")),
		"AccessDenied")
}

func TestAdditionalHeaders(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	signsMore := aliyun.AdditionalHeaders([]string{"host", "content-length", "cache-control"})
	put(t, bucketOf(t, s, signsMore), "x", []byte("x"), aliyun.CacheControl("no-cache"))
	c := &http.Client{Transport: changing{func(r *http.Request) { r.Header.Set("Cache-Control", "max-age=1") }}}
	want(t, "changed", bucketOf(t, s, signsMore, aliyun.HTTPClient(c)).PutObject("x", strings.NewReader("x"),
		aliyun.CacheControl("no-cache")), "SignatureDoesNotMatch")
}

func TestSignedURL(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, s *Running, c *aliyun.Client) {
		b := open(t, c)
		key := "a b/ü+.txt"
		put := must[string](t)(b.SignURL(key, aliyun.HTTPPut, 60))
		if err := b.PutObjectWithURL(put, strings.NewReader("by URL")); err != nil {
			t.Fatal(err)
		}
		get := must[string](t)(b.SignURL(key, aliyun.HTTPGet, 60))
		body := must[io.ReadCloser](t)(b.GetObjectWithURL(get))
		text := must[[]byte](t)(io.ReadAll(body))
		if err := body.Close(); err != nil || string(text) != "by URL" {
			t.Errorf("%q %v", text, err)
		}
		_, err := b.GetObjectWithURL(put)
		want(t, "another method", err, "SignatureDoesNotMatch")
		f := s.AddFault(Fault{Skew: 2 * time.Minute})
		_, err = b.GetObjectWithURL(get)
		want(t, "later", err, "AccessDenied")
		f.Remove()
	})
}

// send sends a request that the SDK would not, and returns status and error code.
func send(t testing.TB, method, url string, body io.Reader, header ...string) (int, string) {
	t.Helper()
	r := must[*http.Request](t)(http.NewRequest(method, url, body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer := must[*http.Response](t)(http.DefaultClient.Do(r))
	text := must[[]byte](t)(io.ReadAll(answer.Body))
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	var e Error
	if len(text) > 0 {
		if err := xml.Unmarshal(text, &e); err != nil {
			t.Error(err)
		}
	}
	return answer.StatusCode, e.Code
}

func TestUnsigned(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	put(t, bucketOf(t, s), "x", []byte("x"))
	now := time.Now().UTC()
	day := now.Format("20060102")
	v4 := func(id, scope, rest string) string { return v4Algorithm + " Credential=" + id + "/" + scope + rest }
	right := day + "/cn-hangzhou/oss/aliyun_v4_request"
	for _, c := range []struct {
		name, path, authorization, date string
		status                          int
		code                            string
	}{
		{"anonymous", "/holiday/x", "", "", 403, "AccessDenied"},
		{"anonymous, no bucket", "/nobucket/x", "", "", 404, "NoSuchBucket"},
		{"bucket name", "/Holiday/x", "", "", 400, "InvalidBucketName"},
		{"bucket name with dots", "/../x", "", "", 400, "InvalidBucketName"},
		{"slash first", "/holiday//x", "", "", 400, "InvalidObjectName"},
		{"backslash first", "/holiday/%5Cx", "", "", 400, "InvalidObjectName"},
		{"not UTF-8", "/holiday/%ff", "", "", 400, "InvalidObjectName"},
		{"scheme", "/holiday/x", "Basic abc", "", 400, "InvalidArgument"},
		{"V1 without a date", "/holiday/x", "OSS " + testID + ":abc", "", 403, "AccessDenied"},
		{"V1 without a signature", "/holiday/x", "OSS " + testID, now.Format(http.TimeFormat), 400, "InvalidArgument"},
		{"V4 without a date", "/holiday/x", v4(testID, right, ",Signature=00"), "", 403, "AccessDenied"},
		{"V4 of yesterday", "/holiday/x", v4(testID, "20200101/cn-hangzhou/oss/aliyun_v4_request", ",Signature=00"),
			now.Format(http.TimeFormat), 400, "InvalidArgument"},
		{"V4 with a wrong end", "/holiday/x", v4(testID, day+"/cn-hangzhou/oss/aws4_request", ",Signature=00"),
			now.Format(http.TimeFormat), 400, "InvalidArgument"},
		{"V4 without a signature", "/holiday/x", v4(testID, right, ",Signature="), now.Format(http.TimeFormat), 400,
			"InvalidArgument"},
		{"V4 with an empty list", "/holiday/x", v4(testID, right, ",AdditionalHeaders=,Signature=00"),
			now.Format(http.TimeFormat), 400, "InvalidArgument"},
		{"V4 with a wrong signature", "/holiday/x", v4(testID, right, ",Signature=00"), now.Format(http.TimeFormat),
			403, "SignatureDoesNotMatch"},
		{"V4 ISO date", "/holiday/x", v4(testID, right, ",Signature=00"), now.Format(iso8601), 403,
			"SignatureDoesNotMatch"},
	} {
		header := []string{"x-oss-content-sha256", "UNSIGNED-PAYLOAD"}
		if c.authorization != "" {
			header = append(header, "Authorization", c.authorization)
		}
		if c.date != "" {
			header = append(header, "Date", c.date)
		}
		if status, code := send(t, "GET", s.URL+c.path, nil, header...); status != c.status || code != c.code {
			t.Errorf("%s: got %d %s, want %d %s", c.name, status, code, c.status, c.code)
		}
	}
	if status, code := send(t, "GET", s.URL+"/holiday/x", nil, "Authorization", v4(testID, right, ",Signature=00"),
		"Date", now.Format(http.TimeFormat)); status != 400 || code != "InvalidArgument" {
		t.Error("V4 without x-oss-content-sha256:", status, code)
	}
	if status, code := send(t, "PATCH", s.URL+"/holiday/x", nil); status != 405 || code != "MethodNotAllowed" {
		t.Error("PATCH:", status, code)
	}
	if status, code := send(t, "GET", s.URL+"/holiday/x?symlink", nil); status != 501 || code != "NotImplemented" {
		t.Error("symlink:", status, code)
	}
	if status, _ := send(t, "GET", s.URL+"/.ossdev/requests", nil); status != 400 { // Options.Admin is off
		t.Error("admin:", status)
	}
}
