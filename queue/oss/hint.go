package oss

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"inboxfs/queue"
	"inboxfs/queue/endpoint"
	"inboxfs/queue/line"
	"inboxfs/queue/upload"
	"inboxfs/queue/verdict"
)

// Unanswered is verdict.Unanswered for this endpoint, whose name may tell more than the error does.
func (r *Remote) Unanswered(err error) (says, do string) {
	says, do = verdict.Unanswered(err)
	var f *line.Failure
	if errors.As(err, &f) && f.Stage == line.Proxying {
		return says, do // the endpoint is not to blame
	}
	var dial *net.OpError
	connecting := errors.As(err, &dial) && dial.Op == "dial"
	switch at := r.at; {
	case at.Kind == endpoint.Internal && (connecting || errors.Is(err, context.DeadlineExceeded)):
		do = at.Name + " answers only inside Alibaba Cloud's network, in its region: elsewhere set oss.endpoint to the " +
			"public endpoint, or to your own domain with oss.cname = true"
	case at.Kind == endpoint.Own && !r.o.CNAME && r.beforeItsName(err):
		otherwise := do
		do = "if " + at.Name + " is a domain of your own that is bound to the bucket, set oss.cname = true"
		if otherwise != "" {
			do += "; otherwise " + otherwise
		}
	}
	return says, do
}

// refused adds to a refusal what attributes of the file may have to do with it, where OSS does not say so itself.
func (c *call) refused(to upload.Target, err error) error {
	var e *queue.Error
	if !errors.As(err, &e) || !verdict.MissingRight(e) || c.denied.Type != "" {
		return err
	}
	if to.Header["X-Oss-Tagging"] != "" {
		e.Hint = "the file has tags (user.oss.tagging or upload.attributes): that takes the right oss:PutObjectTagging, too; otherwise " + e.Hint
	}
	if strings.HasPrefix(to.Header["X-Oss-Object-Acl"], "public") {
		e.Hint = "the file asks for a public ACL (user.oss.acl or upload.attributes): that takes the right " +
			"oss:PutObjectAcl, and a bucket that does not block public access; otherwise " + e.Hint
	}
	return err
}

// beforeItsName reports whether what is unknown, or shows another's certificate, is the endpoint's name with the bucket
// before it.
func (r *Remote) beforeItsName(err error) bool {
	var dns *net.DNSError
	var host x509.HostnameError
	name := ""
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		name = dns.Name
	case errors.As(err, &host):
		name = host.Host
	}
	return strings.EqualFold(strings.TrimSuffix(name, "."), r.o.Bucket+"."+r.at.Name)
}
