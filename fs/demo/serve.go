package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"inboxfs/queue/oss/ossdev"
)

// Serve runs the development endpoint alone until ctx ends, with a bucket, a long-lived key and a temporary token, and
// prints what a client needs.
func Serve(ctx context.Context, listen, bucket string, lifetime time.Duration, o ossdev.Options, out io.Writer) error {
	if lifetime <= 0 {
		return fmt.Errorf("a token lifetime of %v would be over at once", lifetime)
	}
	o.Admin = loopback(listen)
	s, err := ossdev.Start(listen, o)
	if err != nil {
		return fmt.Errorf("starting the development endpoint: %w", err)
	}
	id, secret := "dev-"+rand.Text()[:12], rand.Text()
	stsID, stsSecret, token := "STS."+rand.Text()[:16], rand.Text(), rand.Text()+rand.Text()
	expires := time.Now().Add(lifetime)
	s.AddKey(id, secret, "", time.Time{})
	s.AddKey(stsID, stsSecret, token, expires)
	if err := s.CreateBucket(bucket); err != nil {
		return errors.Join(err, s.Close())
	}
	say(out, "development endpoint, never for production\n\n"+
		"export INBOXFS_OSS_ENDPOINT=%s INBOXFS_OSS_REGION=%s INBOXFS_OSS_BUCKET=%s\n"+
		"export ALIBABA_CLOUD_ACCESS_KEY_ID=%s ALIBABA_CLOUD_ACCESS_KEY_SECRET=%s\n\n"+
		"a token, good until %s:\nresumeUploadWithToken %s %s %s %s\n\nCtrl-C ends it\n",
		s.URL, o.Region, bucket, id, secret, expires.UTC().Format(time.RFC3339), stsID, stsSecret, token,
		expires.UTC().Format(time.RFC3339))
	<-ctx.Done()
	return s.Close()
}

// loopback says whether only this machine can reach an address.
func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
