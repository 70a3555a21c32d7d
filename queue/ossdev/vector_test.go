package ossdev

import (
	"encoding/hex"
	"net/url"
	"testing"
)

// The vectors are Alibaba Cloud's own, as its documentation prints them. Those of its OSS SDKs are in sign_test.go.

// OSS, "Include a V1 signature in the Authorization header" and "... in a URL": secret and requests for oss-example.
func TestV1Documented(t *testing.T) {
	t.Parallel()
	const secret, date = "OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV", "Thu, 17 Nov 2005 18:49:58 GMT"
	h := headers("Content-MD5", "ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=", "Content-Type", "text/html", "Date",
		date,
		"X-OSS-Meta-Author", "foo@bar.com", "X-OSS-Magic", "abracadabra", "Host",
		"oss-example.oss-cn-hangzhou.aliyuncs.com")
	text := v1String(signed{"PUT", "oss-example", "nelson", nil, h}, date)
	if got := v1Signature(secret, text); got != "26NBxoKdsyly4EDv6inkoDft/yA=" {
		t.Errorf("header: %s of %q", got, text)
	}
	text = v1String(signed{"GET", "oss-example", "oss-api.pdf", url.Values{"Expires": {"1141889120"}}, nil},
		"1141889120")
	if got := v1Signature(secret, text); got != "EwaNTn1erJGkimiJ9WmXgwnANLc=" {
		t.Errorf("URL: %s of %q", got, text)
	}
}

// OSS, "Include a V4 signature in the Authorization header", signature calculation example. The secret that the page
// shows is not the one behind its signing key, so the steps before and after the key are compared each for itself.
func TestV4Documented(t *testing.T) {
	t.Parallel()
	const at, scope = "20250411T064124Z", "20250411/cn-hangzhou/oss/aliyun_v4_request"
	h := headers("Content-Disposition", "attachment", "Content-Length", "3", "Content-MD5", "ICy5YqxZB1uWSwcVLSNLcA==",
		"Content-Type", "text/plain", "x-oss-content-sha256", unsignedPayload, "x-oss-date", at)
	canonical := v4Canonical(signed{"PUT", "examplebucket", "exampleobject", nil, h},
		[]string{"content-disposition", "content-length"})
	text := v4String(at, scope, canonical)
	if want := v4Algorithm + "\n" + at + "\n" + scope +
		"\nc46d96390bdbc2d739ac9363293ae9d710b14e48081fcb22cd8ad54b63136eca"; text != want {
		t.Fatalf("%q of %q, want %q", text, canonical, want)
	}
	key, err := hex.DecodeString("3543b7686e65eda71e5e5ca19d548d78423c37e8ddba4dc9d83f90228b457c76")
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(hmacSHA256(key,
		text)); got != "053edbf550ebd239b32a9cdfd93b0b2b3f2d223083aa61f75e9ac16856d61f23" {
		t.Error(got)
	}
}

// The RPC signature 1.0: of VOD, "Signature mechanism"; of ECS, "Sign requests"; and "V2: RPC" of the SDK pages.
func TestRPCDocumented(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, secret, query, want string }{
		{"VOD", "testAccessKeySecret",
			"Timestamp=2017-10-10T12:02:54Z&Format=JSON&AccessKeyId=testAccessKeyId&Action=GetVideoPlayAuth&" +
				"SignatureMethod=HMAC-SHA1&SignatureNonce=8f8a035d-6496-4268-afd4-67c22837e38d&Version=2017-03-21&SignatureVersion=1.0&" +
				"VideoId=5aed81b74ba84920be578cdfe004af4b", "Ibgh7y8Vp47LBuAsf5Xhi1SvDss="},
		{"ECS", "testsecret",
			"Timestamp=2016-02-23T12:46:24Z&Format=XML&AccessKeyId=testid&Action=DescribeRegions&SignatureMethod=HMAC-SHA1&" +
				"SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf&Version=2014-05-26&SignatureVersion=1.0",
			"OLeaidS1JvxuMvnyHOwuJ+uX5qY="},
		{"SDK", "testsecret",
			"AccessKeyId=testid&Action=DescribeDedicatedHosts&Format=JSON&RegionId=cn-beijing&SignatureMethod=HMAC-SHA1&" +
				"SignatureNonce=edb2b34af0af9a6d14deaf7c1a5315eb&SignatureVersion=1.0&Timestamp=2023-03-13T08:34:30Z&Version=2014-05-26",
			"9NaGiOspFP5UPcwX8Iwt2YJXXuk="},
	} {
		params, err := url.ParseQuery(c.query + "&Signature=not+part+of+what+is+signed")
		if err != nil {
			t.Fatal(err)
		}
		text := rpcString("GET", params)
		if got := rpcSignature(c.secret, text); got != c.want {
			t.Errorf("%s: %s of %q", c.name, got, text)
		}
		if got := rpcSignature(c.secret, rpcString("POST", params)); got == c.want {
			t.Errorf("%s: the method is not signed", c.name)
		}
	}
}

// ACS3, "V3 request structure and signature", fixed parameter example.
func TestACS3Documented(t *testing.T) {
	t.Parallel()
	empty := sha256Hex("")
	h := headers("host", "ecs.cn-shanghai.aliyuncs.com", "x-acs-action", "RunInstances", "x-acs-content-sha256", empty,
		"x-acs-date", "2023-10-26T10:22:32Z", "x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d",
		"x-acs-version", "2014-05-26",
		"user-agent", "is not signed")
	names := []string{"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce",
		"x-acs-version"}
	query := url.Values{"RegionId": {"cn-shanghai"}, "ImageId": {"win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}}
	canonical := acs3Canonical("POST", "/", query, h, names, empty)
	if got := sha256Hex(canonical); got != "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259" {
		t.Errorf("%s of %q", got, canonical)
	}
	if got := acs3Signature("YourAccessKeySecret",
		acs3String(canonical)); got != "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0" {
		t.Error(got)
	}
}
