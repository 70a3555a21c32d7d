package ossdev

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

func TestUploadVideo(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	a := owner1.call(t, s.URL, "CreateUploadVideo", "Title", "Ein Film", "FileName", `C:\films\a.b.MP4`, "Tags", "a,b",
		"CateId", "7")
	a.wantCode(t, "create", 200, "")
	b, to, with := a.open(t)
	if to != (address{s.URL, "vod-media", "video/" + a.VideoID + ".mp4"}) || len(a.VideoID) != 32 {
		t.Errorf("%+v", to)
	}
	at, err := time.Parse(time.RFC3339, with.ExpireUTCTime)
	if left := time.Until(at); err != nil || left > 3000*time.Second || left < 2990*time.Second ||
		with.Expiration != "3000" || with.Region != testRegion {
		t.Errorf("%+v %v", with, err)
	}
	m := s.Media()[0]
	m.Created = time.Time{}
	if want := (Media{ID: a.VideoID, Type: "video", Title: "Ein Film", Tags: []string{"a", "b"},
		FileName: `C:\films\a.b.MP4`, Bucket: to.Bucket,
		Key: to.FileName, Status: "Uploading", Params: map[string]string{"Title": "Ein Film",
			"FileName": `C:\films\a.b.MP4`, "Tags": "a,b", "CateId": "7"}}); !reflect.DeepEqual(m, want) {
		t.Errorf("%+v, want %+v", m, want)
	}

	// In parts, with all that an upload needs.
	up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload(to.FileName))
	data := randomBytes(300 << 10)
	list := parts(t, b, up, data, 100<<10)
	if listed := must[aliyun.ListUploadedPartsResult](t)(b.ListUploadedParts(up)); len(listed.UploadedParts) != 3 {
		t.Errorf("%+v", listed)
	}
	mezzanine := owner1.call(t, s.URL, "GetMezzanineInfo", "VideoId", a.VideoID).body["Mezzanine"].(map[string]any)
	if status := mezzanine["Status"]; status != "Uploading" {
		t.Error(status)
	}
	_, err = b.CompleteMultipartUpload(up, list)
	want(t, "complete", err, "")
	_, err = b.GetObjectMeta(to.FileName)
	want(t, "head", err, "")
	video := owner1.call(t, s.URL, "GetVideoInfo", "VideoId", a.VideoID).body["Video"].(map[string]any)
	if video["Status"] != "UploadSucc" || video["Size"] != float64(len(data)) || video["Tags"] != "a,b" ||
		video["CateId"] != "7" ||
		s.Media()[0].Status != "UploadSucc" {
		t.Error(video)
	}

	// And nothing else.
	_, err = b.GetObject(to.FileName)
	want(t, "get", err, "AccessDenied")
	want(t, "delete", b.DeleteObject(to.FileName), "AccessDenied")
	want(t, "another object", b.PutObject("video/other.mp4", strings.NewReader("x")), "AccessDenied")
	_, err = b.ListObjects()
	want(t, "list", err, "AccessDenied")
	other := must[*aliyun.Bucket](t)(b.Client.Bucket(testBucket))
	want(t, "another bucket", other.PutObject(to.FileName, strings.NewReader("x")), "AccessDenied")
	signer{id: with.AccessKeyId, secret: with.AccessKeySecret, token: with.SecurityToken}.
		call(t, s.URL, "RefreshUploadVideo", "VideoId", a.VideoID).wantCode(t, "VOD itself", 403, "Forbidden.RAM")
}

func TestUploadCredentialExpires(t *testing.T) {
	t.Parallel()
	for _, expired := range []string{"SecurityTokenExpired", "InvalidAccessKeyId"} {
		t.Run(expired, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			s := start(t, Options{AuthLifetime: 3 * time.Second, ExpiredCode: expired, Now: c.now})
			a := owner1.call(t, s.URL, "CreateUploadVideo", "Title", "t", "FileName", "a.mp4")
			b, to, with := a.open(t)
			if with.Expiration != "3" {
				t.Error(with.Expiration)
			}
			up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload(to.FileName))
			data := randomBytes(200 << 10)
			one := must[aliyun.UploadPart](t)(b.UploadPart(up, bytes.NewReader(data[:100<<10]), 100<<10, 1))
			c.add(3 * time.Second)
			_, err := b.UploadPart(up, bytes.NewReader(data[100<<10:]), 100<<10, 2)
			want(t, "expired", err, expired)

			again := owner1.call(t, s.URL, "RefreshUploadVideo", "VideoId", a.VideoID)
			again.wantCode(t, "refresh", 200, "")
			b, same, other := again.open(t)
			if same != to || other.AccessKeyId == with.AccessKeyId || again.VideoID != a.VideoID ||
				s.Media()[0].Refreshed != 1 {
				t.Errorf("%+v %+v", same, again.body)
			}
			two := must[aliyun.UploadPart](t)(b.UploadPart(up, bytes.NewReader(data[100<<10:]), 100<<10, 2))
			_, err = b.CompleteMultipartUpload(up, []aliyun.UploadPart{one, two})
			want(t, "complete", err, "")
			if got, want := s.TokenCount(), (TokenCount{Uploads: 2, Expired: 1, Refused: 1}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
	for _, o := range []Options{{Dir: t.TempDir(), ExpiredCode: "Expired"}, {Dir: t.TempDir(), MediaBucket: "Media"}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

func TestUploadImageAndAttached(t *testing.T) {
	t.Parallel()
	s := start(t, Options{UploadEndpoint: "http://oss.example"})
	for _, c := range []struct {
		action string
		params []string
		folder string
		ext    string
	}{
		{"CreateUploadImage", []string{"ImageType", "default"}, "image/default/", ".png"},
		{"CreateUploadImage", []string{"ImageType", "cover", "ImageExt", "JPG", "Title", "x"}, "image/cover/", ".jpg"},
		{"CreateUploadAttachedMedia", []string{"BusinessType", "subtitle", "MediaExt", "srt"}, "subtitle/", ".srt"},
		{"CreateUploadAttachedMedia", []string{"BusinessType", "watermark", "FileName", "logo.PNG"}, "watermark/",
			".png"},
	} {
		a := owner1.call(t, s.URL, c.action, c.params...)
		a.wantCode(t, c.action, 200, "")
		id := a.ImageID + a.MediaID
		_, to, _ := a.open(t)
		if to != (address{"http://oss.example", "vod-media", c.folder + id + c.ext}) ||
			!strings.HasSuffix(a.FileURL, to.FileName) || a.ImageURL+a.MediaURL != a.FileURL {
			t.Errorf("%v: %+v %v", c.params, to, a.body)
		}
		owner1.call(t, s.URL, "RefreshUploadVideo", "VideoId", id).wantCode(t, "only videos are refreshed", 404,
			"InvalidVideo.NotFound")
	}
}

func TestDeleteUploadAndVideo(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	a := owner1.call(t, s.URL, "CreateUploadVideo", "Title", "t", "FileName", "a.mp4")
	b, to, _ := a.open(t)
	remove := func(id, kind string) rpcAnswer {
		return owner1.call(t, s.URL, "DeleteMultipartUpload", "MediaId", id, "MediaType", kind)
	}
	remove(a.VideoID, "video").wantCode(t, "no upload", 400, "InvalidMultipartUpload.NotFound")
	for range 2 {
		must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload(to.FileName))
	}
	other, otherTo, _ := owner1.call(t, s.URL, "CreateUploadVideo", "Title", "t", "FileName", "b.mp4").open(t)
	must[aliyun.InitiateMultipartUploadResult](t)(other.InitiateMultipartUpload(otherTo.FileName))
	remove(a.VideoID, "image").wantCode(t, "type", 400, "InvalidParameter")
	remove("nobody", "video").wantCode(t, "unknown", 400, "InvalidVideo.NotFound")
	remove(a.VideoID, "video").wantCode(t, "delete", 200, "")
	if left := s.Uploads(); len(left) != 1 || left[0].Key != otherTo.FileName {
		t.Errorf("%+v", left)
	}
	put(t, b, to.FileName, []byte("x"))
	owner1.call(t, s.URL, "DeleteVideo", "VideoIds", "nobody").wantCode(t, "unknown", 404, "InvalidVideo.NotFound")
	owner1.call(t, s.URL, "DeleteVideo", "VideoIds", "nobody,"+a.VideoID).wantCode(t, "delete", 200, "")
	owner1.call(t, s.URL, "RefreshUploadVideo", "VideoId", a.VideoID).wantCode(t, "refresh", 404,
		"InvalidVideo.NotFound")
	owner1.call(t, s.URL, "GetVideoInfo", "VideoId", a.VideoID).wantCode(t, "look", 404, "InvalidVideo.NotFound")
	if _, _, ok := s.Object(to.Bucket, to.FileName); ok || len(s.Media()) != 1 {
		t.Error("the object or the record is still there")
	}
}

// Behind TLS the address that VOD gives out is one with TLS, too.
func TestUploadBehindTLS(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	outside := httptest.NewTLSServer(s.Server)
	defer outside.Close()
	r := owner1.request(t, outside.URL, "CreateUploadVideo", "Title", "t", "FileName", "a.mp4")
	answer := must[*http.Response](t)(outside.Client().Do(r))
	var a rpcAnswer
	if err := errors.Join(json.NewDecoder(answer.Body).Decode(&a), answer.Body.Close()); err != nil {
		t.Fatal(err)
	}
	if _, to, _ := a.open(t); to.Endpoint != outside.URL {
		t.Errorf("%+v", to)
	}
}

func TestMediaSurviveRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, Options{Dir: dir})
	a := owner1.call(t, s.URL, "CreateUploadVideo", "Title", "t", "FileName", "a.mp4", "UserData", `{"Extend":{"a":1}}`)
	owner1.call(t, s.URL, "RefreshUploadVideo", "VideoId", a.VideoID).wantCode(t, "refresh", 200, "")
	before := s.Media()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, Options{Dir: dir})
	if after := s.Media(); !reflect.DeepEqual(before, after) || after[0].Refreshed != 1 {
		t.Errorf("%+v, was %+v", after, before)
	}
	again := owner1.call(t, s.URL, "RefreshUploadVideo", "VideoId", a.VideoID)
	b, to, _ := again.open(t)
	put(t, b, to.FileName, []byte("x"))
	if m := s.Media()[0]; m.Status != "UploadSucc" || m.Key != to.FileName {
		t.Errorf("%+v", m)
	}
}
