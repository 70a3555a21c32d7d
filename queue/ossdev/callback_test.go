package ossdev

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	v2 "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func TestCallback(t *testing.T) {
	t.Parallel()
	eachSignature(t, Options{}, func(s *Running, c sdk) {
		type call struct{ kind, body, host string }
		calls := make(chan call, 10)
		back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				c.t.Error(err)
			}
			calls <- call{r.Header.Get("Content-Type"), string(body), r.Host}
			switch r.URL.Path {
			case "/ok":
				fmt.Fprint(w, `{"Status":"OK"}`)
			case "/page":
				fmt.Fprint(w, `<html>`)
			default:
				w.WriteHeader(http.StatusBadGateway)
			}
		}))
		c.t.Cleanup(back.Close)
		encode := func(v any) *string {
			text, err := json.Marshal(v)
			c.ok(err)
			return v2.Ptr(base64.StdEncoding.EncodeToString(text))
		}
		type m map[string]string
		put := func(callback, vars *string) (*v2.PutObjectResult, error) {
			return c.PutObject(c.ctx, &v2.PutObjectRequest{Bucket: c.b, Key: v2.Ptr("ä.mp4"),
				Body: strings.NewReader("four"), ContentType: v2.Ptr("video/mp4"), Callback: callback,
				CallbackVar: vars})
		}
		r, err := put(encode(m{"callbackUrl": back.URL + "/gone;" + back.URL + "/ok", "callbackHost": "app.example",
			"callbackBody": "bucket=${bucket}&object=${object}&size=${size}&mine=${x:mine}&none=${none}"}),
			encode(m{"x:mine": "a b"}))
		c.ok(err)
		if <-calls; r.CallbackResult["Status"] != "OK" {
			c.t.Errorf("%+v", r)
		}
		if got := <-calls; got != (call{"application/x-www-form-urlencoded",
			"bucket=holiday&object=%C3%A4.mp4&size=4&mine=a+b&none=", "app.example"}) {
			c.t.Errorf("%+v", got)
		}
		_, err = put(
			encode(m{"callbackUrl": back.URL + "/ok", "callbackBody": `{"o":${object},"n":${size},"t":${mimeType}}`,
				"callbackBodyType": "application/json"}), nil)
		c.ok(err)
		if got := <-calls; got.body != `{"o":"ä.mp4","n":4,"t":"video/mp4"}` || got.kind != "application/json" {
			c.t.Errorf("%+v", got)
		}

		for _, path := range []string{"/gone", "/page"} {
			_, err = put(encode(m{"callbackUrl": back.URL + path, "callbackBody": "x"}), nil)
			c.refused(err, "CallbackFailed", 203)
			<-calls
		}
		_, err = put(encode(m{"callbackUrl": "http://127.0.0.1:1", "callbackBody": "x"}), nil)
		c.refused(err, "CallbackFailed", 203)
		if text, _ := c.get("ä.mp4"); text != "four" {
			c.t.Error("it is not stored all the same")
		}

		for name, callback := range map[string]*string{"no base64": v2.Ptr("%"), "no JSON": v2.Ptr("eA=="),
			"no url": encode(m{"callbackBody": "x"}), "no body": encode(m{"callbackUrl": back.URL}),
			"a type":        encode(m{"callbackUrl": back.URL, "callbackBody": "x", "callbackBodyType": "text/html"}),
			"six addresses": encode(m{"callbackUrl": strings.Repeat(back.URL+";", 5) + back.URL, "callbackBody": "x"}),
			"long":          encode(m{"callbackUrl": back.URL, "callbackBody": strings.Repeat("x", 4<<10)}),
			"SNI":           encode(m{"callbackUrl": back.URL, "callbackBody": "x", "callbackSNI": "yes"})} {
			if _, err := put(callback, nil); codeOf(err) != "InvalidArgument" {
				c.t.Errorf("%s: %v", name, err)
			}
		}
		_, err = put(encode(m{"callbackUrl": back.URL, "callbackBody": "x"}),
			encode(m{"x:mine": strings.Repeat("x", 4<<10)}))
		if e := c.refused(err, "InvalidArgument", 400); e.EC != "0007-00000101" {
			c.t.Errorf("EC %q", e.EC)
		}
		_, err = put(encode(m{"callbackUrl": back.URL, "callbackBody": "x"}), encode(m{"mine": "a"}))
		c.refused(err, "InvalidArgument", 400)

		begun, err := c.InitiateMultipartUpload(c.ctx, &v2.InitiateMultipartUploadRequest{Bucket: c.b,
			Key: v2.Ptr("parts")})
		c.ok(err)
		part, err := c.UploadPart(c.ctx, &v2.UploadPartRequest{Bucket: c.b, Key: v2.Ptr("parts"),
			UploadId: begun.UploadId, PartNumber: 1, Body: strings.NewReader("y")})
		c.ok(err)
		done, err := c.CompleteMultipartUpload(c.ctx, &v2.CompleteMultipartUploadRequest{Bucket: c.b,
			Key: v2.Ptr("parts"), UploadId: begun.UploadId,
			Callback: encode(m{"callbackUrl": back.URL + "/ok", "callbackBody": "etag=${etag}"}),
			CompleteMultipartUpload: &v2.CompleteMultipartUpload{
				Parts: []v2.UploadPart{{PartNumber: 1, ETag: part.ETag}}}})
		if c.ok(err); done.CallbackResult["Status"] != "OK" || !strings.HasPrefix((<-calls).body, "etag=") ||
			len(s.Uploads()) != 0 {
			c.t.Errorf("%+v", done)
		}
	})
}
