package proxy

import (
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"

	"golang.org/x/net/http/httpproxy"
)

// metadata is the host of the metadata service of ECS.
const metadata = "100.100.100.200"

// Proxies are those of one environment.
type Proxies struct {
	of      map[string]setting // by the scheme of what is asked for
	through func(*url.URL) (*url.URL, error)
	wrong   error // variables are malformed
}

// setting is a proxy and the variable that names it.
type setting struct {
	variable, value string
	url             *url.URL
}

// Choice is a proxy, and the variable that names it.
type Choice struct {
	URL      *url.URL
	Variable string
}

// variablesOf are the variables that name a proxy, by the scheme of what is asked for. The first that is set counts.
var variablesOf = map[string][]string{
	"http":  {"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"},
	"https": {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"},
}

// Of reads an environment, in the form of os.Environ.
func Of(environ []string) *Proxies {
	vars := variables(environ)
	p := &Proxies{of: make(map[string]setting)}
	var wrong problems
	for scheme, names := range variablesOf {
		s := setting{}
		s.variable, s.value = first(vars, names...)
		if s.value == "" {
			continue
		}
		var err error
		if s.url, err = parse(s.value); err != nil {
			wrong.add(s.variable, err)
			continue
		}
		p.of[scheme] = s
	}
	name, exceptions := first(vars, "NO_PROXY", "no_proxy")
	if len(p.of) > 0 {
		if err := checkExceptions(exceptions); err != nil {
			wrong.add(name, err)
		}
	}
	p.wrong = wrong.err()
	c := httpproxy.Config{NoProxy: exceptions, CGI: vars["REQUEST_METHOD"] != ""}
	if u := p.of["http"].url; u != nil {
		c.HTTPProxy = u.String()
	}
	if u := p.of["https"].url; u != nil {
		c.HTTPSProxy = u.String()
	}
	p.through = c.ProxyFunc()
	return p
}

// Err names every variable that is malformed, one to a line, and shows no password.
func (p *Proxies) Err() error { return p.wrong }

// first is the first variable that is set.
func first(vars map[string]string, names ...string) (name, value string) {
	for _, name := range names {
		if vars[name] != "" {
			return name, vars[name]
		}
	}
	return names[0], ""
}

// For is the proxy through which u is asked for. Its URL is nil where that is done directly. Where a variable is
// malformed, only what never goes through a proxy can be asked for.
func (p *Proxies) For(u *url.URL) (Choice, error) {
	if isNear(u.Hostname()) {
		return Choice{}, nil
	}
	if p.wrong != nil {
		return Choice{}, p.wrong
	}
	through, err := p.through(u)
	if through == nil || err != nil {
		return Choice{}, err
	}
	return Choice{through, p.of[u.Scheme].variable}, nil
}

// Tell says in words how u is asked for, and why so. No user name and no password is in it.
func (p *Proxies) Tell(u *url.URL) string {
	c, err := p.For(u)
	switch {
	case err != nil:
		return "not at all: " + err.Error()
	case c.URL != nil && c.URL.User != nil:
		return "through the proxy " + Name(c.URL) + " of " + c.Variable + ", with a user name"
	case c.URL != nil:
		return "through the proxy " + Name(c.URL) + " of " + c.Variable
	case u.Hostname() == metadata:
		return "directly, as it always is"
	case isNear(u.Hostname()):
		return "directly, as it is this machine"
	case p.of[u.Scheme].url != nil:
		return "directly, by NO_PROXY"
	}
	return "directly, as neither " + strings.ToUpper(u.Scheme) + "_PROXY nor ALL_PROXY is set"
}

// isNear reports whether a host is never asked through a proxy.
func isNear(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	ip, err := netip.ParseAddr(host)
	return host == metadata || host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil &&
		ip.IsLoopback()
}

// Set reports whether any proxy is.
func (p *Proxies) Set() bool { return len(p.of) > 0 }

// Name is a proxy without what is secret in it.
func Name(u *url.URL) string { return u.Scheme + "://" + u.Host }

var ours = sync.OnceValue(func() *Proxies { return Of(os.Environ()) })

// Environment is the proxies of this process. Changes of its environment after the first call have no effect.
func Environment() *Proxies { return ours() }

// FromEnvironment is what http.Transport takes as Proxy: the proxy of this process for a request.
func FromEnvironment(r *http.Request) (*url.URL, error) {
	c, err := ours().For(r.URL)
	return c.URL, err
}
