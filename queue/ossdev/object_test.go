package ossdev

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"hash/crc64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// versions runs a test with both signatures.
func versions(t *testing.T, run func(t *testing.T, s *Running, c *aliyun.Client)) {
	for name, version := range map[string]aliyun.AuthVersionType{"V1": aliyun.AuthV1, "V4": aliyun.AuthV4} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, Options{})
			run(t, s, client(t, s, aliyun.AuthVersion(version)))
		})
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, s *Running, c *aliyun.Client) {
		b := open(t, c)
		data := randomBytes(300_000)
		key := "clips/ein Film + 100%/ü#?&.mp4"
		put(t, b, key, data, aliyun.ContentType("video/mp4"), aliyun.Meta("Title", "Ein Film"),
			aliyun.CacheControl("no-cache"),
			aliyun.ContentDisposition("attachment"), aliyun.ObjectStorageClass(aliyun.StorageIA))

		onDisk := must[[]byte](t)(os.ReadFile(filepath.Join(s.options.Dir, testBucket, filepath.FromSlash(key))))
		if !bytes.Equal(onDisk, data) {
			t.Error("the plain file has other bytes than were put")
		}
		h := must[http.Header](t)(b.GetObjectDetailedMeta(key))
		sum := md5.Sum(data)
		for name, wanted := range map[string]string{
			"Content-Type": "video/mp4", "X-Oss-Meta-Title": "Ein Film", "Cache-Control": "no-cache",
			"Content-Disposition": "attachment",
			"X-Oss-Storage-Class": "IA", "X-Oss-Object-Type": "Normal", "Content-Length": "300000",
			"Accept-Ranges": "bytes",
			"Etag":          fmt.Sprintf(`"%X"`, sum), "Content-Md5": base64.StdEncoding.EncodeToString(sum[:]),
			"X-Oss-Hash-Crc64ecma": strconv.FormatUint(crc64.Checksum(data, crc64.MakeTable(crc64.ECMA)), 10),
		} {
			if h.Get(name) != wanted {
				t.Errorf("%s: got %q, want %q", name, h.Get(name), wanted)
			}
		}
		if id := h.Get("X-Oss-Request-Id"); len(id) != 24 || strings.Trim(id, "0123456789ABCDEF") != "" {
			t.Errorf("request id %q", id)
		}
		if _, err := strconv.Atoi(h.Get("X-Oss-Server-Time")); err != nil {
			t.Error("x-oss-server-time:", err)
		}

		body := must[io.ReadCloser](t)(b.GetObject(key))
		got := must[[]byte](t)(io.ReadAll(body))
		if err := body.Close(); err != nil || !bytes.Equal(got, data) {
			t.Error("got other bytes than were put", err)
		}
		meta := must[http.Header](t)(b.GetObjectMeta(key))
		if meta.Get("Content-Length") != "300000" || meta.Get("Content-Type") == "video/mp4" {
			t.Error("GetObjectMeta:", meta)
		}
		if file, m, ok := s.Object(testBucket, key); !ok || m.Size != 300_000 || m.Key != key ||
			!strings.HasSuffix(file, filepath.FromSlash(key)) {
			t.Error("Object:", file, m, ok)
		}

		for range 2 { // deleting what is not there is fine
			if err := b.DeleteObject(key); err != nil {
				t.Fatal(err)
			}
		}
		_, err := b.GetObject(key)
		want(t, "get a deleted object", err, "NoSuchKey")
		if exists := must[bool](t)(b.IsObjectExist(key)); exists {
			t.Error("a deleted object still exists")
		}
		_, err = b.GetObjectDetailedMeta(key)
		want(t, "head a deleted object", err, "NoSuchKey") // from the x-oss-err header
		if _, err := os.Stat(filepath.Join(s.options.Dir, testBucket, "clips")); !os.IsNotExist(err) {
			t.Error("an empty folder stayed:", err)
		}
	})
}

func TestEmptyAndChunked(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	put(t, b, "empty", nil)
	if err := b.PutObject("chunked", io.MultiReader(strings.NewReader("no length known"))); err != nil {
		t.Fatal(err)
	}
	for key, size := range map[string]int64{"empty": 0, "chunked": 15} {
		if _, m, ok := s.Object(testBucket, key); !ok || m.Size != size {
			t.Errorf("%s: %+v %v", key, m, ok)
		}
	}
}

func TestRange(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	put(t, b, "digits", []byte("0123456789"))
	for _, c := range []struct {
		header, standard, got, code string
	}{
		{"bytes=2-4", "", "234", ""},
		{"bytes=7-", "", "789", ""},
		{"bytes=-3", "", "789", ""},
		{"bytes=-30", "", "0123456789", ""},
		{"bytes=5-100", "", "0123456789", ""}, // not a range that OSS takes: the whole object
		{"bytes=20-30", "", "0123456789", ""},
		{"bytes=4-2", "", "0123456789", ""},
		{"lines=1-2", "", "0123456789", ""},
		{"bytes=20-30", "standard", "", "InvalidRange"},
	} {
		options := []aliyun.Option{aliyun.NormalizedRange(strings.TrimPrefix(c.header, "bytes="))}
		options = append(options, aliyun.SetHeader("Range", c.header))
		if c.standard != "" {
			options = append(options, aliyun.RangeBehavior(c.standard))
		}
		body, err := b.GetObject("digits", options...)
		want(t, c.header, err, c.code)
		if err != nil {
			continue
		}
		got := must[[]byte](t)(io.ReadAll(body))
		if err := body.Close(); err != nil || string(got) != c.got {
			t.Errorf("%s: got %q, want %q (%v)", c.header, got, c.got, err)
		}
	}
}

func TestPutRules(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	c := client(t, s)
	b := open(t, c)
	put(t, b, "there", []byte("first"))
	data := func() io.Reader { return strings.NewReader("some bytes") }
	sum := md5.Sum([]byte("some bytes"))
	right := base64.StdEncoding.EncodeToString(sum[:])
	other := base64.StdEncoding.EncodeToString(make([]byte, 16))

	want(t, "right MD5", b.PutObject("x", data(), aliyun.ContentMD5(right)), "")
	want(t, "wrong MD5", b.PutObject("y", data(), aliyun.ContentMD5(other)), "InvalidDigest")
	want(t, "no MD5", b.PutObject("y", data(), aliyun.ContentMD5("abc")), "InvalidDigest")
	want(t, "storage class", b.PutObject("y", data(), aliyun.SetHeader("x-oss-storage-class", "Cheap")),
		"InvalidArgument")
	for name, value := range map[string]string{"X-Oss-Object-Acl": "world", "X-Oss-Server-Side-Data-Encryption": "SM4",
		"X-Oss-Server-Side-Encryption-Key-Id": "k", "X-Oss-Storage-Class": ""} {
		want(t, name, b.PutObject("y", data(), aliyun.SetHeader(name, value)), "InvalidArgument")
	}
	want(t, "encryption", b.PutObject("y", data(), aliyun.SetHeader("X-Oss-Server-Side-Encryption", "DES")),
		"InvalidEncryptionAlgorithmError")
	for _, tagging := range []string{"a=1&a=2", "aa=bb=cc", "a=%C3%A4", "=1", "a&b&c&d&e&f&g&h&i&j&k",
		strings.Repeat("k", 129)} {
		want(t, tagging, b.PutObject("y", data(), aliyun.SetHeader("X-Oss-Tagging", tagging)), "InvalidTag")
	}
	want(t, "settings", b.PutObject("z", data(), aliyun.SetHeader("X-Oss-Tagging", "a=1&b=x%20y"),
		aliyun.SetHeader("X-Oss-Object-Acl", "private"),
		aliyun.SetHeader("X-Oss-Server-Side-Encryption", "KMS"), aliyun.SetHeader("X-Oss-Server-Side-Encryption-Key-Id",
			"k")), "")
	if _, m, _ := s.Object(testBucket, "z"); m.Header["X-Oss-Object-Acl"] != "private" ||
		m.Header["X-Oss-Tagging"] != "a=1&b=x%20y" {
		t.Errorf("kept %v", m.Header)
	}
	if h := must[http.Header](t)(b.GetObjectDetailedMeta("z")); h.Get("X-Oss-Object-Acl") != "" ||
		h.Get("X-Oss-Tagging-Count") != "2" ||
		h.Get("X-Oss-Server-Side-Encryption-Key-Id") != "k" {
		t.Errorf("HEAD shows %v", h)
	}
	want(t, "metadata name", b.PutObject("y", data(), aliyun.Meta("a_b", "1")), "InvalidArgument")
	want(t, "metadata size", b.PutObject("y", data(), aliyun.Meta("a", strings.Repeat("x", 8200))), "InvalidArgument")
	want(t, "callback", b.PutObject("y", data(), aliyun.Callback("e30=")), "InvalidArgument")
	want(t, "overwrite", b.PutObject("there", data(), aliyun.ForbidOverWrite(true)), "FileAlreadyExists")
	want(t, "forbid on a new one", b.PutObject("new", data(), aliyun.ForbidOverWrite(true)), "")
	if _, _, ok := s.Object(testBucket, "y"); ok {
		t.Error("a refused put left an object")
	}
	if text := must[[]byte](t)(os.ReadFile(filepath.Join(s.options.Dir, testBucket, "there"))); string(
		text) != "first" {
		t.Errorf("overwritten: %q", text)
	}

	nowhere := must[*aliyun.Bucket](t)(c.Bucket("nowhere"))
	want(t, "no bucket", nowhere.PutObject("x", data()), "NoSuchBucket")
	_, err := nowhere.GetObject("x")
	want(t, "no bucket", err, "NoSuchBucket")
	want(t, "bucket name", c.CreateBucket("ab"), "bucket name ab len is between [3-63],now is 2") // the SDK looks, too
	want(t, "long key", b.PutObject(strings.Repeat("k", 1024), data()), "InvalidObjectName")
	want(t, "longest key", b.PutObject(strings.Repeat("k", 1023), data()), "")
	if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Join(s.options.Dir, hidden, "tmp"))); len(left) > 0 {
		t.Error("temporary files left:", left)
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	put(t, b, "x", []byte("x"))
	etag := must[http.Header](t)(b.GetObjectMeta("x")).Get("ETag")
	_, err := b.GetObject("x", aliyun.IfMatch(etag))
	want(t, "if-match", err, "")
	_, err = b.GetObject("x", aliyun.IfMatch(`"other"`))
	want(t, "if-match another", err, "PreconditionFailed")
	_, err = b.GetObject("x", aliyun.IfNoneMatch(etag))
	if err == nil || !strings.Contains(err.Error(), "304") {
		t.Error("if-none-match:", err)
	}
}

func TestBucket(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, s *Running, c *aliyun.Client) {
		if err := c.CreateBucket("second"); err != nil {
			t.Fatal(err)
		}
		info := must[aliyun.GetBucketInfoResult](t)(c.GetBucketInfo("second"))
		if i := info.BucketInfo; i.Name != "second" || i.Location != "oss-cn-hangzhou" || i.ACL != "private" ||
			i.CreationDate.IsZero() || i.Owner.ID == "" {
			t.Errorf("%+v", i)
		}
		if place := must[string](t)(c.GetBucketLocation("second")); place != "oss-cn-hangzhou" {
			t.Error(place)
		}
		if !must[bool](t)(c.IsBucketExist("second")) {
			t.Error("it does not exist")
		}
		if list := must[aliyun.ListBucketsResult](t)(c.ListBuckets()); len(list.Buckets) != 2 ||
			list.Buckets[1].Name != "second" {
			t.Errorf("%+v", list)
		}
		_, err := c.GetBucketLifecycle("second")
		want(t, "lifecycle", err, "NoSuchLifecycle")
		_, err = c.GetBucketInfo("third")
		want(t, "info of none", err, "NoSuchBucket")

		b := must[*aliyun.Bucket](t)(c.Bucket("second"))
		put(t, b, "a", nil)
		want(t, "delete a full one", c.DeleteBucket("second"), "BucketNotEmpty")
		if err := b.DeleteObject("a"); err != nil {
			t.Fatal(err)
		}
		want(t, "delete it", c.DeleteBucket("second"), "")
		want(t, "delete it again", c.DeleteBucket("second"), "NoSuchBucket")
	})
}
