package ossdev

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const acs3Algorithm = "ACS3-HMAC-SHA256"

// rpcString is the text that an RPC signature of version 1.0 signs: METHOD&%2F& and the parameters but Signature,
// encoded, sorted, joined, and encoded once more.
func rpcString(method string, params url.Values) string {
	return method + "&%2F&" + escape(canonicalParams(params, "Signature"), false)
}

// rpcSignature is the base64 HMAC-SHA1 of text; an & belongs to the secret.
func rpcSignature(secret, text string) string { return v1Signature(secret+"&", text) }

// canonicalParams are parameters as name=value, encoded, sorted by name, and joined by &.
func canonicalParams(params url.Values, without string) string {
	var list []string
	for name, values := range params {
		if name == without {
			continue
		}
		for _, value := range values {
			list = append(list, escape(name, false)+"="+escape(value, false))
		}
	}
	slices.Sort(list)
	return strings.Join(list, "&")
}

// acs3Canonical is the canonical request of ACS3:
//
//	METHOD \n URI \n query \n headers \n names of signed headers \n hashed payload
//
// signed is lower-case and sorted; header has the host.
func acs3Canonical(method, uri string, query url.Values, header http.Header, signed []string, payload string) string {
	headers := canonicalHeaders(header, func(name string) bool { return slices.Contains(signed, name) })
	return strings.Join([]string{method, escape(uri, true), canonicalParams(query, ""), headers,
		strings.Join(signed, ";"), payload}, "\n")
}

// acs3String is the text that an ACS3 signature signs.
func acs3String(canonical string) string { return acs3Algorithm + "\n" + sha256Hex(canonical) }

// acs3Signature is the lower-case hex HMAC-SHA256 of text.
func acs3Signature(secret, text string) string {
	return hex.EncodeToString(hmacSHA256([]byte(secret), text))
}

func sha256Hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
