package story

import (
	"path/filepath"
	"testing"

	"inboxfs/queue/ossdev"
)

// TestOwnDomain uploads to a bucket that is reached by a domain of its own only, as a new account must, and by the
// acceleration endpoint: small, in parts, and what is removed in the middle.
func TestOwnDomain(t *testing.T) {
	t.Parallel()
	for name, env := range map[string][]string{
		"v4": {"INBOXFS_OSS_ENDPOINT=http://media.example.com", "INBOXFS_OSS_CNAME=true"},
		"v1": {"INBOXFS_OSS_ENDPOINT=http://media.example.com", "INBOXFS_OSS_CNAME=true",
			"INBOXFS_OSS_SIGNATURE=v1"},
		"accelerated": {"INBOXFS_OSS_ENDPOINT=http://oss-accelerate.aliyuncs.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := beginAt(t, ossdev.Options{NewAccount: true, Domains: map[string]string{"media.example.com": bucket}},
				append(env, "HTTP_PROXY=$URL", "INBOXFS_UPLOAD_PART_SIZE=100KiB", "INBOXFS_UPLOAD_OVERWRITE=forbid")...)
			s.sh(
				`head -c 700000 /dev/urandom > many.bin; echo small > 'ä b+%.txt'; cp many.bin 'ä b+%.txt' $MNT/inbox/; echo wait > $MNT/control`)
			for _, name := range []string{"many.bin", "ä b+%.txt"} {
				s.arrived(name, filepath.Join(s.dir, name))
			}
			s.sh("echo limit 100KiB/s > $MNT/control; cp many.bin $MNT/inbox/gone.bin; " +
				"until grep -q '^parts 1' $MNT/status/gone.bin; do sleep 0.05; done; rm $MNT/inbox/gone.bin")
			s.until("its parts are gone", func() bool { return len(s.server.Uploads()) == 0 })
		})
	}
}

// TestVODOnADomain is sent to a host that tells no region, with credentials that tell none: that of the configuration
// stands in.
func TestVODOnADomain(t *testing.T) {
	t.Parallel()
	const host = "upload.example.com"
	o := ossdev.Options{Region: "cn-hangzhou", NoAuthRegion: true, UploadEndpoint: "http://" + host,
		MediaBucket: "vod-media",
		Domains:     map[string]string{host: "vod-media"}}
	s := beginAt(t, o, "HTTP_PROXY=$URL", "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL",
		"INBOXFS_VOD_REGION=cn-hangzhou",
		"INBOXFS_UPLOAD_PART_SIZE=100KiB")
	s.sh("head -c 300000 /dev/urandom > many.mp4; echo small > one.mp4; cp *.mp4 $MNT/inbox/; echo wait > $MNT/control")
	s.filmed("many.mp4")
	s.filmed("one.mp4")
}
