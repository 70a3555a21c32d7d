package ossdev

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// TestUploadPlaylist sends segments below the prefix of a playlist, with the playlist's credentials.
func TestUploadPlaylist(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	a := owner1.call(t, s.URL, "CreateUploadVideo", "Title", "film", "FileName", "film.m3u8")
	a.wantCode(t, "create", 200, "")
	b, to, _ := a.open(t)
	var more struct{ ObjectPrefix string }
	text, err := base64.StdEncoding.DecodeString(a.UploadAddress)
	if err != nil || json.Unmarshal(text, &more) != nil {
		t.Fatalf("%s %v", text, err)
	}
	if more.ObjectPrefix == "" || !strings.HasPrefix(to.FileName, more.ObjectPrefix) ||
		!strings.HasSuffix(more.ObjectPrefix, "/") {
		t.Fatalf("%s", text)
	}
	other := owner1.call(t, s.URL, "CreateUploadVideo", "Title", "film", "FileName", "film.m3u8")
	_, elsewhere, _ := other.open(t)
	want(t, "a segment", b.PutObject(more.ObjectPrefix+"film0.ts", strings.NewReader("0")), "")
	want(t, "a segment in a folder", b.PutObject(more.ObjectPrefix+"a/film1.ts", strings.NewReader("1")), "")
	want(t, "another's playlist", b.PutObject(elsewhere.FileName, strings.NewReader("x")), "AccessDenied")
	want(t, "the prefix without its slash", b.PutObject(strings.TrimSuffix(more.ObjectPrefix, "/"),
		strings.NewReader("x")), "AccessDenied")
	if m := s.Media()[0]; m.Status != "Uploading" {
		t.Error(m.Status)
	}
	want(t, "the playlist", b.PutObject(to.FileName, strings.NewReader("#EXTM3U")), "")
	up, err := b.InitiateMultipartUpload(more.ObjectPrefix + "film2.ts")
	want(t, "in parts", err, "")
	if _, _, ok := s.Object(up.Bucket, more.ObjectPrefix+"film0.ts"); !ok {
		t.Error("film0.ts is not there")
	}
	owner1.call(t, s.URL, "DeleteMultipartUpload", "MediaId", a.VideoID, "MediaType", "video").wantCode(t, "abort", 200,
		"")
	if n := len(s.Uploads()); n != 0 {
		t.Errorf("%d uploads are open", n)
	}
	owner1.call(t, s.URL, "DeleteVideo", "VideoIds", a.VideoID).wantCode(t, "delete", 200, "")
	for _, name := range []string{"film0.ts", "a/film1.ts"} {
		if _, _, ok := s.Object(up.Bucket, more.ObjectPrefix+name); ok {
			t.Errorf("%s is still there", name)
		}
	}
	if n := len(s.Media()); n != 1 {
		t.Errorf("%d media", n)
	}
	if u := owner1.call(t, s.URL, "CreateUploadVideo", "Title", "film", "FileName", "film.mp4"); strings.Contains(
		string(must[[]byte](t)(base64.StdEncoding.DecodeString(u.UploadAddress))), "ObjectPrefix") {
		t.Error("a film that is one object has a prefix")
	}
}
