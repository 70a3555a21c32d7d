package forward

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
)

// ServeHTTP answers CONNECT, and requests for http:// URLs.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect {
		p.note(r.Host)
	} else {
		p.note(r.URL.String())
	}
	switch {
	case p.o.Mute == Asked:
		<-r.Context().Done()
	case !p.knows(r):
		schemes := p.o.Schemes
		if schemes == nil {
			schemes = []string{`Basic realm="tests"`}
		}
		w.Header()["Proxy-Authenticate"] = schemes
		refuse(w, http.StatusProxyAuthRequired)
	case p.o.Answer != 0:
		refuse(w, p.o.Answer)
	case r.Method == http.MethodConnect:
		p.connect(w, r)
	default:
		onward := httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}, Transport: p.onward,
			ErrorLog: p.server.ErrorLog}
		onward.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { refuse(w, http.StatusBadGateway) }
		onward.ServeHTTP(w, r)
	}
}

// knows reports whether a request has the user name and the password, or there are none.
func (p *Proxy) knows(r *http.Request) bool {
	login := base64.StdEncoding.EncodeToString([]byte(p.o.User + ":" + p.o.Password))
	return p.o.User == "" || r.Header.Get("Proxy-Authorization") == "Basic "+login
}

// refuse answers as proxies do: with a page.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<html><h1>%d %s</h1></html>", status, http.StatusText(status))
}

func (p *Proxy) connect(w http.ResponseWriter, r *http.Request) {
	server, err := p.dial(r.Host)
	if err != nil {
		refuse(w, http.StatusBadGateway)
		return
	}
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = server.Close() // nobody wants it
		refuse(w, http.StatusInternalServerError)
		return
	}
	if !p.keep(client) {
		_ = server.Close() // nobody wants it
		return
	}
	defer p.drop(client)
	_, _ = io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n") // the client says what came of it
	p.through(client, server)
}

// through is what happens on a way that is there.
func (p *Proxy) through(client, server net.Conn) {
	switch {
	case p.o.Mute == Open:
		_ = server.Close() // nobody wants it
		p.hush(client)
	case p.o.Opens != nil:
		p.join(tls.Server(client, &tls.Config{GetCertificate: p.o.Opens.For}),
			tls.Client(server, &tls.Config{InsecureSkipVerify: true}))
	default:
		p.join(client, server)
	}
}
