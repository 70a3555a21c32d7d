package proxy

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

const (
	here     = "http://proxy.test:3128"
	password = "pa55word" // is in proxies, and in no error
)

// environ is an environment with one variable a line; HERE stands for a proxy, LOGIN for a user name and the password.
func environ(lines string) (all []string) {
	for line := range strings.Lines(lines) {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "=HERE", "="+here)
		all = append(all, strings.ReplaceAll(line, "LOGIN", "u:"+password))
	}
	return all
}

func parsed(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ env, ask, through, because string }{
		"none":          {"", "https://h.test", "", ""},
		"https":         {"HTTPS_PROXY=HERE", "https://h.test/x", here, "HTTPS_PROXY"},
		"not for http":  {"HTTPS_PROXY=HERE", "http://h.test/x", "", ""},
		"http":          {"HTTP_PROXY=HERE", "http://h.test/x", here, "HTTP_PROXY"},
		"small letters": {"https_proxy=HERE", "https://h.test", here, "https_proxy"},
		"capitals first": {"https_proxy=http://o.test:1\nHTTPS_PROXY=HERE", "https://h.test", here,
			"HTTPS_PROXY"},
		"all":        {"ALL_PROXY=HERE", "https://h.test", here, "ALL_PROXY"},
		"all, small": {"all_proxy=HERE", "http://h.test", here, "all_proxy"},
		"all, and its own": {"ALL_PROXY=socks5://o.test\nHTTPS_PROXY=HERE", "https://h.test", here,
			"HTTPS_PROXY"},
		"empty is none":      {"HTTPS_PROXY=\nhttps_proxy=HERE", "https://h.test", here, "https_proxy"},
		"without a scheme":   {"HTTPS_PROXY=proxy.test:3128", "https://h.test", here, "HTTPS_PROXY"},
		"with a user":        {"HTTPS_PROXY=LOGIN@proxy.test:3128", "https://h.test", here, "HTTPS_PROXY"},
		"a slash at the end": {"HTTPS_PROXY=HERE/", "https://h.test", here, "HTTPS_PROXY"},
		"TLS to the proxy":   {"HTTPS_PROXY=https://p.test", "https://h.test", "https://p.test", "HTTPS_PROXY"},
		"socks5": {"ALL_PROXY=socks5://LOGIN@p.test:1", "https://h.test", "socks5://p.test:1",
			"ALL_PROXY"},
		"socks5h":                {"ALL_PROXY=socks5h://p.test:1", "https://h.test", "socks5h://p.test:1", "ALL_PROXY"},
		"socks, as desktops":     {"all_proxy=socks://p.test:1/", "https://h.test", "socks5://p.test:1", "all_proxy"},
		"this machine":           {"ALL_PROXY=HERE", "http://127.0.0.1:9100", "", ""},
		"localhost":              {"ALL_PROXY=HERE", "http://localhost:9100", "", ""},
		"localhost, in capitals": {"ALL_PROXY=HERE", "http://LOCALHOST.:9100", "", ""},
		"below localhost":        {"ALL_PROXY=HERE", "http://media.localhost:9100", "", ""},
		"::1":                    {"ALL_PROXY=HERE", "http://[::1]:9100", "", ""},
		"metadata": {"HTTP_PROXY=HERE\nHTTPS_PROXY=HERE", "http://100.100.100.200/latest/api/token", "",
			""},
		"metadata, with a port": {"ALL_PROXY=HERE", "https://100.100.100.200:80/x", "", ""},
		"not its neighbour":     {"ALL_PROXY=HERE", "http://100.100.100.201/x", here, "ALL_PROXY"},
		"excepted":              {"ALL_PROXY=HERE\nNO_PROXY=a.test, h.test", "https://h.test", "", ""},
		"below":                 {"ALL_PROXY=HERE\nno_proxy=.test", "https://h.test", "", ""},
		"with a star":           {"ALL_PROXY=HERE\nno_proxy=*.test", "https://h.test", "", ""},
		"with a port":           {"ALL_PROXY=HERE\nNO_PROXY=h.test:8443", "https://h.test", here, "ALL_PROXY"},
		"a network":             {"ALL_PROXY=HERE\nNO_PROXY=10.0.0.0/8", "https://10.1.2.3", "", ""},
		"everything":            {"ALL_PROXY=HERE\nNO_PROXY=*", "https://h.test", "", ""},
	} {
		p := Of(environ(c.env))
		if err := p.Err(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := p.For(parsed(t, c.ask))
		through := ""
		if got.URL != nil {
			through = Name(got.URL)
		}
		if err != nil || through != c.through || got.Variable != c.because || p.Set() != (c.env != "") {
			t.Errorf("%s: through %q because of %q, %v", name, through, got.Variable, err)
		}
		if got.URL == nil {
			continue
		}
		if _, secret := got.URL.User.Password(); strings.Contains(c.env, "LOGIN") != secret {
			t.Errorf("%s: the password is lost, or made up", name)
		}
	}
}

func TestTell(t *testing.T) {
	t.Parallel()
	p := Of(environ("HTTPS_PROXY=socks5://LOGIN@p.test:1080\nhttp_proxy=HERE\nNO_PROXY=.example.com"))
	for ask, want := range map[string]string{
		"https://h.test":          "through the proxy socks5://p.test:1080 of HTTPS_PROXY, with a user name",
		"http://h.test":           "through the proxy http://proxy.test:3128 of http_proxy",
		"https://a.example.com":   "directly, by NO_PROXY",
		"http://100.100.100.200/": "directly, as it always is",
		"http://127.0.0.1:9100":   "directly, as it is this machine",
	} {
		if got := p.Tell(parsed(t, ask)); got != want {
			t.Errorf("%s: %q", ask, got)
		}
	}
	if got := Of(nil).Tell(
		parsed(t, "https://h.test")); got != "directly, as neither HTTPS_PROXY nor ALL_PROXY is set" {
		t.Errorf("%q", got)
	}
	if got := Of([]string{"HTTPS_PROXY=http://"}).Tell(parsed(t, "https://h.test")); !strings.Contains(got,
		"has no host") {
		t.Errorf("%q", got)
	}
}

// What is malformed is refused, in words that show nothing of it.
func TestMalformed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 256)
	for env, says := range map[string]string{
		"HTTPS_PROXY=http://LOGIN%zz@p.test:3128":    "HTTPS_PROXY: is not a URL; write it as http://HOST:PORT",
		"HTTP_PROXY=http://LOGIN#x@p.test:3128":      "HTTP_PROXY: is not a URL",
		"ALL_PROXY=socks4://LOGIN@p.test":            "ALL_PROXY: begins with socks4://, which is no kind of proxy",
		"all_proxy=ftp://LOGIN@p.test":               "all_proxy: begins with ftp://",
		"https_proxy=http://":                        "https_proxy: has no host",
		"https_proxy=:3128":                          "https_proxy: has no host",
		"HTTPS_PROXY=LOGIN@p.test:99999":             "HTTPS_PROXY: has a port that is none",
		"HTTPS_PROXY=LOGIN@p.test:x":                 "HTTPS_PROXY: is not a URL",
		"HTTPS_PROXY=http://p.test/path/" + password: "HTTPS_PROXY: has something after the host",
		"HTTPS_PROXY=http://p.test?" + password:      "HTTPS_PROXY: has something after the host",
		"ALL_PROXY=socks5://:" + password +
			"@p.test": "ALL_PROXY: has a user name or a password that SOCKS5 cannot carry",
		"ALL_PROXY=socks5://LOGIN" + long +
			"@p.test": "ALL_PROXY: has a user name or a password that SOCKS5 cannot carry",
	} {
		p := Of(environ(env))
		err := p.Err()
		if err == nil || !strings.HasPrefix(err.Error(), says) || strings.Contains(err.Error(), password) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", env, err)
		}
		for _, ask := range []string{"http://h.test", "https://h.test"} { // nothing goes past a proxy that was meant
			if _, err := p.For(parsed(t, ask)); err == nil {
				t.Errorf("%s: %s is asked for directly", env, ask)
			}
		}
		if c, err := p.For(parsed(t, "http://127.0.0.1:9100")); c.URL != nil || err != nil {
			t.Errorf("%s: this machine through %v, %v", env, c, err)
		}
	}
	err := Of([]string{"HTTPS_PROXY=http://", "HTTP_PROXY=ftp://x", "ALL_PROXY=ftp://x", "NO_PROXY=10.*"}).Err()
	if err == nil || len(slices.Collect(strings.Lines(err.Error()))) != 2 {
		t.Errorf("not each that counts: %v", err)
	}
}

// An exception that means nothing would send through the proxy what was not to go there.
func TestMalformedExceptions(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{"10.0.0.0/99", "10.*", "*example.com", "http://h.test", "<local>", "h.test:x", "a b",
		"h.test:0", "*:80", "169.254/16"} {
		err := Of([]string{"HTTP_PROXY=proxy.test", "NO_PROXY=a.test," + entry}).Err()
		if err == nil || !strings.HasPrefix(err.Error(), "NO_PROXY: ") || !strings.Contains(err.Error(), "10.0.0.0/8") {
			t.Errorf("%s: %v", entry, err)
		}
		if err := Of([]string{"NO_PROXY=" + entry}).Err(); err != nil {
			t.Errorf("%s, where there is no proxy: %v", entry, err)
		}
	}
	for _, entry := range []string{"", "*", "h.test", ".h.test", "*.h.test", "h_x.test", "bücher.test", "h.test:80",
		"10.1.2.3", "10.1.2.3:80", "::1", "[::1]", "[::1]:80", "fd00::/8", "h.test."} {
		if err := Of([]string{"HTTP_PROXY=proxy.test", "NO_PROXY=" + entry}).Err(); err != nil {
			t.Errorf("%s: %v", entry, err)
		}
	}
}
