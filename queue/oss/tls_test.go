package oss

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"inboxfs/queue"
)

// Nothing is said to a server that nobody vouches for, or that speaks an old TLS: no request, so no signature either.
// That it is trusted once SSL_CERT_FILE says so is a story of fs/story.
func TestServersThatAreNotTrusted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		most uint16
		says string
	}{"unknown authority": {0, "SSL_CERT_FILE"}, "TLS 1.1": {tls.VersionTLS11, "protocol version"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") }))
			s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: c.most}
			s.Config.ErrorLog = log.New(io.Discard, "", 0) // it is the server that is refused
			s.StartTLS()
			t.Cleanup(s.Close)
			_, err := dial(t, s.URL, nil).Initiate(t.Context(), object)
			if e := as(t, err, queue.Resumable, "NetworkError"); !strings.Contains(e.Error(), c.says) {
				t.Error(e)
			}
		})
	}
}
