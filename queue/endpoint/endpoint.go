package endpoint

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// Kind is what sort of name it is.
type Kind int

// The kinds of names; doc.go draws them.
const (
	Own        Kind = iota // none of Alibaba Cloud's
	Local                  // this machine, or an address: a server at hand
	Public                 // of a region
	Internal               // of a region, and answers only inside Alibaba Cloud's network
	DualStack              // of a region, IPv4 and IPv6
	Accelerate             // of all regions
	Other                  // Alibaba Cloud's, and nothing is known of it
)

// Endpoint is what the text of one says.
type Endpoint struct {
	URL    string // SCHEME://HOST[:PORT], in small letters
	Name   string // the host without its port, in small letters
	Kind   Kind
	Region string // as signature V4 wants it; "" where the name does not tell
	Bucket string // that stands before the name, where none belongs; the rest is as without it
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)

// Parse reads an endpoint as people write it: a host, with or without a scheme and a port, in any case and any script,
// with blanks, a line break or a dot at its end. Errors do not quote what may be a password.
func Parse(text string) (Endpoint, error) {
	full := strings.TrimSpace(text)
	if !strings.Contains(full, "://") {
		full = "https://" + full
	}
	u, err := url.Parse(full)
	name := ""
	if err == nil {
		name = plain(u.Hostname())
	}
	switch {
	case err != nil:
		return Endpoint{}, fmt.Errorf("is not a host name or URL") // the reason would quote it
	case u.User != nil:
		return Endpoint{}, fmt.Errorf("has a user name in it; credentials belong into credential or the environment")
	case u.Scheme != "https" && u.Scheme != "http":
		return Endpoint{}, fmt.Errorf("begins with %s://; use https:// or http://", u.Scheme)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return Endpoint{}, fmt.Errorf("has something after the host %q; only a host and a port belong there", u.Host)
	case net.ParseIP(name) == nil && !hostName.MatchString(name):
		return Endpoint{}, fmt.Errorf("has no valid host name: %q", u.Host)
	case u.Port() != "" && !isPort(u.Port()):
		return Endpoint{}, fmt.Errorf("has a port that is none: %s; they go from 1 to 65535", u.Port())
	}
	host := name
	switch {
	case u.Port() != "":
		host = net.JoinHostPort(name, u.Port())
	case strings.Contains(name, ":"): // IPv6
		host = "[" + name + "]"
	}
	e := Endpoint{URL: u.Scheme + "://" + host, Name: name}
	e.Kind, e.Region, e.Bucket = look(e.Name)
	return e, nil
}

// plain is a host as it is looked up: in small letters, xn-- for what is not ASCII, and without the dot of the root.
func plain(host string) string {
	host = strings.TrimSuffix(host, ".")
	if ascii, err := idna.Lookup.ToASCII(host); err == nil && !isASCII(host) {
		host = ascii
	}
	return strings.ToLower(host)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 1 && n <= 65535
}

// region is how regions are called whose endpoints have their names. Those of the finance and government clouds have
// others.
const region = `([a-z]{2}-[a-z]+(?:-[0-9]+|-lr)?)`

// forms are the names, after what may be a bucket.
var forms = []struct {
	kind Kind
	re   *regexp.Regexp
}{
	{Internal, regexp.MustCompile(`^(?:(.+)\.)?oss-` + region + `-internal\.aliyuncs\.com$`)},
	{Internal, regexp.MustCompile(`^(?:(.+)\.)?vpc100-oss-` + region + `\.aliyuncs\.com$`)},
	{Internal, regexp.MustCompile(`^(?:(.+)\.)?ep-[a-z0-9-]+\.oss\.` + region + `\.privatelink\.aliyuncs\.com$`)},
	{Internal, regexp.MustCompile(`^(?:(.+)\.)?` + region + `-internal\.oss\.aliyuncs\.com$`)},
	{Accelerate, regexp.MustCompile(`^(?:(.+)\.)?oss-accelerate(?:-overseas)?()\.aliyuncs\.com$`)},
	{DualStack, regexp.MustCompile(`^(?:(.+)\.)?` + region + `\.oss\.aliyuncs\.com$`)},
	{Public, regexp.MustCompile(`^(?:(.+)\.)?oss-` + region + `\.aliyuncs\.com$`)},
	// Those of the finance and government clouds: oss-cn-shenzhen-finance-1-pub, oss-cn-north-2-gov-1-internal.
	{Internal, regexp.MustCompile(`^(?:(.+)\.)?oss-[a-z]{2}-[a-z0-9-]+-internal()\.aliyuncs\.com$`)},
	{Other, regexp.MustCompile(`^(?:(.+)\.)?oss-[a-z]{2}-[a-z0-9-]+()\.aliyuncs\.com$`)},
}

func look(name string) (kind Kind, region, bucket string) {
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || net.ParseIP(name) != nil {
		return Local, "", ""
	}
	if !strings.HasSuffix(name, ".aliyuncs.com") {
		return Own, "", ""
	}
	for _, f := range forms {
		if m := f.re.FindStringSubmatch(name); m != nil {
			return f.kind, m[2], m[1]
		}
	}
	return Other, "", ""
}

// regional is a region, or the first part of its endpoint.
var regional = regexp.MustCompile(`^(?:oss-)?((?:cn|ap|us|eu|me|na|sa)-[a-z]+(?:-[a-z0-9]+)*)$`)

// Whole is the name of the endpoint for which the name of a region was written, or "". A port says that it is meant to
// be a host.
func (e Endpoint) Whole() string {
	m := regional.FindStringSubmatch(e.Name)
	if m == nil || e.URL != "https://"+e.Name {
		return ""
	}
	return "oss-" + m[1] + ".aliyuncs.com"
}

// Bare is the name without the bucket before it.
func (e Endpoint) Bare() string { return strings.TrimPrefix(e.Name, e.Bucket+".") }

// PathStyle reports whether a bucket stands in the path, because the name can have none before it.
func (e Endpoint) PathStyle() bool {
	return e.Kind == Local && !strings.HasSuffix(e.Name, ".localhost")
}

// Mainland reports whether a region is one in which new accounts may not send data to public endpoints.
func Mainland(region string) bool { return strings.HasPrefix(region, "cn-") && region != "cn-hongkong" }
