package ossdev

import (
	"net"
	"regexp"
	"slices"
	"strings"
)

// What OSS answers to. A bucket stands before the name.
var (
	publicName = regexp.MustCompile(`^(?:oss-([a-z]{2}-[a-z0-9-]+)|([a-z]{2}-[a-z0-9-]+)\.oss)\.aliyuncs\.com$`)
	otherNames = regexp.MustCompile(`^(?:oss-accelerate(?:-overseas)?|vpc100-oss-[a-z0-9-]+|` +
		`ep-[a-z0-9-]+\.oss\.[a-z0-9-]+\.privatelink)\.aliyuncs\.com$`)
	atHand = regexp.MustCompile(`^(?:localhost|oss\.localhost|oss-[a-z0-9.-]+)$`)
)

func isEndpoint(host string) bool {
	return publicName.MatchString(host) || otherNames.MatchString(host) || atHand.MatchString(host)
}

// name takes bucket and key from host and path. A bucket can stand in front of the host, as in
// bucket.oss-cn-hangzhou.aliyuncs.com and bucket.localhost, and a host can be bound to one; where the host is an
// address or has one label only, as a server at hand has, the bucket is the path's first segment.
func (x *exchange) name() (bucket, key string) {
	path := strings.TrimPrefix(x.r.URL.Path, "/")
	host := x.host()
	if bucket, bound := x.options.Domains[host]; bound {
		return bucket, path
	}
	if first, rest, ok := strings.Cut(host, "."); ok && net.ParseIP(host) == nil && isEndpoint(rest) &&
		!isEndpoint(host) {
		return first, path
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key
}

// host is the name by which the request calls this server, without a port.
func (x *exchange) host() string {
	host := x.r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(host)
}

// reach refuses what the name does not allow: a bucket in the path of one of OSS's own, and with Options.NewAccount
// data at a public endpoint of the mainland.
func (x *exchange) reach() *Error {
	host := x.host()
	public := publicName.MatchString(host) || otherNames.MatchString(host)
	if public && x.bucket != "" {
		return fail("SecondLevelDomainForbidden").with("HostId", host).with("Bucket", x.bucket)
	}
	_, rest, _ := strings.Cut(host, ".")
	if m := publicName.FindStringSubmatch(rest); x.options.NewAccount && m != nil && x.movesData() &&
		mainland(m[1]+m[2]) {
		return fail("PublicEndpointForbidden").with("BucketName", x.bucket)
	}
	return nil
}

// movesData reports whether the request is about objects, or lists them; requests about the bucket itself are not.
func (x *exchange) movesData() bool {
	return x.key != "" || slices.Contains([]string{"ListObjects", "ListObjectsV2", "ListMultipartUploads",
		"DeleteMultipleObjects"}, x.action)
}

func mainland(region string) bool {
	return strings.HasPrefix(region, "cn-") && region != "cn-hongkong" && !strings.HasSuffix(region, "-internal")
}

// location is an object's address, as the request called the server.
func (x *exchange) location() string {
	path := escape(x.key, true)
	if _, bound := x.options.Domains[x.host()]; !bound && !strings.HasPrefix(x.host(), x.bucket+".") {
		path = x.bucket + "/" + path
	}
	return "http://" + x.r.Host + "/" + path
}
