package ossdev

import (
	"fmt"
	"strings"
	"testing"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// line shows a page: keys, then prefixes in brackets.
func line(objects []aliyun.ObjectProperties, prefixes []string) string {
	var all []string
	for _, o := range objects {
		all = append(all, o.Key)
	}
	for _, p := range prefixes {
		all = append(all, "["+p+"]")
	}
	return strings.Join(all, " ")
}

func TestListObjects(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, s *Running, c *aliyun.Client) {
		b := open(t, c)
		for _, key := range []string{"b/1", "a", "b/2", "c/d/3", "c/e", "z"} {
			put(t, b, key, []byte(key))
		}
		for _, c := range []struct {
			options []aliyun.Option
			want    string
			next    string
		}{
			{nil, "a b/1 b/2 c/d/3 c/e z", ""},
			{[]aliyun.Option{aliyun.Prefix("b/")}, "b/1 b/2", ""},
			{[]aliyun.Option{aliyun.Prefix("none")}, "", ""},
			{[]aliyun.Option{aliyun.Marker("b/1")}, "b/2 c/d/3 c/e z", ""},
			{[]aliyun.Option{aliyun.Prefix("c"), aliyun.Marker("a")}, "c/d/3 c/e", ""},
			{[]aliyun.Option{aliyun.MaxKeys(2)}, "a b/1", "b/1"},
			{[]aliyun.Option{aliyun.MaxKeys(6)}, "a b/1 b/2 c/d/3 c/e z", ""},
			{[]aliyun.Option{aliyun.Delimiter("/")}, "a z [b/] [c/]", ""},
			{[]aliyun.Option{aliyun.Delimiter("/"), aliyun.MaxKeys(2)}, "a [b/]", "b/"},
			{[]aliyun.Option{aliyun.Delimiter("/"), aliyun.MaxKeys(2), aliyun.Marker("b/")}, "z [c/]", ""},
			{[]aliyun.Option{aliyun.Delimiter("/"), aliyun.Prefix("c/")}, "c/e [c/d/]", ""},
		} {
			page := must[aliyun.ListObjectsResult](t)(b.ListObjects(c.options...))
			if got := line(page.Objects, page.CommonPrefixes); got != c.want || page.NextMarker != c.next ||
				page.IsTruncated != (c.next != "") {
				t.Errorf("got %q and then %q, want %q and %q", got, page.NextMarker, c.want, c.next)
			}
		}
		all := must[aliyun.ListObjectsResult](t)(b.ListObjects())
		if o := all.Objects[0]; o.Size != 1 || o.Type != "Normal" || o.ETag == "" || o.StorageClass != "Standard" ||
			o.LastModified.IsZero() {
			t.Errorf("%+v", o)
		}
		var got []string
		token := ""
		for {
			page := must[aliyun.ListObjectsResultV2](t)(b.ListObjectsV2(aliyun.MaxKeys(4), aliyun.StartAfter("a"),
				aliyun.ContinuationToken(token)))
			got = append(got, line(page.Objects, page.CommonPrefixes))
			if !page.IsTruncated {
				break
			}
			token = page.NextContinuationToken
		}
		if fmt.Sprint(got) != "[b/1 b/2 c/d/3 c/e z]" || len(got) != 2 {
			t.Errorf("%q", got)
		}
		_, err := b.ListObjects(aliyun.MaxKeys(1001))
		want(t, "too many", err, "InvalidArgument")
	})
}

func TestListMultipartUploads(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, s *Running, c *aliyun.Client) {
		b := open(t, c)
		for _, key := range []string{"a", "b", "b", "b", "c/1", "c/2"} {
			must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload(key))
		}
		seen := map[string]int{}
		key, id := "", ""
		for pages := 1; ; pages++ {
			page := must[aliyun.ListMultipartUploadResult](t)(b.ListMultipartUploads(aliyun.MaxUploads(2),
				aliyun.KeyMarker(key), aliyun.UploadIDMarker(id)))
			for _, u := range page.Uploads {
				seen[u.Key]++
				if u.Initiated.IsZero() || len(u.UploadID) != 32 {
					t.Errorf("%+v", u)
				}
			}
			if key, id = page.NextKeyMarker, page.NextUploadIDMarker; !page.IsTruncated {
				if pages != 3 {
					t.Error("pages:", pages)
				}
				break
			}
		}
		if fmt.Sprint(seen) != "map[a:1 b:3 c/1:1 c/2:1]" {
			t.Error(seen)
		}
		page := must[aliyun.ListMultipartUploadResult](t)(b.ListMultipartUploads(aliyun.KeyMarker("b")))
		if len(page.Uploads) != 2 || page.Uploads[0].Key != "c/1" {
			t.Errorf("after a key: %+v", page.Uploads)
		}
		page = must[aliyun.ListMultipartUploadResult](t)(b.ListMultipartUploads(aliyun.Prefix("c/")))
		if len(page.Uploads) != 2 {
			t.Errorf("with a prefix: %+v", page.Uploads)
		}
		page = must[aliyun.ListMultipartUploadResult](t)(b.ListMultipartUploads(aliyun.Delimiter("/")))
		if len(page.Uploads) != 4 || fmt.Sprint(page.CommonPrefixes) != "[c/]" {
			t.Errorf("with a delimiter: %+v", page)
		}
	})
}
