package ossdev

import "encoding/xml"

// getBucketStat counts the bucket as it is. OSS counts once an hour or so.
func (x *exchange) getBucketStat() (*answer, error) {
	if err := x.needBucket(); err != nil {
		return nil, err
	}
	keys, err := x.st.keys(x.bucket)
	if err != nil {
		return nil, err
	}
	result := struct {
		XMLName              xml.Name `xml:"BucketStat"`
		Storage              int64
		ObjectCount          int64
		MultipartUploadCount int64
		LiveChannelCount     int64
		LastModifiedTime     int64
		StandardStorage      int64
		StandardObjectCount  int64
	}{MultipartUploadCount: int64(len(x.uploads.all(x.bucket))), LastModifiedTime: x.now.Unix()}
	for _, key := range keys {
		m, ok, err := x.st.stat(x.bucket, key)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		result.Storage += m.Size
		result.ObjectCount++
		if m.class() == "Standard" {
			result.StandardStorage += m.Size
			result.StandardObjectCount++
		}
	}
	return &answer{xml: &result}, nil
}
