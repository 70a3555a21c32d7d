package story

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/ossdev/authority"
)

// TestCertificateIsRenewed has the endpoint show a certificate that is not to be trusted: nothing is asked, status and
// check say why and what to do, and the file stays. When the endpoint has a good one it goes, by itself.
func TestCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	trusted, err := authority.New("Everybody's CA")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := authority.New("Stranger CA")
	if err != nil {
		t.Fatal(err)
	}
	here, now := []string{"127.0.0.1"}, time.Now()
	for name, c := range map[string]struct {
		by       *authority.Authority
		leaf     authority.Leaf
		says, do string
	}{
		"expired": {trusted, authority.Leaf{Names: here, Begins: now.AddDate(-1, 0, 0), Ends: now.Add(-time.Hour)},
			"was good until ", "must renew the certificate"},
		"not yet good": {trusted, authority.Leaf{Names: here, Begins: now.Add(time.Hour)}, "is good from ",
			"check this machine's clock"},
		"another name": {trusted, authority.Leaf{Names: []string{"oss.example.com"}}, "is for oss.example.com",
			"belongs to another name"},
		"unknown authority": {stranger, authority.Leaf{Names: here}, "this machine does not know: Stranger CA",
			"SSL_CERT_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var shown atomic.Pointer[tls.Certificate]
			show := func(by *authority.Authority, leaf authority.Leaf) {
				certificate, err := by.Issue(leaf)
				if err != nil {
					t.Fatal(err)
				}
				shown.Store(&certificate)
			}
			show(c.by, c.leaf)
			get := func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return shown.Load(), nil }
			needFUSE(t)
			s := prepareAt(t, ossdev.Options{TLS: &tls.Config{GetCertificate: get}}, "INBOXFS_OSS_ENDPOINT=$URL")
			file := filepath.Join(s.dir, "authority.pem")
			if err := os.WriteFile(file, trusted.PEM(), 0o600); err != nil {
				t.Fatal(err)
			}
			s.env = append(s.env, "SSL_CERT_FILE="+file, "SSL_CERT_DIR="+s.dir)
			s.check().has("endpoint", "fail", "certificate", c.says, c.do)
			s.mount()
			t.Cleanup(s.end)
			s.sh("echo x > a.txt; cp a.txt $MNT/inbox/")
			s.until("it is told that this does not go", func() bool { return s.count("OnUploadRetry") == 1 })
			message, hint := s.field("a.txt", "message"), s.field("a.txt", "hint")
			if !strings.Contains(message, c.says) || !strings.Contains(hint, c.do) {
				t.Errorf("status says %q, %q", message, hint)
			}
			if !strings.Contains(s.events(), c.says) || s.field("a.txt", "state") != "uploading" {
				t.Errorf("told is\n%s", s.events())
			}
			if n := len(s.server.Requests()); n != 0 {
				t.Errorf("%d requests went to a server that is not to be trusted", n)
			}
			show(trusted, authority.Leaf{Names: here})
			s.sh("echo wait a.txt > $MNT/control")
			s.whole("a.txt")
			s.check().has("endpoint", "ok")
		})
	}
}
