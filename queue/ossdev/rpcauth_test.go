package ossdev

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRPCSignatures(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	token := s.IssueToken(time.Hour).signer()
	const title = "a b*~+é/中文 &=%"
	for _, k := range []signer{owner1, token} {
		for _, acs3 := range []bool{false, true} {
			for _, form := range []bool{false, true} {
				k.acs3, k.form = acs3, form
				a := k.call(t, s.URL, "CreateUploadVideo", "Title", title, "FileName", "a b.mp4", "Description", "")
				a.wantCode(t, "signed", 200, "")
				if m, _ := s.medias.find(a.VideoID); m.Title != title || m.FileName != "a b.mp4" {
					t.Errorf("%+v", m)
				}
			}
		}
	}
}

func TestRPCRefused(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	token := s.IssueToken(time.Hour).signer()
	late := s.IssueToken(time.Hour)
	s.ExpireKey(late.AccessKeyID)
	nobody := signer{id: "LTAInobody", secret: "x"}
	stranger := signer{id: "STS.nobody", secret: "x"}
	type changes = map[string]string
	with := func(k signer, edit func(*signer)) signer { edit(&k); return k }
	for name, c := range map[string]struct {
		k      signer
		status int
		code   string
	}{
		"unknown key":       {nobody, 404, "InvalidAccessKeyId.NotFound"},
		"unknown key, ACS3": {with(nobody, func(k *signer) { k.acs3 = true }), 404, "InvalidAccessKeyId.NotFound"},
		"unknown token key": {stranger, 400, "MissingSecurityToken"},
		"token missing":     {with(token, func(k *signer) { k.token = "" }), 400, "MissingSecurityToken"},
		"another token": {with(token, func(k *signer) { k.token = "x" }), 400,
			"InvalidSecurityToken.MismatchWithAccessKey"},
		"token of no token": {with(owner1, func(k *signer) { k.token = "x" }), 400,
			"InvalidSecurityToken.MismatchWithAccessKey"},
		"expired": {late.signer(), 400, "InvalidSecurityToken.Expired"},
		"expired, ACS3": {with(late.signer(), func(k *signer) { k.acs3 = true }), 400,
			"InvalidSecurityToken.Expired"},
		"secret": {with(owner1, func(k *signer) { k.secret = "x" }), 400, "SignatureDoesNotMatch"},
		"secret, ACS3": {with(owner1, func(k *signer) { k.secret, k.acs3 = "x", true }), 400,
			"SignatureDoesNotMatch"},
		"changed": {with(owner1, func(k *signer) { k.set = changes{"Title": "another"} }), 400,
			"SignatureDoesNotMatch"},
		"added": {with(owner1, func(k *signer) { k.set = changes{"CateId": "1"} }), 400,
			"SignatureDoesNotMatch"},
		"clock ahead": {with(owner1, func(k *signer) { k.now = time.Now().Add(16 * time.Minute) }), 400,
			"InvalidTimeStamp.Expired"},
		"clock behind, ACS3": {with(owner1, func(k *signer) {
			k.now, k.acs3 = time.Now().Add(-16*time.Minute),
				true
		}), 400, "InvalidTimeStamp.Expired"},
		"not a time": {with(owner1, func(k *signer) { k.before = changes{"Timestamp": "now"} }), 400,
			"InvalidTimeStamp.Format"},
		"no time": {with(owner1, func(k *signer) { k.before = changes{"Timestamp": ""} }), 400,
			"MissingParameter"},
		"no nonce": {with(owner1, func(k *signer) { k.before = changes{"SignatureNonce": ""} }), 400,
			"MissingParameter"},
		"no signature": {with(owner1, func(k *signer) { k.set = changes{"Signature": ""} }), 400,
			"MissingParameter"},
		"method": {with(owner1, func(k *signer) { k.before = changes{"SignatureMethod": "HMAC-MD5"} }),
			400, "InvalidParameter"},
		"signature version": {with(owner1, func(k *signer) { k.before = changes{"SignatureVersion": "2.0"} }), 400,
			"InvalidParameter"},
		"version": {with(owner1, func(k *signer) { k.before = changes{"Version": "2017-03-22"} }), 400,
			"InvalidVersion"},
		"no version": {with(owner1, func(k *signer) { k.before = changes{"Version": ""} }), 400,
			"MissingParameter"},
		"action": {with(owner1, func(k *signer) { k.before = changes{"Action": "UploadEverything"} }),
			404, "InvalidAction.NotFound"},
		"XML": {with(owner1, func(k *signer) { k.before = changes{"Format": "XML"} }), 400,
			"InvalidParameter"},
		"body changed": {with(owner1, func(k *signer) {
			k.acs3, k.before = true,
				changes{"x-acs-content-sha256": "00"}
		}), 400, "InvalidParameter"},
		"nonce not signed": {with(owner1, func(k *signer) { k.acs3, k.set = true, changes{"x-acs-more": "1"} }),
			400, "IncompleteSignature"},
		"no nonce, ACS3": {with(owner1, func(k *signer) {
			k.acs3, k.before = true,
				changes{"x-acs-signature-nonce": ""}
		}), 400, "MissingParameter"},
		"date changed, ACS3": {with(owner1, func(k *signer) {
			k.acs3, k.set = true,
				changes{"x-acs-date": utcSeconds(time.Now().Add(time.Minute))}
		}), 400, "SignatureDoesNotMatch"},
		"not a signature, ACS3": {with(owner1, func(k *signer) {
			k.acs3, k.set = true,
				changes{"Authorization": acs3Algorithm + " x"}
		}), 400, "IncompleteSignature"},
		"no header at all, ACS3": {with(owner1, func(k *signer) { k.acs3, k.set = true, changes{"Authorization": ""} }),
			400, "MissingParameter"},
	} {
		c.k.call(t, s.URL, "CreateUploadVideo", "Title", "t", "FileName", "a.mp4").wantCode(t, name, c.status, c.code)
	}
	if got := s.TokenCount().Refused; got != 2 || len(s.Media()) != 0 {
		t.Errorf("%d refused, media %+v", got, s.Media())
	}
}

func TestRPCReplay(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := start(t, Options{Now: c.now})
	for _, acs3 := range []bool{false, true} {
		k := owner1
		k.acs3 = acs3
		r := k.request(t, s.URL, "CreateUploadVideo", "Title", "t", "FileName", "a.mp4")
		again := r.Clone(t.Context())
		k.send(t, r).wantCode(t, "first", 200, "")
		c.add(14 * time.Minute)
		k.send(t, again).wantCode(t, "again", 400, "SignatureNonceUsed")
		c.add(-14 * time.Minute)
	}
	// Old ones are forgotten: by then their time is over, too.
	var n nonces
	at := time.Now()
	for _, wanted := range []struct {
		after time.Duration
		first bool
	}{{0, true}, {time.Minute, false}, {31 * time.Minute, false}, {62 * time.Minute, true}} {
		if got := n.first("x", at.Add(wanted.after)); got != wanted.first {
			t.Errorf("after %v: %v", wanted.after, got)
		}
	}
}

// What is not an RPC request goes to OSS as before.
func TestRPCOrOSS(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	put(t, b, "Action", []byte("x"))
	if _, err := b.Client.ListBuckets(); err != nil {
		t.Error(err)
	}
	for address, xml := range map[string]bool{"/": true, "/?Action=x": false, "/holiday?Action=x": true,
		"/holiday/key?Action=x": true} {
		r := must[*http.Response](t)(http.Get(s.URL + address))
		if got := strings.HasPrefix(r.Header.Get("Content-Type"), "application/xml"); got != xml {
			t.Errorf("%s: %s", address, r.Header.Get("Content-Type"))
		}
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	r := must[*http.Response](t)(http.Post(s.URL, "application/x-www-form-urlencoded",
		strings.NewReader("Action=CreateUploadVideo&Version="+vodVersion)))
	if r.StatusCode != 400 || r.Header.Get("x-acs-request-id") == "" {
		t.Errorf("a form: %s", r.Status)
	}
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
	r = must[*http.Response](t)(http.Post(s.URL, "application/x-www-form-urlencoded",
		strings.NewReader("Action="+strings.Repeat("x", maxForm))))
	if r.StatusCode != 400 {
		t.Errorf("a large form: %s", r.Status)
	}
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
}
