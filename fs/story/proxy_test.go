package story

import (
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/ossdev/authority"
	"inboxfs/queue/ossdev/forward"
	"inboxfs/queue/ossdev/wire"
)

// proxyPassword needs to be written as %XX in a URL, but for its beginning, which is looked for.
const proxyPassword = "pa55-of-proxy@:/?#%"

// company is the network of one: OSS and VOD, behind TLS and under their own names, are reached through its proxy
// only.
type company struct {
	*story
	trust *authority.Authority
}

func newCompany(t *testing.T, env ...string) *company {
	t.Helper()
	trust, err := authority.New("Everybody's CA")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"oss-cn-hangzhou.aliyuncs.com", "*.oss-cn-hangzhou.aliyuncs.com", "vod.cn-shanghai.aliyuncs.com",
		"sts.aliyuncs.com",
		"127.0.0.1"}
	c, err := trust.Server(authority.Leaf{Names: names})
	if err != nil {
		t.Fatal(err)
	}
	o := ossdev.Options{TLS: c, UploadEndpoint: "https://oss-cn-hangzhou.aliyuncs.com"}
	s := prepareAt(t, o, append([]string{"INBOXFS_OSS_ENDPOINT=https://oss-cn-hangzhou.aliyuncs.com"}, env...)...)
	s.secret("pa55-of-proxy", strings.TrimPrefix(proxyPassword, "pa55-of-"))
	n := &company{s, trust}
	n.trusts(trust)
	return n
}

// trusts names the authorities that the program trusts.
func (n *company) trusts(all ...*authority.Authority) {
	n.t.Helper()
	file := filepath.Join(n.dir, "authorities.pem")
	var text []byte
	for _, a := range all {
		text = append(text, a.PEM()...)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		n.t.Fatal(err)
	}
	n.env = append(n.env, "SSL_CERT_FILE="+file, "SSL_CERT_DIR="+n.dir)
}

// begin begins a proxy. Whatever it is asked for, it asks the endpoint.
func (n *company) begin(o forward.Options) *forward.Proxy {
	n.t.Helper()
	if o.To == "" {
		o.To = strings.TrimPrefix(n.server.URL, "https://")
	}
	if o.Kind == "https" {
		c, err := n.trust.Server(authority.Leaf{Names: []string{"127.0.0.1"}})
		if err != nil {
			n.t.Fatal(err)
		}
		o.TLS = c
	}
	p, err := forward.Start(o)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		if err := p.Close(); err != nil {
			n.t.Error(err)
		}
	})
	return p
}

// uploaded mounts, drops a file of several parts, and waits until it is there.
func (n *company) uploaded(name string) {
	n.t.Helper()
	needFUSE(n.t)
	n.mount()
	n.t.Cleanup(n.end)
	n.sh("head -c 300k /dev/urandom > " + name + "; cp " + name + " $MNT/inbox/; echo wait " + name + " > $MNT/control")
	n.arrived(name, filepath.Join(n.dir, name))
}

// TestProxies uploads through each kind of proxy, with a password and without; the HTTP proxy with the password is
// tinyproxy, which passes on to one that knows the names. check says which is used, and nothing shows the password.
func TestProxies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		variable, kind, user string
		program              bool
	}{
		"http":                {"HTTPS_PROXY", "http", "", false},
		"http, user":          {"https_proxy", "http", "u@company", false},
		"http, no user":       {"ALL_PROXY", "http", "", true},
		"tinyproxy, user":     {"HTTPS_PROXY", "http", "user", true},
		"https":               {"HTTPS_PROXY", "https", "", false},
		"https, user":         {"ALL_PROXY", "https", "u@company", false},
		"socks5":              {"all_proxy", "socks5", "", false},
		"socks5, user":        {"HTTPS_PROXY", "socks5", "u@company", false},
		"socks5h, as written": {"ALL_PROXY", "socks5", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newCompany(t, "INBOXFS_UPLOAD_PART_SIZE=100KiB")
			o := forward.Options{Kind: c.kind, User: c.user, Password: proxyPassword}
			if c.program {
				o.User = "" // it wants none of the program
			}
			p := n.begin(o)
			at := p.URL
			if c.program {
				needPrograms(t, "tinyproxy")
				program, err := forward.Run(n.dir, "http", c.user, "pa55-of-proxy", at)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := program.Close(); err != nil {
						t.Error(err)
					}
				})
				at = program.URL
			}
			shown, login := at.Scheme+"://"+at.Host, ""
			if c.user != "" {
				login = ", with a user name"
			}
			n.env = append(n.env, c.variable+"="+at.String())
			e := n.check()
			e.has("proxy", "ok", "https://story.oss-cn-hangzhou.aliyuncs.com is asked through the proxy "+shown+" of "+
				c.variable+login)
			e.has("endpoint", "ok", "https://story.oss-cn-hangzhou.aliyuncs.com through the proxy "+shown+" answers")
			e.has("rights", "ok")
			n.uploaded("a.mov")
			if asked := p.Asked(); !slices.Contains(asked, "story.oss-cn-hangzhou.aliyuncs.com:443") {
				t.Errorf("the proxy was asked for %v", asked)
			}
			for _, r := range n.server.Requests() {
				if r.Proto != "HTTP/1.1" {
					t.Errorf("%s by %s", r.Action, r.Proto)
				}
			}
			n.hidden()
		})
	}
}

// TestExceptedFromProxy: what NO_PROXY names is asked directly.
func TestExceptedFromProxy(t *testing.T) {
	t.Parallel()
	n := newCompany(t, "INBOXFS_OSS_ENDPOINT=http://127.0.0.1:1")
	p := n.begin(forward.Options{Kind: "http"})
	n.env = append(n.env, "HTTPS_PROXY="+p.URL.String(), "NO_PROXY=.aliyuncs.com, 10.0.0.0/8", "INBOXFS_OSS_ENDPOINT="+
		n.server.URL)
	n.check().has("proxy", "ok", n.server.URL+" is asked directly, as it is this machine")
	n.uploaded("a.mov")
	if asked := p.Asked(); len(asked) != 0 {
		t.Errorf("the proxy was asked for %v", asked)
	}
	n.env = append(n.env, "INBOXFS_OSS_ENDPOINT=https://oss-cn-hangzhou.aliyuncs.com",
		"INBOXFS_CREDENTIAL_SOURCE=ram_role_arn",
		"INBOXFS_CREDENTIAL_MODE=sts", "INBOXFS_CREDENTIAL_STS_ENDPOINT=sts.example.com",
		"INBOXFS_HOOKS_URL=https://hooks.example.com/"+secret)
	e := n.check()
	e.has("proxy", "ok", "https://story.oss-cn-hangzhou.aliyuncs.com is asked directly, by NO_PROXY",
		"https://sts.example.com is asked through the proxy http://"+p.URL.Host,
		"hooks.url is asked through the proxy http://"+p.URL.Host)
	e.has("endpoint", "fail", "https://story.oss-cn-hangzhou.aliyuncs.com: ") // the proxy may let through nothing else
	n.env = append(n.env, "INBOXFS_CREDENTIAL_SOURCE=ecs_ram_role")
	n.check().has("proxy", "ok", "the metadata service of ECS is asked directly, as it always is")
	n.env = append(n.env, "HTTPS_PROXY=", "NO_PROXY=*")
	n.check().has("proxy", "ok", "none is set")
}

// TestMalformedProxy: neither mount nor check goes past a proxy that was meant, and neither shows what is in it.
func TestMalformedProxy(t *testing.T) {
	t.Parallel()
	n := newCompany(t)
	for variable, says := range map[string]string{
		"HTTPS_PROXY=http://u:" + proxyPassword +
			"@127.0.0.1:3128": "HTTPS_PROXY: is not a URL; write it as http://HOST:PORT",
		"ALL_PROXY=socks4://127.0.0.1":               "ALL_PROXY: begins with socks4://",
		"HTTP_PROXY=http://127.0.0.1:0":              "HTTP_PROXY: has a port that is none",
		"http_proxy=127.0.0.1:3128\x00no_proxy=10.*": `no_proxy: "10.*" is no host`,
	} {
		for _, command := range []string{"check", "mount mnt"} {
			c := exec.Command(program, strings.Fields(command)...)
			c.Dir, c.Env = n.dir, append(n.env, strings.Split(variable, "\x00")...)
			out, err := c.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), says) ||
				strings.Contains(string(out), "pa55") {
				t.Errorf("%s, %s: %v\n%s", command, variable, err, out)
			}
		}
	}
}

// TestProxyTroubles meets each trouble that a proxy makes: status and check say what it is and what to do, the file
// stays, and goes when the proxy does its work.
func TestProxyTroubles(t *testing.T) {
	t.Parallel()
	inspector, err := authority.New("Inspection Inc.")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o        forward.Options
		user     string // that the program has, and its password is wrong; "": none
		says, do string
		trust    bool // it ends when the inspector is trusted
	}{
		"wants a password": {o: forward.Options{User: "u"}, says: "wants a user name and a password (HTTP 407",
			do: "write them into HTTPS_PROXY"},
		"wrong password": {o: forward.Options{User: "u"}, user: "u", says: "does not take the user name and password",
			do: "correct them in HTTPS_PROXY"},
		"forbidden": {o: forward.Options{Answer: 403}, says: "forbids the way to ",
			do: "ask whoever runs the proxy to allow "},
		"not reached": {o: forward.Options{To: "127.0.0.1:1"}, says: "does not reach ",
			do: "check the spelling of the endpoint"},
		"mute": {o: forward.Options{Mute: forward.Always}, says: "says nothing: no connection within 500ms",
			do: "check kind, host and port in HTTPS_PROXY"},
		"mute behind CONNECT": {o: forward.Options{Mute: forward.Open}, says: ": no connection within 500ms",
			do: "check the endpoint, the proxy and firewalls"},
		"opens TLS": {o: forward.Options{Opens: inspector},
			says: "an authority that this machine does not know: Inspection Inc.",
			do:   "SSL_CERT_FILE", trust: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newCompany(t, "INBOXFS_OSS_CONNECT_TIMEOUT=500ms")
			c.o.Kind, c.o.Password = "http", proxyPassword
			bad := n.begin(c.o)
			at := *bad.URL
			if at.User = nil; c.user != "" {
				at.User = url.UserPassword(c.user, "wrong")
			}
			n.env = append(n.env, "HTTPS_PROXY="+at.String())
			n.check().has("endpoint", "fail", "through the proxy http://"+bad.URL.Host, c.says, "-> ", c.do)
			needFUSE(t)
			n.mount()
			t.Cleanup(n.end)
			n.sh("echo precious > a.txt; cp a.txt $MNT/inbox/")
			n.until("it is told that this does not go", func() bool { return n.count("OnUploadRetry") == 1 })
			if message, hint := n.field("a.txt", "message"), n.field("a.txt", "hint"); !strings.Contains(message,
				c.says) || !strings.Contains(hint, c.do) {
				t.Errorf("status says %q, %q", message, hint)
			}
			n.hidden()
			n.stop()
			if c.trust {
				n.trusts(n.trust, inspector)
			} else {
				n.env = append(n.env, "HTTPS_PROXY="+n.begin(forward.Options{Kind: "http"}).URL.String())
			}
			n.mount()
			n.sh("echo wait a.txt > $MNT/control")
			n.arrived("a.txt", filepath.Join(n.dir, "a.txt"))
		})
	}
}

// TestProxyThatStalls carries nothing any more in the middle of a part, and goes on later. What had arrived is not sent
// again.
func TestProxyThatStalls(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"http", "https", "socks5"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			n := newCompany(t, "INBOXFS_OSS_IDLE_TIMEOUT=1s", "INBOXFS_UPLOAD_PART_SIZE=100KiB",
				"INBOXFS_UPLOAD_PARTS=2")
			p := n.begin(forward.Options{Kind: kind})
			line, err := wire.Start(p.URL.Host)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := line.Close(); err != nil {
					t.Error(err)
				}
			})
			n.env = append(n.env, "HTTPS_PROXY="+kind+"://"+line.Addr)
			needFUSE(t)
			n.mount()
			t.Cleanup(n.end)
			line.StallAfter(350 << 10)
			n.sh("head -c 2M /dev/urandom > a.mov; cp a.mov $MNT/inbox/")
			n.until("it is told that the line is silent", func() bool { return n.count("OnUploadRetry") == 1 })
			if message := n.field("a.mov", "message"); !strings.Contains(message, "no byte moved for 1s") {
				t.Errorf("status says %q", message)
			}
			line.StallAfter(0)
			n.sh("echo wait a.mov > $MNT/control")
			n.whole("a.mov")
			// Those that were on their way may have been carried on afterwards, too.
			if parts := n.parts("a.mov"); len(parts) > 21+2 {
				t.Errorf("%d parts were sent for 21: %v", len(parts), parts)
			}
		})
	}
}

// TestSTSThroughProxy: libraries that make requests of their own go through the proxy, too, and say what it refuses.
func TestSTSThroughProxy(t *testing.T) {
	t.Parallel()
	n := newCompany(t, "INBOXFS_CREDENTIAL_MODE=sts", "INBOXFS_CREDENTIAL_SOURCE=ram_role_arn",
		"INBOXFS_CREDENTIAL_ROLE_ARN=acs:ram::1:role/up")
	good, bad := n.begin(forward.Options{Kind: "http"}),
		n.begin(forward.Options{Kind: "http", User: "u", Password: proxyPassword})
	n.env = append(n.env, "ALL_PROXY=http://"+bad.URL.Host)
	n.check().has("credentials", "fail", "sts.aliyuncs.com: the proxy", "wants a user name and a password (HTTP 407",
		"-> write them into ALL_PROXY")
	n.env = append(n.env, "ALL_PROXY=http://"+good.URL.Host)
	n.check().has("credentials", "ok", "temporary access key")
	n.uploaded("a.mov")
	if asked := good.Asked(); !slices.Contains(asked, "sts.aliyuncs.com:443") {
		t.Errorf("the proxy was asked for %v", asked)
	}
}

// TestVODThroughProxy asks VOD by HTTP/2, where it offers that, and OSS by HTTP/1.1, both through a proxy with TLS of
// its own.
func TestVODThroughProxy(t *testing.T) {
	t.Parallel()
	n := newCompany(t, "INBOXFS_CREDENTIAL_MODE=vod")
	p := n.begin(forward.Options{Kind: "https", User: "u", Password: proxyPassword})
	n.env = append(n.env, "HTTPS_PROXY="+p.URL.String())
	e := n.check()
	e.has("proxy", "ok", "https://vod.cn-shanghai.aliyuncs.com is asked through",
		"a bucket of VOD, such as https://oss-cn-shanghai.aliyuncs.com, is asked through")
	e.has("vod", "ok")
	needFUSE(t)
	n.mount()
	t.Cleanup(n.end)
	n.sh(reel + "cp a.mpg $MNT/inbox/; echo wait a.mpg > $MNT/control")
	n.filmed("a.mpg")
	by := make(map[string]string)
	for _, r := range n.server.Requests() {
		by[r.Action] = r.Proto
	}
	if by["CreateUploadVideo"] != "HTTP/2.0" || by["PutObject"] != "HTTP/1.1" {
		t.Errorf("by %v", by)
	}
	n.hidden()
}
