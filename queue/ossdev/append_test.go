package ossdev

import (
	"strings"
	"testing"

	v2 "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func TestAppend(t *testing.T) {
	t.Parallel()
	eachSignature(t, Options{}, func(_ *Running, c sdk) {
		add := func(key, text string, at int64) (*v2.AppendObjectResult, error) {
			return c.AppendObject(c.ctx, &v2.AppendObjectRequest{Bucket: c.b, Key: v2.Ptr(key), Position: v2.Ptr(at),
				Body: strings.NewReader(text)})
		}
		first, err := add("log", "one,", 0)
		if c.ok(err); first.NextPosition != 4 {
			c.t.Errorf("%+v", first)
		}
		_, err = add("log", "two", 3)
		c.refused(err, "PositionNotEqualToLength", 409)
		second, err := add("log", "two", 4)
		c.ok(err)
		text, r := c.get("log")
		if text != "one,two" || *r.ObjectType != "Appendable" || *second.HashCRC64 != *r.HashCRC64 ||
			second.NextPosition != 7 {
			c.t.Errorf("%q, %+v", text, r)
		}
		c.put("plain", "x", nil)
		_, err = add("plain", "y", 1)
		c.refused(err, "ObjectNotAppendable", 409)
		_, err = add("none", "y", 1)
		c.refused(err, "PositionNotEqualToLength", 409)
	})
}
