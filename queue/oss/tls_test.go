package oss

import (
	"bytes"
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/ossdev/authority"
	"inboxfs/queue/transfer"
	"inboxfs/queue/verdict"
)

// secured is a development endpoint behind TLS, which shows such a certificate.
func secured(t *testing.T, by *authority.Authority, leaf authority.Leaf, change func(*tls.Config)) bench {
	t.Helper()
	if leaf.Names == nil {
		leaf.Names = []string{"127.0.0.1"}
	}
	c, err := by.Server(leaf)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(c)
	}
	return startAt(t, ossdev.Options{TLS: c}, func(o *Options) { o.ReadTimeout = 5 * time.Second })
}

// A file goes up in parts over TLS, by HTTP/1.1: also where the server would speak HTTP/2, which OSS itself does not.
// A request that is reset in the middle goes again.
func TestUploadOverTLS(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*tls.Config){
		"HTTP/1.1":                func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} },
		"HTTP/2 would do, too":    nil,
		"nothing is said of HTTP": func(c *tls.Config) { c.NextProtos = []string{} },
		"TLS 1.2":                 func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 },
		"TLS 1.3, without tickets": func(c *tls.Config) {
			c.MinVersion, c.SessionTicketsDisabled = tls.VersionTLS13,
				true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := secured(t, Trusted, authority.Leaf{}, change)
			b.AddFault(ossdev.Fault{Action: "UploadPart", Part: 2, Count: 1, Reset: true})
			b.AddFault(ossdev.Fault{Action: "CompleteMultipartUpload", Count: 1, ResetAfter: true})
			job, data := file(t, 3*part+1)
			w := &watcher{}
			res, err := b.uploader().Upload(t.Context(), job, w)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.stored(t, res.Key), data) || len(w.retries) != 2 ||
				!strings.Contains(w.retries[0].Message, "was reset") {
				t.Errorf("retries %v", w.retries)
			}
			for _, r := range b.Requests() {
				if r.Proto != "HTTP/1.1" {
					t.Errorf("%s by %s", r.Action, r.Proto)
				}
			}
		})
	}
}

// Nothing is said to a server that nobody vouches for, or that speaks an old TLS: no request, so no signature either.
// Each says why, and what to do. That a server is trusted once SSL_CERT_FILE says so is a story of fs/story.
func TestServersThatAreNotTrusted(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	stranger, err := authority.New("Stranger CA")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	seen := make(map[string]string)
	for name, c := range map[string]struct {
		by       *authority.Authority
		leaf     authority.Leaf
		change   func(*tls.Config)
		cname    bool
		says, do string
	}{
		"unknown authority": {by: stranger, says: "an authority that this machine does not know: Stranger CA",
			do: "SSL_CERT_FILE"},
		"expired": {leaf: authority.Leaf{Begins: now.AddDate(-1, 0, 0), Ends: now.AddDate(0, 0, -1)},
			says: "was good until " + now.AddDate(0, 0, -1).UTC().Format("2006-01-02"),
			do:   "must renew the certificate"},
		"not yet good": {leaf: authority.Leaf{Begins: now.AddDate(0, 0, 1)}, says: "is good from ",
			do: "this machine's clock"},
		"another name": {leaf: authority.Leaf{Names: []string{"media.example.com"}},
			says: "is for media.example.com", do: "the spelling of the endpoint"},
		"a domain without its certificate": {leaf: authority.Leaf{Names: []string{"*.oss-cn-hangzhou.aliyuncs.com"}},
			cname: true,
			says:  "is for *.oss-cn-hangzhou.aliyuncs.com",
			do:    "bind a certificate for 127.0.0.1 to it in the OSS console"},
		"for clients": {leaf: authority.Leaf{Client: true}, says: "not one for servers",
			do: "must get one for servers"},
		"TLS 1.1": {change: func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 },
			says: "speaks no TLS that is safe today", do: "allow TLS 1.2 there"},
		"an old cipher": {change: func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
			c.NextProtos = []string{"http/1.1"} // HTTP/2 wants better ones
		}, says: "handshake failure", do: "allow ECDHE with AES-GCM"},
	} {
		if c.by == nil {
			c.by = Trusted
		}
		b := secured(t, c.by, c.leaf, c.change)
		b.remote.o.CNAME = c.cname
		_, err := b.remote.Initiate(t.Context(), object)
		e := as(t, err, transfer.Resumable, "NetworkError")
		if !strings.Contains(e.Message, c.says) || !strings.Contains(e.Hint, c.do) {
			t.Errorf("%s: %v", name, e)
		}
		if other := seen[e.Hint]; other != "" {
			t.Errorf("%s and %s are told the same", name, other)
		}
		if seen[e.Hint] = name; len(b.Requests()) != 0 {
			t.Errorf("%s: it was asked", name)
		}
		if _, err := b.remote.Greet(t.Context()); err == nil || !strings.Contains(err.Error(),
			verdict.Message(c.says)) {
			t.Errorf("%s: asked for the time it says %v", name, err)
		}
	}
}
