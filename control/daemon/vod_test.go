package daemon

import (
	"cmp"
	"testing"

	"inboxfs/control/config"
	"inboxfs/queue/vod"
)

// TestRegionOfAGrant has a region found for each address, by which requests are signed.
func TestRegionOfAGrant(t *testing.T) {
	t.Parallel()
	for _, at := range []struct{ mode, vod, oss, endpoint, auth, want string }{
		{config.ModeVOD, "ap-southeast-1", "cn-beijing", "https://oss-accelerate.aliyuncs.com", "", "ap-southeast-1"},
		{config.ModeVOD, "ap-southeast-1", "", "https://oss-accelerate.aliyuncs.com", "cn-beijing", "cn-beijing"},
		{config.ModeVOD, "ap-southeast-1", "", "https://oss-cn-shanghai.aliyuncs.com", "", "cn-shanghai"},
		{config.ModeVOD, "ap-southeast-1", "", "https://upload.example.com", "", "ap-southeast-1"},
		{config.ModeVOD, "", "cn-beijing", "https://upload.example.com", "", "cn-shanghai"},
		{config.ModeVODAuth, "", "cn-beijing", "https://upload.example.com", "", "cn-beijing"},
		{config.ModeVODAuth, "ap-southeast-1", "cn-beijing", "https://upload.example.com", "", "ap-southeast-1"},
		{config.ModeVODAuth, "", "", "https://upload.example.com", "", "cn-shanghai"},
	} {
		c := config.Default()
		c.Credential.Mode, c.OSS.Region, c.VOD.Region = at.mode, at.oss, cmp.Or(at.vod, c.VOD.Region)
		b := newBuckets(c)
		t.Cleanup(b.close)
		var a vod.Auth
		a.Region = at.auth
		r, err := b.dial(vod.Grant{Address: vod.Address{Endpoint: at.endpoint, Bucket: "vod-media", Key: "a"}, Auth: a},
			nil)
		if err != nil {
			t.Errorf("%v: %v", at, err)
			continue
		}
		if _, known := b.remotes[vod.Address{Endpoint: at.endpoint, Bucket: "vod-media", Key: at.want}]; !known ||
			r.Bucket() != "vod-media" {
			t.Errorf("%v has another region: %v", at, b.remotes)
		}
	}
}

// TestHostOfAGrant has the host found to which the requests of each address go.
func TestHostOfAGrant(t *testing.T) {
	t.Parallel()
	b := newBuckets(config.Default())
	t.Cleanup(b.close)
	for endpoint, want := range map[string]string{
		"https://oss-cn-shanghai.aliyuncs.com":           "https://vod-media.oss-cn-shanghai.aliyuncs.com",
		"https://oss-accelerate.aliyuncs.com":            "https://vod-media.oss-accelerate.aliyuncs.com",
		"https://vod-media.oss-cn-shanghai.aliyuncs.com": "https://vod-media.oss-cn-shanghai.aliyuncs.com",
		"https://media.example.com":                      "https://media.example.com",
		"https://vod-media.media.example.com":            "https://vod-media.media.example.com",
		"http://media.example.com:8080":                  "http://media.example.com:8080",
		"http://127.0.0.1:9100":                          "http://127.0.0.1:9100",
		"https://Vod-Media.OSS-cn-shanghai.aliyuncs.com": "https://vod-media.oss-cn-shanghai.aliyuncs.com",
		"https://other.oss-cn-shanghai.aliyuncs.com":     "",
		"https://a b": "",
	} {
		r, err := b.bucket(vod.Address{Endpoint: endpoint, Bucket: "vod-media", Key: "a"}, "")
		if err != nil || want == "" {
			if err == nil || want != "" {
				t.Errorf("%s: %v", endpoint, err)
			}
			continue
		}
		at, err := r.Address()
		if err != nil || at.String() != want {
			t.Errorf("%s: requests go to %v, want %s, %v", endpoint, at, want, err)
		}
	}
}
