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
		r, err := b.dial(vod.Grant{Address: vod.Address{Endpoint: at.endpoint, Bucket: "vod-media", Key: "a"}, Auth: a}, nil)
		if err != nil {
			t.Errorf("%v: %v", at, err)
			continue
		}
		if _, known := b.remotes[vod.Address{Endpoint: at.endpoint, Bucket: "vod-media", Key: at.want}]; !known || r.Bucket() != "vod-media" {
			t.Errorf("%v has another region: %v", at, b.remotes)
		}
	}
}
