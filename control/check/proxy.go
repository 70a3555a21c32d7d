package check

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"

	"inboxfs/control/config"
	"inboxfs/control/daemon"
	"inboxfs/queue/proxy"
)

// asked is somebody whom a mount asks for something.
type asked struct {
	name string // "" for the address
	at   *url.URL
}

// proxy says of all that a mount asks whether it goes through a proxy, and through which.
func (c *cloud) proxy(context.Context) []Finding {
	all := proxy.Environment()
	if !all.Set() {
		return ok("none is set (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY): all is asked directly")
	}
	var found []Finding
	for _, a := range c.whom() {
		name := cmp.Or(a.name, a.at.Scheme+"://"+a.at.Host)
		found = append(found, ok("%s is asked %s", name, all.Tell(a.at))...)
	}
	return found
}

// whom is all that a mount with this configuration asks.
func (c *cloud) whom() (all []asked) {
	add := func(name, address string) {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			all = append(all, asked{name, u})
		}
	}
	mode := c.Config.Credential.Mode
	if mode == config.ModeVOD {
		add("", withScheme(c.Config.VOD.URL()))
	}
	if mode == config.ModeVOD || mode == config.ModeVODAuth {
		bucket := "https://oss-" + c.Config.VOD.Region + ".aliyuncs.com"
		add(fmt.Sprintf("a bucket of VOD, such as %s,", bucket), bucket)
	} else if r, err := daemon.Bucket(c.Config, c.keys); err == nil { // what is wrong the check of the endpoint says
		if u, err := r.Address(); err == nil {
			all = append(all, asked{"", u})
		}
		r.Close()
	}
	switch k := c.Config.Credential; k.Source {
	case config.ECSRole:
		add("the metadata service of ECS", "http://100.100.100.200")
	case config.RAMRole, config.OIDCRole:
		add("", "https://"+cmp.Or(k.STSEndpoint, "sts.aliyuncs.com"))
	case config.URI:
		add("credential.uri", cmp.Or(k.URI, os.Getenv("ALIBABA_CLOUD_CREDENTIALS_URI")))
	}
	add("hooks.url", c.Config.Hooks.URL.Reveal())
	return all
}
