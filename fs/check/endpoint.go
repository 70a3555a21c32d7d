package check

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"inboxfs/control/config"
	"inboxfs/fs/daemon"
	"inboxfs/queue/endpoint"
	"inboxfs/queue/proxy"
)

// endpoint asks it for its time, without signing anything.
func (c *cloud) endpoint(ctx context.Context) []Finding {
	var err error
	at, ask := withScheme(c.Config.OSS.Endpoint), c.greetOSS
	if c.Config.Credential.Mode == config.ModeVOD {
		at, ask = withScheme(c.Config.VOD.URL()), c.greetVOD
		c.api, err = daemon.VOD(c.Config, c.keys)
	} else {
		c.remote, err = daemon.Bucket(c.Config, c.keys)
	}
	if err != nil {
		return one(Fail, err.Error(), "correct the configuration")
	}
	began, through := time.Now(), via(at)
	named := hostOnly(at)
	if e := c.ask(ctx, ask); e != nil {
		return failed(named+through, e)
	}
	c.reached, c.asked = true, time.Now()
	says := fmt.Sprintf("%s%s answers in %v", named, through, c.asked.Sub(began).Round(time.Millisecond))
	if host := c.strangeHost(); host != "" {
		return one(Warn, says+", and is no endpoint of Alibaba Cloud's",
			"if "+host+" is a domain of your own that is bound to the bucket, set oss.cname = true")
	}
	if u, err := url.Parse(at); err == nil && u.Scheme == "http" && !local(u.Hostname()) {
		return one(Warn, says+", without encryption", "write https:// before the endpoint: everybody on the way can read what is uploaded")
	}
	return ok("%s", says)
}

// strangeHost is the endpoint's host, if its name is not one of OSS's and it is not said to be bound to the bucket.
func (c *cloud) strangeHost() string {
	at, err := endpoint.Parse(c.Config.OSS.Endpoint)
	if c.remote == nil || err != nil || at.Kind != endpoint.Own || c.Config.OSS.CNAME {
		return ""
	}
	return at.Name
}

func (c *cloud) greetOSS(ctx context.Context) (err error) {
	c.server, err = c.remote.Greet(ctx)
	return err
}

func (c *cloud) greetVOD(ctx context.Context) (err error) {
	c.server, err = c.api.Greet(ctx)
	return err
}

// hostOnly is an address without what may be a secret in it.
func hostOnly(at string) string {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" {
		return "the endpoint"
	}
	return u.Scheme + "://" + u.Host
}

func withScheme(endpoint string) string {
	if strings.Contains(endpoint, "://") {
		return endpoint
	}
	return "https://" + endpoint
}

// via names the proxy that is asked, if one is.
func via(at string) string {
	u, err := url.Parse(at)
	if err != nil {
		return ""
	}
	if through, err := proxy.Environment().For(u); err == nil && through.URL != nil {
		return " through the proxy " + proxy.Name(through.URL)
	}
	return ""
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

const (
	tolerable = time.Minute    // a clock this far off is not worth a word
	hopeless  = 48 * time.Hour // the clock that signs goes by what the server says only up to that: queue/upload/skew
)

// clock compares this machine's with the endpoint's.
func (c *cloud) clock(context.Context) []Finding {
	switch {
	case !c.reached:
		return skip("the endpoint does not answer")
	case c.server.IsZero():
		return one(Warn, "the endpoint does not say what time it is", "")
	}
	const set = "set the clock of this machine: timedatectl set-ntp true"
	off := c.asked.Sub(c.server)
	way, by := "ahead of", off.Abs()
	if off < 0 {
		way = "behind"
	}
	says := fmt.Sprintf("this machine's clock is %s %s the endpoint's (here %s, there %s)", strings.TrimSuffix(by.Round(time.Minute).String(), "0s"), way,
		c.asked.UTC().Format(time.RFC3339), c.server.UTC().Format(time.RFC3339))
	switch {
	case by >= hopeless:
		return one(Fail, says, set)
	case by >= tolerable:
		return one(Warn, says+"; uploads go by the endpoint's", set)
	}
	return ok("within a minute of the endpoint's")
}
