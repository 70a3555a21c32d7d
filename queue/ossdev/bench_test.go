package ossdev

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// BenchmarkUploadPart sends parts of 8 MiB; the client sums nothing.
func BenchmarkUploadPart(b *testing.B) {
	for _, fast := range []bool{false, true} {
		b.Run(map[bool]string{false: "MD5", true: "FastETag"}[fast], func(b *testing.B) {
			s := start(b, Options{FastETag: fast})
			bucket := bucketOf(b, s, aliyun.EnableCRC(false))
			up := must[aliyun.InitiateMultipartUploadResult](b)(bucket.InitiateMultipartUpload("a"))
			data := randomBytes(8 << 20)
			var last atomic.Int64
			b.SetBytes(int64(len(data)))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					// A few numbers over and over, so that the disk does not fill.
					if _, err := bucket.UploadPart(up, bytes.NewReader(data), int64(len(data)), int(last.Add(1)%8)+
						1); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// BenchmarkComplete joins 32 parts of 8 MiB.
func BenchmarkComplete(b *testing.B) {
	s := start(b, Options{FastETag: true})
	bucket := bucketOf(b, s, aliyun.EnableCRC(false))
	data := randomBytes(256 << 20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		b.StopTimer()
		up := must[aliyun.InitiateMultipartUploadResult](b)(bucket.InitiateMultipartUpload("a"))
		list := parts(b, bucket, up, data, 8<<20)
		b.StartTimer()
		must[aliyun.CompleteMultipartUploadResult](b)(bucket.CompleteMultipartUpload(up, list))
	}
}

// BenchmarkPutSmall puts objects of 16 KiB, 16 at a time.
func BenchmarkPutSmall(b *testing.B) {
	s := start(b, Options{})
	bucket := bucketOf(b, s)
	data := randomBytes(16 << 10)
	var n atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := bucket.PutObject(fmt.Sprintf("d%d/%d", n.Add(1)%100, n.Add(1)),
				bytes.NewReader(data)); err != nil {
				b.Error(err)
			}
		}
	})
}
