package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

var (
	bucketName   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)
	regionName   = regexp.MustCompile(`^[a-z]{2}(-[a-z0-9]+)+$`)
	hostName     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
	endpointName = regexp.MustCompile(`^(?:oss-)?([a-z]{2}-[a-z]+(?:-[0-9]+)?)(?:-internal)?(?:\.oss)?\.aliyuncs\.com$`)
)

// RegionID is the region, from the endpoint if it is not set. It is empty where the endpoint does not tell it: a domain
// of one's own, the acceleration endpoints, and those of the finance and government clouds.
func (o OSS) RegionID() string {
	if o.Region != "" {
		return o.Region
	}
	host := o.Endpoint
	if _, after, ok := strings.Cut(host, "://"); ok {
		host = after
	}
	host, _, _ = strings.Cut(strings.TrimRight(host, "/"), ":")
	m := endpointName.FindStringSubmatch(strings.ToLower(host))
	if m == nil || strings.HasPrefix(strings.ToLower(host), "oss-") == strings.Contains(host, ".oss.") {
		return ""
	}
	return m[1]
}

func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	text := endpoint
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("is not a host name or URL") // the reason would quote it, with any password in it
	case u.User != nil:
		return fmt.Errorf("has a user name in it; credentials belong into credential or the environment")
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("begins with %s://; use https:// or http://", u.Scheme)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%q has something after the host; only a host and a port belong there", endpoint)
	case net.ParseIP(u.Hostname()) == nil && !hostName.MatchString(u.Hostname()):
		return fmt.Errorf("%q has no valid host name", endpoint)
	}
	return nil
}

func checkRegion(region string) error {
	switch id := strings.TrimPrefix(region, "oss-"); {
	case region == "" || id == region && regionName.MatchString(region):
		return nil
	case id != region && regionName.MatchString(id):
		return fmt.Errorf("%q is the name of an endpoint; the region is %s", region, id)
	}
	return fmt.Errorf("%q is not a region; write it as in the console, such as cn-hangzhou", region)
}

func checkBucket(bucket string) error {
	if bucket == "" || bucketName.MatchString(bucket) {
		return nil
	}
	return fmt.Errorf("%q cannot be a bucket; its name has 3 to 63 small letters, digits and hyphens, without a hyphen at either end", bucket)
}
