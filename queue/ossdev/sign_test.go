package ossdev

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The vectors are those that Alibaba Cloud's own SDKs (Go v2 and others) test their signers with: access key id "ak",
// secret "sk".
var vectorQuery = url.Values{"param1": {"value1"}, "+param1": {"value3"}, "|param1": {"value4"}, "+param2": {""},
	"|param2": {""}, "param2": {""}}

func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func TestV1Vectors(t *testing.T) {
	t.Parallel()
	const date = "Wed, 28 Dec 2022 10:27:41 GMT"
	full := headers("Content-MD5", "eB5eJF1ptWaXm4bijSPyxw==", "Content-Type", "text/html", "x-oss-meta-author",
		"alice",
		"x-oss-meta-magic", "abracadabra", "x-oss-date", date, "Authorization", "whatever", "User-Agent", "whatever")
	short := headers("x-oss-date", date)
	for _, c := range []struct {
		name string
		q    signed
		date string
		want string
	}{
		{"object", signed{"PUT", "examplebucket", "nelson", nil, full}, date, "kSHKmLxlyEAKtZPkJhG9bZb5k7M="},
		{"subresource", signed{"PUT", "examplebucket", "nelson", url.Values{"acl": {""}}, full}, date,
			"/afkugFbmWDQ967j1vr6zygBLQk="},
		{"bucket", signed{"GET", "examplebucket", "", url.Values{"resourceGroup": {""}, "non-resousce": {"null"}},
			short}, date, "vkQmfuUDyi1uDi3bKt67oemssIs="},
		{"two subresources", signed{"GET", "examplebucket", "", url.Values{"resourceGroup": {""}, "acl": {""}}, short},
			date, "x3E5TgOvl/i7PN618s5mEvpJDYk="},
		{"url", signed{"GET", "bucket", "key", url.Values{"versionId": {"versionId"}, "Expires": {"1699807420"},
			"OSSAccessKeyId": {"ak"}}, nil},
			"1699807420", "dcLTea+Yh9ApirQ8o8dOPqtvJXQ="},
		{"url with token", signed{"GET", "bucket", "key+123", url.Values{"versionId": {"versionId"},
			"security-token": {"token"}}, nil},
			"1699808204", "jzKYRrM5y6Br0dRFPaTGOsbrDhY="},
	} {
		if got := v1Signature("sk", v1String(c.q, c.date)); got != c.want {
			t.Errorf("%s: got %s, want %s, string to sign %q", c.name, got, c.want, v1String(c.q, c.date))
		}
	}
}

func TestV4Vectors(t *testing.T) {
	t.Parallel()
	base := []string{"x-oss-head1", "value", "abc", "value", "ZAbc", "value", "XYZ", "value"}
	plain := append(base[:len(base):len(base)], "content-type", "text/plain", "x-oss-content-sha256",
		"UNSIGNED-PAYLOAD")
	inURL := append(base[:len(base):len(base)], "content-type", "application/octet-stream")
	for _, c := range []struct {
		name       string
		headers    []string
		at         int64
		region     string
		product    string
		url        []string // further query parameters of a signed URL
		additional []string
		want       string
	}{
		{"header", plain, 1702743657, "cn-hangzhou", "oss", nil, nil,
			"e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe"},
		{"cloud box", plain, 1702743657, "cb-123", "oss-cloudbox", nil, nil,
			"94ce1f12c17d148ea681030275a94449d3357f5b5b21133996eec80af3e08a43"},
		{"token", append(plain[:len(plain):len(plain)], "x-oss-security-token", "token"), 1702784856, "cn-hangzhou",
			"oss", nil, nil,
			"b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea"},
		{"additional headers", plain, 1702747512, "cn-hangzhou", "oss", nil, []string{"abc", "zabc"},
			"4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f"},
		{"url", inURL, 1702781677, "cn-hangzhou", "oss", []string{}, nil,
			"a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe"},
		{"url with token", inURL, 1702785388, "cn-hangzhou", "oss", []string{"x-oss-security-token", "token"}, nil,
			"3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5"},
		{"url with additional headers", inURL, 1702783809, "cn-hangzhou", "oss", []string{"x-oss-additional-headers",
			"abc;zabc"},
			[]string{"abc", "zabc"}, "6bd984bfe531afb6db1f7550983a741b103a8c58e5e14f83ea474c2322dfa2b7"},
	} {
		at := time.Unix(c.at, 0).UTC()
		date, scope := at.Format(iso8601), strings.Join([]string{at.Format("20060102"), c.region, c.product, v4Request},
			"/")
		h, query := headers(c.headers...), url.Values{}
		for name, values := range vectorQuery {
			query[name] = values
		}
		if c.url == nil {
			h.Set("x-oss-date", date)
		} else {
			for i := 0; i < len(c.url); i += 2 {
				query.Set(c.url[i], c.url[i+1])
			}
			query.Set("x-oss-signature-version", v4Algorithm)
			query.Set("x-oss-date", date)
			query.Set("x-oss-expires", "599")
			query.Set("x-oss-credential", "ak/"+scope)
			query.Set("x-oss-signature", "not part of what is signed")
		}
		canonical := v4Canonical(signed{"PUT", "bucket", "1234+-/123/1.txt", query, h}, c.additional)
		if got := v4Signature("sk", scope, v4String(date, scope, canonical)); got != c.want {
			t.Errorf("%s: got %s, want %s, canonical request %q", c.name, got, c.want, canonical)
		}
	}
}

func TestEscape(t *testing.T) {
	t.Parallel()
	if got := escape("a/b c~-_.*+%é", true); got != "a/b%20c~-_.%2A%2B%25%C3%A9" {
		t.Error(got)
	}
	if got := escape("a/b", false); got != "a%2Fb" {
		t.Error(got)
	}
}
