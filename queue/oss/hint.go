package oss

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"

	"inboxfs/queue/endpoint"
	"inboxfs/queue/line"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
	"inboxfs/queue/verdict"
)

// Unanswered is verdict.Unanswered for this endpoint, whose name may tell more than the error does.
func (r *Remote) Unanswered(err error) (says, do string) {
	says, do = verdict.Unanswered(err)
	var f *line.Failure
	if errors.As(err, &f) && f.Stage == line.Proxying {
		var answer *line.Refusal
		if r.at.Kind == endpoint.Internal && errors.As(err, &answer) &&
			answer.Status >= http.StatusInternalServerError {
			do = r.inside() + " (where you are inside, put it into NO_PROXY)"
		}
		return says, do // otherwise the endpoint is not to blame
	}
	var dial *net.OpError
	connecting := errors.As(err, &dial) && dial.Op == "dial"
	switch at := r.at; {
	case at.Kind == endpoint.Internal && (connecting || errors.Is(err, context.DeadlineExceeded)):
		do = r.inside()
	case r.o.CNAME && ownCertificate(err):
		do = "bind a certificate for " + at.Name +
			" to it in the OSS console (bucket, domain names): OSS shows its own until then"
	case at.Kind == endpoint.Own && !r.o.CNAME && r.beforeItsName(err):
		otherwise := do
		do = "if " + at.Name + " is a domain of your own that is bound to the bucket, set oss.cname = true"
		if otherwise != "" {
			do += "; otherwise " + otherwise
		}
	}
	return says, do
}

// inside says where an internal endpoint is to be asked from.
func (r *Remote) inside() string {
	return r.at.Name +
		" answers only inside Alibaba Cloud's network, in its region: elsewhere set oss.endpoint to the " +
		"public endpoint, or to your own domain with oss.cname = true"
}

// refused adds to a refusal what attributes of the file may have to do with it, where OSS does not say so itself.
func (c *call) refused(to upload.Target, err error) error {
	var e *transfer.Error
	if !errors.As(err, &e) || !verdict.MissingRight(e) || c.denied.Type != "" {
		return err
	}
	if to.Header["X-Oss-Tagging"] != "" {
		e.Hint = "the file has tags (user.oss.tagging or upload.attributes): " +
			"that takes the right oss:PutObjectTagging, too; otherwise " + e.Hint
	}
	if strings.HasPrefix(to.Header["X-Oss-Object-Acl"], "public") {
		e.Hint = "the file asks for a public ACL (user.oss.acl or upload.attributes): that takes the right " +
			"oss:PutObjectAcl, and a bucket that does not block public access; otherwise " + e.Hint
	}
	return err
}

// ownCertificate reports whether OSS shows the certificate of its own names, as it does where a domain has none.
func ownCertificate(err error) bool {
	var host x509.HostnameError
	return errors.As(err, &host) && host.Certificate != nil && slices.ContainsFunc(host.Certificate.DNSNames,
		func(name string) bool {
			return strings.HasSuffix(strings.ToLower(name), ".aliyuncs.com")
		})
}

// mistaken is what to do about an answer that has to do with how this bucket is configured; do, where it has not.
func (r *Remote) mistaken(code, do string) string {
	switch {
	case r.o.Given && (code == "AccessDenied" || code == "SignatureDoesNotMatch" || code == "InvalidAccessKeyId"):
		return "UploadAuth and UploadAddress must be of one answer of VOD, and of this file: " +
			"check setUploadAuthAndAddress " +
			"or vod.auth_process, whichever gave them, and vod.region"
	case code == "SignatureDoesNotMatch" && r.o.CNAME:
		return "oss.bucket must be the bucket to which " + r.at.Name +
			" is bound (OSS console: bucket, domain names): check that first, " +
			"then " + strings.TrimPrefix(do, "check ") + " and the region"
	case code == "SignatureDoesNotMatch":
		return do + " and the region"
	case (code == "NoSuchBucket" || code == "CnameDenied") && r.o.CNAME:
		return "bind " + r.at.Name + " to the bucket in the OSS console (bucket, domain names), or correct oss.bucket"
	}
	return do
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
