package config

import (
	"fmt"
	"regexp"
	"strings"

	"inboxfs/queue/endpoint"
)

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)
	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z0-9]+)+$`)
)

// RegionID is the region, from the endpoint if it is not set. It is empty where the endpoint does not tell it: a domain
// of one's own, the acceleration endpoints, and those of the finance and government clouds.
func (o OSS) RegionID() string {
	if o.Region != "" || o.Endpoint == "" {
		return o.Region
	}
	at, err := endpoint.Parse(o.Endpoint)
	if err != nil {
		return "" // which is said of the endpoint
	}
	return at.Region
}

func checkEndpoint(text string) error {
	if text == "" {
		return nil
	}
	_, err := endpoint.Parse(text)
	return err
}

// check returns the key that is wrong, or does not go with the others.
func (o OSS) check() (string, error) {
	if o.Endpoint == "" {
		return "", nil
	}
	at, err := endpoint.Parse(o.Endpoint)
	switch {
	case err != nil:
		return "oss.endpoint", err
	case at.Whole() != "":
		return "oss.endpoint", fmt.Errorf("%q is the name of a region; write oss.endpoint = %q", o.Endpoint, at.Whole())
	case at.Bucket == "s3":
		return "oss.endpoint", fmt.Errorf("%q is for clients that speak S3; write %s", o.Endpoint, at.Bare())
	case strings.HasSuffix(at.Bucket, ".s3") && bucketName.MatchString(strings.TrimSuffix(at.Bucket, ".s3")):
		return "oss.endpoint",
			fmt.Errorf("%q is for clients that speak S3, and has a bucket in it; "+
				"write oss.endpoint = %q and oss.bucket = %q",
				o.Endpoint, at.Bare(), strings.TrimSuffix(at.Bucket, ".s3"))
	case at.Bucket != "" && !bucketName.MatchString(at.Bucket):
		return "oss.endpoint",
			fmt.Errorf("%q has more than an endpoint in it, and %q can be no bucket; write oss.endpoint = %q",
				o.Endpoint, at.Bucket, at.Bare())
	case at.Bucket != "":
		return "oss.endpoint", fmt.Errorf("%q has a bucket in it; write oss.endpoint = %q and oss.bucket = %q",
			o.Endpoint, at.Bare(), at.Bucket)
	case o.CNAME && at.Kind == endpoint.Local && at.PathStyle():
		return "oss.cname", fmt.Errorf("is true, but oss.endpoint is %s; a domain that is bound to a bucket has a name",
			at.Name)
	case o.CNAME && at.Kind != endpoint.Own && at.Kind != endpoint.Local:
		return "oss.cname",
			fmt.Errorf("is true, but %s is an endpoint of Alibaba Cloud's, not a domain that is bound to a bucket; "+
				"set one of the two right", at.Name)
	}
	return "", nil
}

func checkRegion(region string) error {
	id, internal := strings.CutSuffix(strings.TrimPrefix(region, "oss-"), "-internal")
	switch {
	case region == "" || id == region && regionName.MatchString(region):
		return nil
	case id != region && regionName.MatchString(id):
		text := fmt.Sprintf("%q is the name of an endpoint; the region is %s", region, id)
		if internal {
			text += ", also where oss.endpoint is the internal one"
		}
		return fmt.Errorf("%s", text)
	}
	return fmt.Errorf("%q is not a region; write it as in the console, such as cn-hangzhou", region)
}

func checkBucket(bucket string) error {
	if bucket == "" || bucketName.MatchString(bucket) {
		return nil
	}
	return fmt.Errorf("%q cannot be a bucket; its name has 3 to 63 small letters, digits and hyphens, "+
		"without a hyphen at either end", bucket)
}
