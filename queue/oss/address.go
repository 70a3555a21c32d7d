package oss

import (
	"fmt"
	"net/url"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
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
