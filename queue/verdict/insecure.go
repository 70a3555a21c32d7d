package verdict

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// authorities is what to do about a certificate that nobody here vouches for.
const authorities = "install the package ca-certificates; the authority of an endpoint of your own, " +
	"or of a proxy that opens " +
	"TLS, goes into the file that SSL_CERT_FILE names"

// insecure says why TLS with somebody did not come about; do is "" where it is not that. who is that somebody, and
// what the part of the configuration that names him.
func insecure(err error, who, what string) (says, do string) {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var op *net.OpError
	switch {
	case errors.As(err, &unknown):
		says = fmt.Sprintf("the certificate of %s is from an authority that this machine does not know", who)
		return says + issuer(unknown.Cert), authorities
	case errors.As(err, &name):
		return fmt.Sprintf("the certificate that %s shows is for %s", who, names(name.Certificate)),
			"check the spelling of " + what + ": the certificate that is shown there belongs to another name"
	case errors.As(err, &invalid):
		return invalidCertificate(invalid, who)
	case errors.As(err, &op) && op.Op == "remote error":
		return alert(strings.TrimPrefix(op.Err.Error(), "tls: "), who)
	case strings.Contains(err.Error(), "tls: server selected unsupported protocol version"):
		return alert("protocol version not supported", who)
	}
	return "", ""
}

func invalidCertificate(e x509.CertificateInvalidError, who string) (says, do string) {
	const day = "2006-01-02 15:04 UTC"
	now := time.Now().UTC()
	clock := "check this machine's clock (it says " + now.Format(day) + ")"
	switch {
	case e.Reason == x509.Expired && e.Cert != nil && now.Before(e.Cert.NotBefore):
		return fmt.Sprintf("the certificate of %s is good from %s only", who, e.Cert.NotBefore.UTC().Format(day)), clock
	case e.Reason == x509.Expired && e.Cert != nil:
		return fmt.Sprintf("the certificate of %s was good until %s", who, e.Cert.NotAfter.UTC().Format(day)),
			clock + "; if it is right, whoever runs " + who + " must renew the certificate"
	case e.Reason == x509.IncompatibleUsage:
		return fmt.Sprintf("the certificate of %s is not one for servers", who),
			"whoever runs " + who + " must get one for servers"
	}
	return fmt.Sprintf("the certificate of %s is not valid: %s", who, strings.TrimPrefix(e.Error(), "x509: ")),
		"whoever runs " + who + " must get another"
}

// issuer is who signed a certificate, in words that go behind others.
func issuer(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	name := cmp.Or(c.Issuer.CommonName, strings.Join(c.Issuer.Organization, ", "))
	if name == "" {
		return ""
	}
	return ": " + name
}

// names is whom a certificate is for.
func names(c *x509.Certificate) string {
	if c == nil {
		return "another"
	}
	all := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	const most = 3
	if len(all) > most {
		all = append(all[:most], "others")
	}
	return cmp.Or(strings.Join(all, ", "), c.Subject.CommonName, "nobody")
}

// alert says what the other side ended TLS with.
func alert(text, who string) (says, do string) {
	says = who + " ends TLS: " + text
	switch text {
	case "protocol version not supported":
		return who + " speaks no TLS that is safe today (1.2 or 1.3)",
			"allow TLS 1.2 there: in the OSS console, or where a proxy that opens TLS is set up"
	case "handshake failure", "insufficient security level", "illegal parameter", "missing extension":
		return says,
			"it knows no cipher that is safe today, or wants a certificate of the client: allow ECDHE with AES-GCM " +
				"there, in the OSS console or where a proxy that opens TLS is set up"
	case "unrecognized name":
		return says,
			"check the spelling of the endpoint; a domain of your own must be bound to the bucket with a certificate"
	case "certificate required", "bad certificate", "access denied", "unknown certificate authority":
		return says,
			"it wants a certificate of the client, and inboxfs has none: use an endpoint or a proxy that asks for none"
	case "no application protocol":
		return says, "it does not offer HTTP/1.1, by which OSS is asked: use an endpoint that does"
	}
	return says, "it is tried again; if it stays so, show this line to whoever runs " + who
}
