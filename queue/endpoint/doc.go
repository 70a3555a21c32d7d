// Package endpoint knows the names under which OSS answers, and what each of them tells.
//
//	oss-cn-hangzhou.aliyuncs.com             Public       of a region
//	oss-cn-hangzhou-internal.aliyuncs.com    Internal     the same, inside Alibaba Cloud (classic network and VPC)
//	vpc100-oss-cn-hangzhou.aliyuncs.com      Internal     of older VPCs
//	ep-1.oss.cn-hangzhou.privatelink.aliyuncs.com   Internal   of a VPC's own interface (PrivateLink)
//	cn-hangzhou.oss.aliyuncs.com             DualStack    IPv4 and IPv6
//	cn-hangzhou-internal.oss.aliyuncs.com    Internal     likewise
//	oss-accelerate.aliyuncs.com              Accelerate   of all regions: the name does not tell which
//	oss-accelerate-overseas.aliyuncs.com     Accelerate
//	media.example.com                        Own          a domain that is bound to a bucket, or another service's
//	localhost, 127.0.0.1                     Local
//
// A bucket is addressed as bucket.NAME, as NAME/bucket where that is Local, and by the name alone where that is Own and
// bound to it.
package endpoint
