package verdict

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"syscall"
)

// Unanswered says what a user can do about a request that met err instead of an answer; "" when nothing is known.
func Unanswered(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var timeout net.Error
	switch {
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "check HTTPS_PROXY and HTTP_PROXY: the proxy that they name does not answer"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "check the spelling of the endpoint, and whether this machine can look up names"
	case errors.As(err, &dns):
		return "check this machine's network and its DNS servers (/etc/resolv.conf)"
	case errors.As(err, &unknown):
		return "install the package ca-certificates; the authority of an endpoint of your own, or of a proxy that opens TLS, goes into the file that SSL_CERT_FILE names"
	case errors.As(err, &host):
		return "check the spelling of the endpoint: the certificate that is shown there belongs to another name"
	case errors.As(err, &invalid):
		return "check this machine's clock: the certificate is outside its time, or not fit for a server"
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return "check the port of the endpoint: no TLS is spoken there; where that is meant to be so, write http:// before it"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "check host and port of the endpoint: nothing listens there, or a firewall refuses"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "check this machine's network: there is no way to the endpoint"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "check the endpoint, the proxy and firewalls: something on the way swallows the requests"
	}
	return ""
}
