package ossdev

import (
	"crypto/hmac"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// rpcClaim is what an RPC request says of who sent it.
type rpcClaim struct {
	id, token, signature string
	nonce, timestamp     string
	text                 string // that is signed
	expected             func(secret string) string
}

// rpcAuthenticate checks that an RPC request was signed by somebody known, now, once.
func (x *exchange) rpcAuthenticate() error {
	claim, wrong := x.rpcSigned()
	if strings.HasPrefix(x.r.Header.Get("Authorization"), acs3Algorithm) {
		claim, wrong = x.acs3Signed()
	}
	if wrong == nil {
		wrong = x.rpcVerify(claim)
	}
	if wrong != nil { // not to be returned as it is: a nil *Error is no nil error
		return wrong
	}
	return nil
}

// rpcSigned reads a signature of version 1.0, which is among the parameters.
func (x *exchange) rpcSigned() (rpcClaim, *Error) {
	p := x.rpc.params
	for _, name := range []string{"AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp",
		"Signature"} {
		if p.Get(name) == "" {
			return rpcClaim{}, missing(name)
		}
	}
	if !strings.EqualFold(p.Get("SignatureMethod"), "HMAC-SHA1") {
		return rpcClaim{}, notValid("SignatureMethod")
	}
	if p.Get("SignatureVersion") != "1.0" {
		return rpcClaim{}, notValid("SignatureVersion")
	}
	text := rpcString(x.r.Method, p)
	return rpcClaim{id: p.Get("AccessKeyId"), token: p.Get("SecurityToken"), signature: p.Get("Signature"),
		nonce:     p.Get("SignatureNonce"),
		timestamp: p.Get("Timestamp"), text: text,
		expected: func(secret string) string { return rpcSignature(secret, text) }}, nil
}

// acs3Signed reads "ACS3-HMAC-SHA256 Credential=ID,SignedHeaders=A;B,Signature=HEX".
func (x *exchange) acs3Signed() (rpcClaim, *Error) {
	h := x.r.Header.Clone()
	h.Set("Host", x.r.Host)
	c := rpcClaim{token: h.Get("x-acs-security-token"), nonce: h.Get("x-acs-signature-nonce"),
		timestamp: h.Get("x-acs-date")}
	var signed []string
	for field := range strings.SplitSeq(strings.TrimPrefix(h.Get("Authorization"), acs3Algorithm), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "Credential":
			c.id = value
		case "SignedHeaders":
			signed = strings.Split(value, ";")
		case "Signature":
			c.signature = value
		}
	}
	if c.id == "" || c.signature == "" || !slices.IsSorted(signed) || !x.coversAll(h, signed) {
		return c, refusal("IncompleteSignature")
	}
	for _, name := range []string{"x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce",
		"x-acs-content-sha256"} {
		if h.Get(name) == "" {
			return c, missing(name)
		}
	}
	if h.Get("x-acs-content-sha256") != sha256Hex(string(x.rpc.body)) {
		return c, notValid("x-acs-content-sha256")
	}
	uri := x.r.URL.Path
	if uri == "" {
		uri = "/"
	}
	c.text = acs3Canonical(x.r.Method, uri, x.rpc.query, h, signed, h.Get("x-acs-content-sha256"))
	c.expected = func(secret string) string { return acs3Signature(secret, acs3String(c.text)) }
	return c, nil
}

// coversAll reports whether the signed headers are those that must be: the host, and every x-acs- one.
func (x *exchange) coversAll(h http.Header, signed []string) bool {
	for name := range h {
		name = strings.ToLower(name)
		if (name == "host" || strings.HasPrefix(name, "x-acs-")) && !slices.Contains(signed, name) {
			return false
		}
	}
	return true
}

// rpcVerify looks the key up and checks time, signature, token and nonce.
func (x *exchange) rpcVerify(c rpcClaim) *Error {
	x.ended.AccessKeyID = c.id
	at, err := time.Parse("2006-01-02T15:04:05Z", c.timestamp)
	if err != nil {
		return refusal("InvalidTimeStamp.Format")
	}
	if x.now.Sub(at).Abs() > maxSkew*time.Second {
		return refusal("InvalidTimeStamp.Expired")
	}
	key, known := x.keys.lookUp(c.id)
	switch {
	case !known && strings.HasPrefix(c.id, "STS.") && c.token == "", known && key.Token != "" && c.token == "":
		return refusal("MissingSecurityToken")
	case !known:
		return refusal("InvalidAccessKeyId.NotFound")
	case !hmac.Equal([]byte(c.expected(key.Secret)), []byte(c.signature)):
		return refusal("SignatureDoesNotMatch").say(
			"Specified signature is not matched with our calculation. server string to sign is:" + c.text)
	case !hmac.Equal([]byte(c.token), []byte(key.Token)):
		return refusal("InvalidSecurityToken.MismatchWithAccessKey")
	case key.expired(x.now):
		x.keys.refuse()
		return refusal("InvalidSecurityToken.Expired")
	case !x.nonces.first(c.id+" "+c.nonce, x.now):
		return refusal("SignatureNonceUsed")
	case key.Object != "": // an upload credential is good for OSS only
		return refusal("Forbidden.RAM")
	}
	return nil
}

// nonces remembers the nonces of the last requests, so that none is accepted twice.
type nonces struct {
	mu       sync.Mutex // guards all
	now, old map[string]bool
	since    time.Time // when now began
}

// first notes a nonce and reports whether it is new. A request is too old to be accepted after maxSkew and can be that
// much ahead, so two generations of twice that time are enough.
func (n *nonces) first(nonce string, at time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.now == nil || at.Sub(n.since) > 2*maxSkew*time.Second {
		n.old, n.now, n.since = n.now, map[string]bool{}, at
	}
	if n.now[nonce] || n.old[nonce] {
		return false
	}
	n.now[nonce] = true
	return true
}
