// Package authority issues certificates: good ones, and such as no client should take. It is for tests only.
package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Authority signs certificates. It has no state: the same may be asked by several at once.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// New makes an authority that calls itself by name.
func New(name string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	t, err := template(name, time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0))
	if err != nil {
		return nil, err
	}
	t.IsCA, t.BasicConstraintsValid, t.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	return &Authority{c, key}, nil
}

func template(name string, begins, ends time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	return &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: begins, NotAfter: ends}, nil
}

// Leaf says what a certificate is like.
type Leaf struct {
	Names        []string  // host names and addresses
	Begins, Ends time.Time // zero: from an hour ago to in a year
	Client       bool      // it is fit for clients, not for servers
}

// Issue makes a certificate.
func (a *Authority) Issue(l Leaf) (tls.Certificate, error) {
	if l.Begins.IsZero() {
		l.Begins = time.Now().Add(-time.Hour)
	}
	if l.Ends.IsZero() {
		l.Ends = time.Now().AddDate(1, 0, 0)
	}
	t, err := template("leaf", l.Begins, l.Ends)
	if err != nil {
		return tls.Certificate{}, err
	}
	t.KeyUsage, t.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if l.Client {
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	for _, name := range l.Names {
		if ip := net.ParseIP(name); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, name)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("authority: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("authority: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// Server is how a server is configured that shows such a certificate. HTTP/2 is not offered.
func (a *Authority) Server(l Leaf) (*tls.Config, error) {
	c, err := a.Issue(l)
	return &tls.Config{Certificates: []tls.Certificate{c}}, err
}

// For issues a certificate for whatever name a client asks for, as proxies do that open TLS.
func (a *Authority) For(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	if name == "" { // an address is not named
		name, _, _ = net.SplitHostPort(hello.Conn.LocalAddr().String())
	}
	c, err := a.Issue(Leaf{Names: []string{name}})
	return &c, err
}

// PEM is the authority's own certificate, as SSL_CERT_FILE takes it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// Pool has the authority alone in it.
func (a *Authority) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.certificate)
	return p
}
