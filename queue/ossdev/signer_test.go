package ossdev

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// signer is who calls an RPC service, and what it does wrong.
type signer struct {
	id, secret, token string
	acs3              bool
	form              bool              // send the parameters in a form
	now               time.Time         // time.Now if zero
	set               map[string]string // after signing: parameters, or headers of ACS3; "" removes
	before            map[string]string // the same before signing
}

var owner1 = signer{id: testID, secret: testSecret}

func (t Token) signer() signer {
	return signer{id: t.AccessKeyID, secret: t.AccessKeySecret, token: t.SecurityToken}
}

// rpcAnswer is what an RPC service answered.
type rpcAnswer struct {
	status int
	header http.Header
	body   map[string]any
	ticket
	Code, Message, HostId, Recommend string
}

// call calls an action; params are alternately names and values.
func (k signer) call(t testing.TB, url, action string, params ...string) rpcAnswer {
	t.Helper()
	return k.send(t, k.request(t, url, action, params...))
}

func (k signer) request(t testing.TB, address, action string, params ...string) *http.Request {
	t.Helper()
	if k.now.IsZero() {
		k.now = time.Now()
	}
	own := url.Values{}
	for i := 0; i < len(params); i += 2 {
		own.Set(params[i], params[i+1])
	}
	version := vodVersion
	if action == "AssumeRole" {
		version = stsVersion
	}
	if k.acs3 {
		return k.acs3Request(t, address, action, version, own)
	}
	q := url.Values{"Action": {action}, "Version": {version}, "Format": {"JSON"}, "AccessKeyId": {k.id},
		"SignatureMethod":  {"HMAC-SHA1"},
		"SignatureVersion": {"1.0"}, "SignatureNonce": {randomHex(8)}, "Timestamp": {utcSeconds(k.now)}}
	if k.token != "" {
		q.Set("SecurityToken", k.token)
	}
	change(k.before, q.Set, q.Del)
	method := "GET"
	if k.form {
		method = "POST"
	}
	all := maps.Clone(q)
	maps.Copy(all, own)
	q.Set("Signature", rpcSignature(k.secret, rpcString(method, all)))
	body := ""
	if k.form {
		body = own.Encode()
	} else {
		maps.Copy(q, own)
	}
	change(k.set, q.Set, q.Del)
	r := must[*http.Request](t)(http.NewRequest(method, address+"/?"+q.Encode(), strings.NewReader(body)))
	if k.form {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func change(values map[string]string, set func(string, string), del func(string)) {
	for name, value := range values {
		if value == "" {
			del(name)
		} else {
			set(name, value)
		}
	}
}

func (k signer) acs3Request(t testing.TB, address, action, version string, own url.Values) *http.Request {
	t.Helper()
	query, body := own, ""
	if k.form {
		query, body = url.Values{}, own.Encode()
	}
	r := must[*http.Request](t)(http.NewRequest("POST", address+"/?"+query.Encode(), strings.NewReader(body)))
	h := r.Header
	h.Set("Host", r.URL.Host)
	h.Set("x-acs-action", action)
	h.Set("x-acs-version", version)
	h.Set("x-acs-date", utcSeconds(k.now))
	h.Set("x-acs-signature-nonce", randomHex(8))
	h.Set("x-acs-content-sha256", sha256Hex(body))
	if k.token != "" {
		h.Set("x-acs-accesskey-id", k.id)
		h.Set("x-acs-security-token", k.token)
	}
	if k.form {
		h.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	change(k.before, h.Set, h.Del)
	var names []string
	for name := range h {
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	signature := acs3Signature(k.secret,
		acs3String(acs3Canonical("POST", "/", query, h, names, h.Get("x-acs-content-sha256"))))
	h.Set("Authorization", acs3Algorithm+" Credential="+k.id+",SignedHeaders="+strings.Join(names, ";")+",Signature="+
		signature)
	change(k.set, h.Set, h.Del)
	return r
}

func (k signer) send(t testing.TB, r *http.Request) rpcAnswer {
	t.Helper()
	answered := must[*http.Response](t)(http.DefaultClient.Do(r))
	text := must[[]byte](t)(io.ReadAll(answered.Body))
	if err := answered.Body.Close(); err != nil {
		t.Error(err)
	}
	a := rpcAnswer{status: answered.StatusCode, header: answered.Header}
	for _, into := range []any{&a.body, &a} {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%d %s: %v", a.status, text, err)
		}
	}
	if id, _ := a.body["RequestId"].(string); id == "" || id != answered.Header.Get("x-acs-request-id") {
		t.Errorf("request id: %s", text)
	}
	return a
}

// wantCode fails the test unless the answer is that error.
func (a rpcAnswer) wantCode(t testing.TB, what string, status int, code string) {
	t.Helper()
	if a.status != status || a.Code != code || code != "" && (a.Message == "" || a.HostId == "" || a.Recommend == "") {
		t.Errorf("%s: got %d %v, want %d %s", what, a.status, a.body, status, code)
	}
}

// address is what an upload address says; auth an upload credential.
type address struct{ Endpoint, Bucket, FileName string }

type auth struct{ AccessKeyId, AccessKeySecret, SecurityToken, Expiration, ExpireUTCTime, Region string }

// open is the object that the answer's address and credential are for, through the SDK.
func (a rpcAnswer) open(t testing.TB) (*aliyun.Bucket, address, auth) {
	t.Helper()
	var to address
	var with auth
	for text, into := range map[string]any{a.UploadAddress: &to, a.UploadAuth: &with} {
		if err := json.Unmarshal(must[[]byte](t)(base64.StdEncoding.DecodeString(text)), into); err != nil {
			t.Fatal(err)
		}
	}
	c := must[*aliyun.Client](t)(aliyun.New(to.Endpoint, with.AccessKeyId, with.AccessKeySecret,
		aliyun.SecurityToken(with.SecurityToken),
		aliyun.AuthVersion(aliyun.AuthV4), aliyun.Region(with.Region)))
	return must[*aliyun.Bucket](t)(c.Bucket(to.Bucket)), to, with
}

// readFields reads the elements of an error's XML.
func readFields(t testing.TB, in io.Reader) map[string]string {
	t.Helper()
	var e struct {
		Fields []struct {
			XMLName xml.Name
			Text    string `xml:",chardata"`
		} `xml:",any"`
	}
	if err := xml.NewDecoder(in).Decode(&e); err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for _, f := range e.Fields {
		fields[f.XMLName.Local] = f.Text
	}
	return fields
}
