package ossdev

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"hash/crc64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// parts uploads data in parts of size bytes, numbered from 1.
func parts(t testing.TB, b *aliyun.Bucket, up aliyun.InitiateMultipartUploadResult, data []byte,
	size int) []aliyun.UploadPart {
	t.Helper()
	var list []aliyun.UploadPart
	for n := 1; len(data) > 0; n++ {
		chunk := data[:min(size, len(data))]
		data = data[len(chunk):]
		list = append(list, must[aliyun.UploadPart](t)(b.UploadPart(up, bytes.NewReader(chunk), int64(len(chunk)), n)))
	}
	return list
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, s *Running, c *aliyun.Client) {
		b := open(t, c)
		data := randomBytes(7*minPart + 123)
		key := "live/ein Mitschnitt +.ts"
		up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload(key,
			aliyun.ContentType("video/mp2t"), aliyun.Meta("a", "b")))
		if up.Bucket != testBucket || up.Key != key || len(up.UploadID) != 32 {
			t.Errorf("%+v", up)
		}
		if _, _, ok := s.Object(testBucket, key); ok {
			t.Error("the object is there before it is completed")
		}
		list := parts(t, b, up, data, minPart)
		if open := s.Uploads(); len(open) != 1 || open[0].ID != up.UploadID || len(open[0].Parts) != 8 ||
			open[0].Parts[7].Size != 123 {
			t.Errorf("%+v", open)
		}
		done := must[aliyun.CompleteMultipartUploadResult](t)(b.CompleteMultipartUpload(up, list))
		h := must[http.Header](t)(b.GetObjectDetailedMeta(key))
		if !strings.HasSuffix(done.ETag, `-8"`) || done.ETag != h.Get("ETag") || done.Key != key ||
			done.Bucket != testBucket {
			t.Errorf("%+v, %s", done, h.Get("ETag"))
		}
		for name, wanted := range map[string]string{"Content-Type": "video/mp2t", "X-Oss-Meta-A": "b",
			"X-Oss-Object-Type": "Multipart",
			"Content-Md5":       "", "X-Oss-Hash-Crc64ecma": strconv.FormatUint(crc64.Checksum(data, ecma), 10)} {
			if h.Get(name) != wanted {
				t.Errorf("%s: got %q, want %q", name, h.Get(name), wanted)
			}
		}
		if got := must[[]byte](t)(os.ReadFile(filepath.Join(s.options.Dir, testBucket,
			filepath.FromSlash(key)))); !bytes.Equal(got, data) {
			t.Error("the parts were not joined to what was sent")
		}
		_, err := b.CompleteMultipartUpload(up, list)
		want(t, "complete again", err, "NoSuchUpload")
		_, err = b.UploadPart(up, strings.NewReader("x"), 1, 1)
		want(t, "a late part", err, "NoSuchUpload")
		if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Join(s.options.Dir, hidden, "uploads"))); len(left) > 0 ||
			len(s.Uploads()) > 0 {
			t.Error("the upload is still there:", left)
		}
	})
}

func TestAbort(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, s *Running, c *aliyun.Client) {
		b := open(t, c)
		up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("a"))
		parts(t, b, up, randomBytes(1000), 1000)
		want(t, "abort", b.AbortMultipartUpload(up), "")
		err := b.AbortMultipartUpload(up)
		want(t, "abort again", err, "NoSuchUpload")
		if e, ok := err.(aliyun.ServiceError); !ok || e.StatusCode != 404 || e.Ec != "0042-00000002" {
			t.Errorf("%+v", err)
		}
		_, err = b.ListUploadedParts(up)
		want(t, "list the parts", err, "NoSuchUpload")
		if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Join(s.options.Dir, hidden, "uploads"))); len(left) > 0 {
			t.Error("parts left:", left)
		}
	})
}

func TestPartRules(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("a"))
	part := func(n int) error {
		_, err := b.UploadPart(up, strings.NewReader("x"), 1, n)
		return err
	}
	want(t, "part 0", part(0), "InvalidArgument")
	want(t, "part 10001", part(10_001), "InvalidArgument")
	want(t, "part 10000", part(10_000), "")
	err := part(-1)
	if e, ok := err.(aliyun.ServiceError); !ok || e.Ec != "0017-00000220" || !strings.Contains(e.RawMessage,
		"<ArgumentValue>-1<") {
		t.Errorf("%+v", err)
	}
	another := up
	another.Key = "b" // an id belongs to its key
	_, err = b.UploadPart(another, strings.NewReader("x"), 1, 1)
	want(t, "another key", err, "NoSuchUpload")
	if e, ok := err.(aliyun.ServiceError); !ok || e.Ec != "0042-00000104" || !strings.Contains(e.RawMessage,
		"<UploadId>"+up.UploadID) {
		t.Errorf("%+v", err)
	}
	another = up
	another.UploadID = "../" + up.UploadID
	_, err = b.UploadPart(another, strings.NewReader("x"), 1, 1)
	want(t, "an id that is a path", err, "NoSuchUpload")
	_, err = b.UploadPart(up, strings.NewReader("x"), 1, 1, aliyun.ContentMD5("1B2M2Y8AsgTpgAmY7PhCfg=="))
	want(t, "MD5 of something else", err, "InvalidDigest")
	if open := s.Uploads(); len(open) != 1 || len(open[0].Parts) != 1 {
		t.Errorf("%+v", open)
	}
}

func TestCompleteRules(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	data := randomBytes(4 * minPart)
	up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("a"))
	list := parts(t, b, up, data, minPart)
	small := must[aliyun.UploadPart](t)(b.UploadPart(up, bytes.NewReader(data), minPart-1, 5))
	list = append(list, small)
	document := func(parts ...aliyun.UploadPart) string {
		text := must[[]byte](t)(xml.Marshal(struct {
			XMLName xml.Name `xml:"CompleteMultipartUpload"`
			Part    []aliyun.UploadPart
		}{Part: parts}))
		return string(text)
	}
	wrong := list[1]
	wrong.ETag = list[0].ETag
	for _, c := range []struct{ name, body, code string }{
		{"nothing", "", "MalformedXML"},
		{"not XML", "{}", "MalformedXML"},
		{"half of it", document(list...)[:60], "MalformedXML"},
		{"another document", "<Delete></Delete>", "MalformedXML"},
		{"no parts", document(), "MalformedXML"},
		{"no ETag", "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
			"MalformedXML"},
		{"no number", "<CompleteMultipartUpload><Part><ETag>x</ETag></Part></CompleteMultipartUpload>", "MalformedXML"},
		{"number 0",
			"<CompleteMultipartUpload><Part><PartNumber>0</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>",
			"InvalidArgument"},
		{"wrong order", document(list[1], list[0]), "InvalidPartOrder"},
		{"a part twice", document(list[0], list[0]), "InvalidPartOrder"},
		{"a part that was not sent", document(list[0], aliyun.UploadPart{PartNumber: 9, ETag: list[0].ETag}),
			"InvalidPart"},
		{"a wrong ETag", document(list[0], wrong), "InvalidPart"},
		{"a small part that is not the last",
			document(list[0], small, aliyun.UploadPart{PartNumber: 6, ETag: small.ETag}), "InvalidPart"},
	} {
		want(t, c.name, post(t, b, "a", up.UploadID, c.body), c.code)
	}
	last := must[aliyun.UploadPart](t)(b.UploadPart(up, strings.NewReader("end"), 3, 6))
	err := post(t, b, "a", up.UploadID, document(list[0], small, last))
	want(t, "a small part in the middle", err, "EntityTooSmall")
	if e, ok := err.(aliyun.ServiceError); !ok || e.Ec != "0042-00000213" || !strings.Contains(e.RawMessage,
		"<PartNumber>5<") ||
		!strings.Contains(e.RawMessage, "<MinSizeAllowed>102400<") || !strings.Contains(e.RawMessage,
		"<ProposedSize>102399<") {
		t.Errorf("%+v", err)
	}
	// Not all parts have to be used, and numbers may be left out. ETags may come without quotes.
	second := list[1]
	second.ETag = strings.Trim(second.ETag, `"`)
	want(t, "some of the parts", post(t, b, "a", up.UploadID, document(second, list[3], last)), "")
	wanted := append(append(bytes.Clone(data[minPart:2*minPart]), data[3*minPart:]...), "end"...)
	file, m, _ := s.Object(testBucket, "a")
	if got := must[[]byte](t)(os.ReadFile(file)); !bytes.Equal(got, wanted) || m.CRC64 != crc64.Checksum(wanted,
		ecma) || m.Parts != 3 {
		t.Errorf("other bytes, or another checksum: %+v", m)
	}
}

// post sends a Complete with any body.
func post(t testing.TB, b *aliyun.Bucket, key, id, body string) error {
	t.Helper()
	headers := map[string]string{"Content-Type": "application/xml"}
	params := map[string]interface{}{"uploadId": id}
	resp, err := b.Client.Conn.Do("POST", b.BucketName, key, params, headers, strings.NewReader(body), 0, nil)
	if err == nil {
		err = resp.Body.Close()
	}
	return err
}

func TestPartSentAgain(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("a"))
	first := must[aliyun.UploadPart](t)(b.UploadPart(up, strings.NewReader("first"), 5, 1))
	again := must[aliyun.UploadPart](t)(b.UploadPart(up, strings.NewReader("second"), 6, 1))
	_, err := b.CompleteMultipartUpload(up, []aliyun.UploadPart{first})
	want(t, "the replaced part", err, "InvalidPart")
	must[aliyun.CompleteMultipartUploadResult](t)(b.CompleteMultipartUpload(up, []aliyun.UploadPart{again}))
	body := must[io.ReadCloser](t)(b.GetObject("a"))
	if got := must[[]byte](t)(io.ReadAll(body)); string(got) != "second" {
		t.Errorf("%q", got)
	}
	if err := body.Close(); err != nil {
		t.Error(err)
	}
}

func TestListParts(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, s *Running, c *aliyun.Client) {
		b := open(t, c)
		up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("ein Film"))
		var sent []aliyun.UploadPart
		for _, n := range []int{10, 3, 7, 1, 2000} {
			sent = append(sent, must[aliyun.UploadPart](t)(b.UploadPart(up, strings.NewReader(strings.Repeat("x", n)),
				int64(n), n)))
		}
		var got []int
		for marker, pages := 0, 1; ; pages++ {
			page := must[aliyun.ListUploadedPartsResult](t)(b.ListUploadedParts(up, aliyun.MaxParts(2),
				aliyun.PartNumberMarker(marker)))
			for _, p := range page.UploadedParts {
				if p.Size != p.PartNumber || p.ETag == "" || p.LastModified.IsZero() {
					t.Errorf("%+v", p)
				}
				got = append(got, p.PartNumber)
			}
			if page.Key != "ein Film" || page.UploadID != up.UploadID || page.MaxParts != 2 {
				t.Errorf("%+v", page)
			}
			if !page.IsTruncated {
				if pages != 3 {
					t.Error("pages:", pages)
				}
				break
			}
			marker = must[int](t)(strconv.Atoi(page.NextPartNumberMarker))
		}
		if fmt.Sprint(got) != "[1 3 7 10 2000]" {
			t.Error(got)
		}
		if all := must[aliyun.ListUploadedPartsResult](t)(b.ListUploadedParts(up)); len(all.UploadedParts) != 5 ||
			all.UploadedParts[3].ETag != sent[0].ETag {
			t.Errorf("%+v", all)
		}
		_, err := b.ListUploadedParts(up, aliyun.MaxParts(1001))
		want(t, "too many", err, "InvalidArgument")
	})
}

func TestForbidOverwriteAtComplete(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("a", aliyun.ForbidOverWrite(true)))
	list := parts(t, b, up, []byte("multipart"), 100)
	put(t, b, "a", []byte("was faster"))
	_, err := b.CompleteMultipartUpload(up, list, aliyun.ForbidOverWrite(true))
	want(t, "complete", err, "FileAlreadyExists")
	_, err = b.InitiateMultipartUpload("a", aliyun.ForbidOverWrite(true))
	want(t, "initiate", err, "FileAlreadyExists")
	must[aliyun.CompleteMultipartUploadResult](t)(b.CompleteMultipartUpload(up, list))
	if _, m, _ := s.Object(testBucket, "a"); m.Size != 9 {
		t.Errorf("%+v", m)
	}
}

func TestCompleteAll(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("a"))
	data := randomBytes(2*minPart + 1)
	parts(t, b, up, data, minPart)
	resp, err := b.Client.Conn.Do("POST", b.BucketName, "a", map[string]interface{}{"uploadId": up.UploadID},
		map[string]string{"x-oss-complete-all": "yes"}, nil, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	if _, m, _ := s.Object(testBucket, "a"); m.CRC64 != crc64.Checksum(data, ecma) {
		t.Errorf("%+v", m)
	}
}

// TestUploadFile drives the SDK's own resumable upload with a checkpoint: broken off in the middle, then resumed.
func TestUploadFile(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	data := randomBytes(20*minPart + 77)
	file := filepath.Join(t.TempDir(), "film.mp4")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f := s.AddFault(Fault{Action: "UploadPart", Part: 15, Count: 1, Code: "ServiceUnavailable"})
	checkpoint := aliyun.Checkpoint(true, filepath.Join(t.TempDir(), "checkpoint"))
	want(t, "broken off", b.UploadFile("film", file, minPart, aliyun.Routines(3), checkpoint), "ServiceUnavailable")
	before := len(s.Uploads()[0].Parts)
	if f.Hits() != 1 || before == 0 || before >= 21 {
		t.Errorf("%d hits, %d parts", f.Hits(), before)
	}
	if err := b.UploadFile("film", file, minPart, aliyun.Routines(3), checkpoint); err != nil {
		t.Fatal(err)
	}
	if _, m, ok := s.Object(testBucket, "film"); !ok || m.CRC64 != crc64.Checksum(data, ecma) || m.Parts != 21 {
		t.Errorf("%+v", m)
	}
	begun := 0
	for _, r := range s.Requests() {
		if r.Action == "InitiateMultipartUpload" {
			begun++
		}
	}
	if begun != 1 {
		t.Errorf("%d uploads begun: the checkpoint was not resumed", begun)
	}
}

// TestEndRace: of many Completes and Aborts at once, one wins, and what is left is a whole object or none.
func TestEndRace(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	for range 10 {
		up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("a"))
		list := parts(t, b, up, randomBytes(minPart+1), minPart)
		var wg sync.WaitGroup
		results := make([]error, 8)
		for i := range results {
			wg.Go(func() {
				switch {
				case i%2 == 0:
					_, results[i] = b.CompleteMultipartUpload(up, append([]aliyun.UploadPart(nil), list...))
				case i%4 == 1:
					results[i] = b.AbortMultipartUpload(up)
				default:
					_, err := b.UploadPart(up, strings.NewReader("late"), 4, 3)
					if code(err) != "" && code(err) != "NoSuchUpload" {
						t.Error(err)
					}
					results[i] = fmt.Errorf("not counted")
				}
			})
		}
		wg.Wait()
		won := 0
		for i, err := range results {
			if err == nil {
				won++
			} else if i%4 != 3 {
				want(t, "a loser", err, "NoSuchUpload")
			}
		}
		if won != 1 {
			t.Errorf("%d ended the upload", won)
		}
	}
	if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Join(s.options.Dir, hidden, "uploads"))); len(left) > 0 {
		t.Error("left:", left)
	}
}
