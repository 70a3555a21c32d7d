package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"inboxfs/queue/ossdev"
)

// Serve runs the development endpoint alone until ctx ends, with a bucket, a long-lived key and a temporary token, and
// prints what a client needs to use OSS, VOD and STS there. lifetime is that of all tokens.
func Serve(ctx context.Context, listen, bucket string, lifetime time.Duration, o ossdev.Options, out io.Writer) error {
	if lifetime <= 0 {
		return fmt.Errorf("a token lifetime of %v would be over at once; --token-lifetime 1h is usual", lifetime)
	}
	o.Admin = loopback(listen)
	o.TokenLifetime = lifetime
	s, err := ossdev.Start(listen, o)
	if err != nil {
		return fmt.Errorf("starting the development endpoint: %w; --listen takes HOST:PORT, such as 127.0.0.1:9200",
			err)
	}
	id, secret := "dev-"+rand.Text()[:12], rand.Text()
	s.AddKey(id, secret, "", time.Time{})
	token := s.IssueToken(lifetime)
	expires := token.Expiration.UTC().Format(time.RFC3339)
	if err := s.CreateBucket(bucket); err != nil {
		return errors.Join(err, s.Close())
	}
	say(out, "development endpoint, never for production\n\n"+
		"export INBOXFS_OSS_ENDPOINT=%s INBOXFS_OSS_REGION=%s INBOXFS_OSS_BUCKET=%s\n"+
		"export ALIBABA_CLOUD_ACCESS_KEY_ID=%s ALIBABA_CLOUD_ACCESS_KEY_SECRET=%s\n\n"+
		"a token, good until %s:\nresumeUploadWithToken %s %s %s %s\n\n"+
		"VOD 2017-03-21 and STS 2015-04-01 (AssumeRole, any role), at the same address and with the same keys: %s\n",
		s.URL, o.Region, bucket, id, secret, expires, token.AccessKeyID, token.AccessKeySecret, token.SecurityToken,
		expires, s.URL)
	for domain := range o.Domains {
		_, port, err := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			return errors.Join(fmt.Errorf("the address of the endpoint: %w", err), s.Close())
		}
		say(out,
			"\nby the domain that is bound to the bucket:\nexport INBOXFS_OSS_ENDPOINT=http://%s:%s "+
				"INBOXFS_OSS_CNAME=true\n", domain, port)
		if _, err := net.DefaultResolver.LookupHost(ctx, domain); err != nil {
			say(out, "other programs do not find %s here: have \"127.0.0.1 %[1]s\" in /etc/hosts for them\n", domain)
		}
	}
	if o.Admin {
		say(out, "a token every time it is asked, for %v each:\n"+
			"export ALIBABA_CLOUD_CREDENTIALS_URI=%s/.ossdev/credentials\n"+
			"what VOD has been told, what was asked, and faults: %[2]s/.ossdev/media, requests and faults\n", lifetime,
			s.URL)
	}
	say(out, "\nCtrl-C ends it\n")
	<-ctx.Done()
	return s.Close()
}

// loopback reports whether only this machine can reach an address.
func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
