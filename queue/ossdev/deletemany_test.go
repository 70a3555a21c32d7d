package ossdev

import (
	"fmt"
	"testing"

	v2 "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func TestDeleteMany(t *testing.T) {
	t.Parallel()
	eachSignature(t, Options{}, func(s *Running, c sdk) {
		objects := []v2.DeleteObject{{Key: v2.Ptr("none")}}
		for _, key := range []string{"a", "b/ä&<>", "c"} {
			c.put(key, "x", nil)
			objects = append(objects, v2.DeleteObject{Key: v2.Ptr(key)})
		}
		r, err := c.DeleteMultipleObjects(c.ctx, &v2.DeleteMultipleObjectsRequest{Bucket: c.b, Objects: objects[:3]})
		if c.ok(err); len(r.DeletedObjects) != 3 || *r.DeletedObjects[2].Key != "b/ä&<>" {
			c.t.Errorf("%+v", r.DeletedObjects)
		}
		r, err = c.DeleteMultipleObjects(c.ctx, &v2.DeleteMultipleObjectsRequest{Bucket: c.b, Objects: objects[3:],
			Quiet: true})
		if c.ok(err); len(r.DeletedObjects) != 0 {
			c.t.Errorf("quietly: %+v", r.DeletedObjects)
		}
		if keys, err := s.st.keys(testBucket); err != nil || len(keys) != 0 {
			c.t.Errorf("left: %q, %v", keys, err)
		}
		var many []v2.DeleteObject
		for i := range maxDelete + 1 {
			many = append(many, v2.DeleteObject{Key: v2.Ptr(fmt.Sprint(i))})
		}
		_, err = c.DeleteMultipleObjects(c.ctx, &v2.DeleteMultipleObjectsRequest{Bucket: c.b, Objects: many})
		c.refused(err, "MalformedXML", 400)
	})
}
