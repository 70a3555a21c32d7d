package oss

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
)

// FuzzAnswer has something answer that may be OSS, and may be anything. Whatever comes, it is taken for a success only
// if it is one of OSS's, and what is said of it holds no secret.
func FuzzAnswer(f *testing.F) {
	type answer struct {
		status  int
		id      string
		body    string
		headers [2]string
	}
	var now atomic.Pointer[answer]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := now.Load()
		if a.id != "" {
			w.Header().Set("x-oss-request-id", a.id)
		}
		w.Header()["Date"] = []string{a.headers[0]}
		w.Header()["X-Oss-Hash-Crc64ecma"] = []string{a.headers[1]}
		w.WriteHeader(a.status)
		_, _ = w.Write([]byte(a.body)) // some answers have none
	}))
	f.Cleanup(server.Close)
	remote, err := New(Options{Endpoint: server.URL, Region: "cn-hangzhou", Bucket: bucket,
		Credentials: fixed(keyID, secret, token)})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(remote.Close)
	const xml = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	failure := xml +
		"<Error><Code>%</Code><Message>said</Message><RequestId>5C3D</RequestId><HostId>h</HostId><EC>0002-1</EC></Error>"
	for _, code := range []string{"AccessDenied", "SignatureDoesNotMatch", "RequestTimeTooSkewed",
		"SecurityTokenExpired", "NoSuchUpload", "", secret, "a\nb"} {
		f.Add(uint16(203), "5C3D", strings.Replace(failure, "%", code, 1), "Thu, 26 Nov 2026 18:00:00 GMT", "0")
	}
	f.Add(uint16(0), "5C3D", xml+
		"<InitiateMultipartUploadResult><Bucket>drops</Bucket><Key>k</Key><UploadId>0004</UploadId></InitiateMultipartUploadResult>", "", "17")
	f.Add(uint16(0), "5C3D", xml+"<CompleteMultipartUploadResult><ETag>\"B8\"</ETag></CompleteMultipartUploadResult>",
		"x", "18446744073709551616")
	f.Add(uint16(0), "5C3D", xml+
		"<ListPartsResult><UploadId>u</UploadId><NextPartNumberMarker>-1</NextPartNumberMarker><IsTruncated>true</IsTruncated>"+
		"<Part><PartNumber>99999999999</PartNumber><ETag>e</ETag><Size>-5</Size></Part></ListPartsResult>", "", "")
	f.Add(uint16(0), "", "<html>please log in</html>", "", "")
	f.Add(uint16(3), "5C3D", failure, "", "1")
	f.Add(uint16(102), "", "", "Mon, 01 Jan 0001 00:00:00 GMT", "-1")
	f.Add(uint16(300), "5C3D", "<Error><Error><Error>", "", "")
	f.Add(uint16(0), "5C3D", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Error><Code>&b;</Code></Error>`, "",
		"")
	f.Fuzz(func(t *testing.T, status uint16, id, body, date, crc string) { // status is that of HTTP, less 200
		a := &answer{status: 200 + int(status)%400, body: body, id: header(id),
			headers: [2]string{header(date), header(crc)}}
		now.Store(a)
		to := upload.Target{Bucket: bucket, Key: "k", UploadID: "u"}
		ctx := context.Background()
		for name, ask := range map[string]func() error{
			"initiate": func() error {
				_,
					err := remote.Initiate(ctx, upload.Target{Bucket: bucket, Key: "k"})
				return err
			},
			"put": func() error { _, err := remote.Put(ctx, to, strings.NewReader("content"), 7); return err },
			"part": func() error {
				_, err := remote.UploadPart(ctx, to, 1, strings.NewReader("content"),
					7)
				return err
			},
			"complete": func() error {
				_, err := remote.Complete(ctx, to, []transfer.Part{{Number: 1, ETag: `"E"`}})
				return err
			},
			"delete": func() error { return remote.Delete(ctx, to, "version") },
			"abort":  func() error { return remote.Abort(ctx, to) },
			"parts": func() error {
				stored, next, err := remote.ListParts(ctx, to, 0)
				if err == nil && next < 0 {
					t.Errorf("the next page begins at %d", next)
				}
				for _, p := range stored {
					if p.Size < 0 {
						t.Errorf("part %+v", p)
					}
				}
				return err
			},
			"uploads": func() error { _, _, err := remote.ListUploads(ctx, to); return err },
			"head":    func() error { _, _, err := remote.Head(ctx, to); return err },
		} {
			err := ask()
			var e *transfer.Error
			switch {
			case err == nil && (a.id == "" || a.status >= 300 && a.status != 404):
				t.Errorf("%s takes HTTP %d with request id %q for a success", name, a.status, a.id)
			case err != nil && !errors.As(err, &e):
				t.Errorf("%s: %T %v", name, err, err)
			case err != nil && (strings.Contains(e.Error(), secret) || strings.Contains(e.Error(), token) ||
				strings.Contains(e.Error(), keyID)):
				t.Errorf("%s tells a secret: %v", name, e)
			case err != nil && len(e.Message) > maxError:
				t.Errorf("%s: %d bytes of message", name, len(e.Message))
			}
		}
	})
}

// header is what of a text can be sent in a header.
func header(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s))
}
