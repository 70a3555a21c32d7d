package demo

import (
	"bufio"
	"context"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/oss"
	"inboxfs/queue/ossdev"
	"inboxfs/queue/upload"
)

// TestServeOnADomain uploads to the domain that is bound to the bucket, by what the endpoint prints to export.
func TestServeOnADomain(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	says, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(ctx, "127.0.0.1:0", "demo", time.Hour, ossdev.Options{Dir: t.TempDir(), Region: "cn-hangzhou",
			Domains: map[string]string{"media.localhost": "demo"}}, out)
		_ = out.Close() // a pipe's does not fail
	}()
	set := make(map[string]string)
	lines := bufio.NewScanner(says)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Ctrl-C") {
		for _, m := range regexp.MustCompile(`([A-Z_]+)=(\S+)`).FindAllStringSubmatch(lines.Text(), -1) {
			set[m[1]] = m[2]
		}
	}
	if !strings.HasPrefix(set["INBOXFS_OSS_ENDPOINT"], "http://media.localhost:") ||
		set["INBOXFS_OSS_CNAME"] != "true" {
		t.Fatalf("it prints %v", set)
	}
	r, err := oss.New(oss.Options{Endpoint: set["INBOXFS_OSS_ENDPOINT"], Bucket: set["INBOXFS_OSS_BUCKET"], CNAME: true,
		Region: set["INBOXFS_OSS_REGION"], Credentials: func(context.Context) (oss.Credentials, error) {
			return oss.Credentials{AccessKeyID: set["ALIBABA_CLOUD_ACCESS_KEY_ID"],
				AccessKeySecret: set["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	to := upload.Target{Bucket: "demo", Key: "a/b.txt"}
	if _, err := r.Put(t.Context(), to, strings.NewReader("hello"), 5); err != nil {
		t.Error(err)
	}
	if o, found, err := r.Head(t.Context(), to); err != nil || !found || o.Size != 5 {
		t.Errorf("%+v %v %v", o, found, err)
	}
	stop()
	go func() { _, _ = io.Copy(io.Discard, says) }() // until it is closed
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
