package oss

import (
	"fmt"
	"net/url"
	"strings"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"

	"inboxfs/queue/endpoint"
)

// Address is where requests about objects of the bucket go, such as https://my-bucket.oss-cn-hangzhou.aliyuncs.com:
// which proxy they take goes by that.
func (r *Remote) Address() (*url.URL, error) {
	client, err := aliyun.New(r.at.URL, "none", "none", r.settings...) // nothing is sent
	if err != nil {
		return nil, fmt.Errorf("the address of the bucket: %w", err)
	}
	bucket, err := client.Bucket(r.o.Bucket)
	if err != nil {
		return nil, fmt.Errorf("the address of the bucket: %w", err)
	}
	signed, err := bucket.SignURL("x", aliyun.HTTPHead, 60)
	if err != nil {
		return nil, fmt.Errorf("the address of the bucket: %w", err)
	}
	u, err := url.Parse(signed)
	if err != nil {
		return nil, fmt.Errorf("the address of the bucket: %w", err)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// HostOf is where requests go for which a server gave endpoint and bucket. As in the upload SDKs for phones, only OSS's
// own hosts have the bucket put before them: any other is a domain that is bound to the bucket, and has it in front
// already or not at all.
func HostOf(at, bucket string) (host string, cname bool, err error) {
	e, err := endpoint.Parse(at)
	switch {
	case err != nil:
		return "", false, fmt.Errorf("the Endpoint of the UploadAddress %w", err)
	case e.Kind == endpoint.Own:
		return at, true, nil
	case e.Bucket == "":
		return at, false, nil
	case e.Bucket != bucket:
		return "", false, fmt.Errorf("the Endpoint of the UploadAddress is of the bucket %q, and its Bucket is %q",
			e.Bucket, bucket)
	}
	return strings.Replace(e.URL, e.Name, e.Bare(), 1), false, nil
}
