package check

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"inboxfs/control/config"
	"inboxfs/control/daemon"
	"inboxfs/queue/endpoint"
	"inboxfs/queue/proxy"
	"inboxfs/queue/transfer"
)

// greeting is what came of asking the endpoint for its time, without signing anything.
type greeting struct {
	at     *url.URL
	failed *transfer.Error
	asked  time.Time     // when it answered, by this machine's clock
	took   time.Duration // until then
	server time.Time     // what it said; zero: nothing
}

// greet is the greeting, the first time that it is asked for.
func (c *cloud) greet(ctx context.Context) (*greeting, error) {
	if c.greeting != nil {
		return c.greeting, nil
	}
	g, ask := new(greeting), func(context.Context) (time.Time, error) { return time.Time{}, nil }
	var err error
	if c.Config.Credential.Mode == config.ModeVOD {
		if c.api, err = daemon.VOD(c.Config, c.keys); err == nil {
			ask = c.api.Greet
			g.at, err = url.Parse(withScheme(c.Config.VOD.URL()))
		}
	} else if c.remote, err = daemon.Bucket(c.Config, c.keys); err == nil {
		ask = c.remote.Greet
		g.at, err = c.remote.Address()
	}
	if err != nil {
		return nil, err
	}
	began := time.Now()
	g.failed = c.ask(ctx, func(ctx context.Context) (err error) {
		g.server, err = ask(ctx)
		return err
	})
	if g.failed != nil {
		g.failed.Hint = unknownRegion(c.Config, g.failed)
	}
	g.asked = time.Now()
	g.took = g.asked.Sub(began)
	c.greeting = g
	return g, nil
}

// unknownRegion is the hint of an error that may come from a region which VOD does not have: its endpoint is made of
// that.
func unknownRegion(c config.Config, e *transfer.Error) string {
	if c.Credential.Mode != config.ModeVOD || c.VOD.Endpoint != "" || !strings.Contains(e.Message, "no such host") {
		return e.Hint
	}
	return fmt.Sprintf("check vod.region: %q may be no region of VOD's, such as cn-shanghai; if it is one, "+
		"this machine cannot look up names",
		c.VOD.Region)
}

// time is that of the endpoint's clock, and whether it is known. Otherwise it is this machine's.
func (c *cloud) time() (now time.Time, known bool) {
	if g := c.greeting; g != nil && !g.server.IsZero() {
		return g.server.Add(time.Since(g.asked)), true
	}
	return time.Now(), false
}

// endpoint reports whether it answers.
func (c *cloud) endpoint(ctx context.Context) []Finding {
	g, err := c.greet(ctx)
	if err != nil {
		return one(Fail, err.Error(), "correct the configuration")
	}
	through := via(g.at)
	named := g.at.Scheme + "://" + g.at.Host
	if g.failed != nil {
		return failed(named+through, g.failed)
	}
	c.reached = true
	says := fmt.Sprintf("%s%s answers in %v", named, through, g.took.Round(time.Millisecond))
	if host := c.strangeHost(); host != "" {
		return one(Warn, says+", and is no endpoint of Alibaba Cloud's",
			"if "+host+" is a domain of your own that is bound to the bucket, set oss.cname = true")
	}
	if g.at.Scheme == "http" && !local(g.at.Hostname()) {
		return one(Warn, says+", without encryption",
			"write https:// before the endpoint: everybody on the way can read what is uploaded")
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

func withScheme(endpoint string) string {
	if strings.Contains(endpoint, "://") {
		return endpoint
	}
	return "https://" + endpoint
}

// via names the proxy that is asked, if one is.
func via(at *url.URL) string {
	if through, err := proxy.Environment().For(at); err == nil && through.URL != nil {
		return " through the proxy " + proxy.Name(through.URL)
	}
	return ""
}

// local reports whether a host is this machine.
func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil &&
		(ip.IsLoopback() || ip.IsUnspecified())
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
	case c.greeting.server.IsZero():
		return one(Warn, "the endpoint does not say what time it is", "")
	}
	const set = "set the clock of this machine: timedatectl set-ntp true"
	here, there := c.greeting.asked, c.greeting.server
	off := here.Sub(there)
	way, by := "ahead of", off.Abs()
	if off < 0 {
		way = "behind"
	}
	says := fmt.Sprintf("this machine's clock is %s %s the endpoint's (here %s, there %s)",
		strings.TrimSuffix(by.Round(time.Minute).String(), "0s"), way,
		here.UTC().Format(time.RFC3339), there.UTC().Format(time.RFC3339))
	switch {
	case by >= hopeless:
		return one(Fail, says, set)
	case by >= tolerable:
		return one(Warn, says+"; uploads go by the endpoint's", set)
	}
	return ok("within a minute of the endpoint's")
}
