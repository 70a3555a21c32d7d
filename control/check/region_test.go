package check

import (
	"strings"
	"testing"

	"inboxfs/control/config"
	"inboxfs/queue/transfer"
)

// TestUnknownRegion names vod.region where the host that is made of it is not found, and leaves other hints alone.
// Nobody is on the way to this machine.
func TestLocal(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{"localhost": true, "media.localhost": true, "127.0.0.1": true, "::1": true,
		"0.0.0.0":     true,
		"192.168.1.5": false, "localhost.example.com": false} {
		if local(host) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
}

func TestUnknownRegion(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Credential.Mode, c.VOD.Region = config.ModeVOD, "cn-nowhere"
	lost := &transfer.Error{Message: "lookup vod.cn-nowhere.aliyuncs.com: no such host", Hint: "h"}
	if got := unknownRegion(c, lost); !strings.HasPrefix(got, `check vod.region: "cn-nowhere" may be no region`) {
		t.Error(got)
	}
	if got := unknownRegion(c, &transfer.Error{Message: "connection refused", Hint: "h"}); got != "h" {
		t.Error(got)
	}
	c.VOD.Endpoint = "vod.example.com"
	if got := unknownRegion(c, lost); got != "h" {
		t.Error(got)
	}
	c.VOD.Endpoint, c.Credential.Mode = "", config.Default().Credential.Mode
	if got := unknownRegion(c, lost); got != "h" {
		t.Error(got)
	}
}
