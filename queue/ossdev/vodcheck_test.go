package ossdev

import (
	"strings"
	"testing"
)

func TestVODChecks(t *testing.T) {
	t.Parallel()
	s := start(t, Options{TemplateGroups: []string{"405477f9e214d19ea2c7c854405477f9"}})
	long := func(n int) string { return strings.Repeat("片", n) }
	tags := func(n int) string { return strings.TrimSuffix(strings.Repeat("t,", n), ",") }
	video := []string{"CreateUploadVideo", "Title", "t", "FileName", "a.mp4"}
	image := []string{"CreateUploadImage", "ImageType", "default"}
	attached := []string{"CreateUploadAttachedMedia", "BusinessType", "subtitle", "MediaExt", "srt"}
	for _, c := range []struct {
		name   string
		base   []string
		params string // name=value, more than one separated by a newline
		status int
		code   string
	}{
		{"title missing", video, "Title=", 400, "MissingParameter"},
		{"file name missing", video, "FileName=", 400, "MissingParameter"},
		{"no extension", video, "FileName=film", 400, "InvalidFileName.Extension"},
		{"unknown extension", video, "FileName=film.txt", 400, "InvalidFileName.Extension"},
		{"a folder's extension", video, `FileName=C:\my.mp4\film`, 400, "InvalidFileName.Extension"},
		{"audio", video, "FileName=song.FLAC", 200, ""},
		{"title of 128", video, "Title=" + long(128), 200, ""},
		{"title of 129", video, "Title=" + long(129), 400, "LengthExceededMax"},
		{"description of 1024", video, "Description=" + long(1024), 200, ""},
		{"description of 1025", video, "Description=" + long(1025), 400, "LengthExceededMax"},
		{"description of two lines", video, "Description=a\tb", 200, ""},
		{"16 tags", video, "Tags=" + tags(16), 200, ""},
		{"17 tags", video, "Tags=" + tags(17), 400, "TagsExceededMax"},
		{"tag of 32", video, "Tags=a," + long(32), 200, ""},
		{"tag of 33", video, "Tags=a," + long(33), 400, "LengthExceededMax"},
		{"emoticon in the title", video, "Title=film 😀", 400, "IllegalCharacters"},
		{"emoticon in a tag", video, "Tags=a,😀", 400, "IllegalCharacters"},
		{"rare ideograph", video, "Title=𠀀", 200, ""},
		{"control character", video, "Title=a\x01", 400, "IllegalCharacters"},
		{"not UTF-8", video, "Title=a\xff", 400, "IllegalCharacters"},
		{"size", video, "FileSize=12345678901", 200, ""},
		{"size not a number", video, "FileSize=1k", 400, "InvalidParameter"},
		{"category not a number", video, "CateId=films", 400, "InvalidParameter"},
		{"no transcoding", video, "TemplateGroupId=VOD_NO_TRANSCODE", 200, ""},
		{"template group", video, "TemplateGroupId=405477f9e214d19ea2c7c854405477f9", 200, ""},
		{"unknown template group", video, "TemplateGroupId=ffff77f9e214d19ea2c7c854405477f9", 404,
			"InvalidTemplateGroupId.NotFound"},
		{"storage", video, "StorageLocation=holiday.oss-cn-hangzhou.aliyuncs.com", 200, ""},
		{"default storage", video, "StorageLocation=vod-media", 200, ""},
		{"unknown storage", video, "StorageLocation=nowhere.oss-cn-hangzhou.aliyuncs.com", 404,
			"InvalidStorage.NotFound"},
		{"user data", video, `UserData={"Extend":{"a":"b"},"MessageCallback":{"CallbackURL":"http://x"}}`, 200, ""},
		{"user data not JSON", video, "UserData=x", 400, "InvalidParameter"},
		{"user data too long", video, `UserData={"Extend":"` + strings.Repeat("x", 512) + `"}`, 400,
			"InvalidParameter"},
		{"name", video, "ReferenceId=take-7_B", 200, ""},
		{"name, again", video, "ReferenceId=take-7_B", 400, "InvalidParameter"},
		{"short name", video, "ReferenceId=a-b-c", 400, "InvalidParameter"},
		{"cover", video, "EnableFirstFrameCover=true\nGenerateThumbnail=false", 200, ""},
		{"cover not a truth", video, "EnableFirstFrameCover=yes", 400, "InvalidParameter"},
		{"no such name", []string{"RefreshUploadVideo"}, "ReferenceId=take-8_B", 404, "InvalidVideo.NotFound"},
		{"no way of deleting images", []string{"DeleteImage"}, "ImageIds=x", 400, "MissingParameter"},
		{"no image", []string{"DeleteImage"}, "DeleteImageType=ImageId", 400, "MissingParameter"},
		{"application", video, "AppId=app-1000000", 200, ""},
		{"not an application", video, "AppId=x", 400, "InvalidParameter"},
		{"image type missing", image, "ImageType=", 400, "MissingParameter"},
		{"image type", image, "ImageType=large", 400, "InvalidParameter"},
		{"image extension", image, "ImageExt=tiff", 400, "InvalidParameter"},
		{"HEIC", image, "ImageExt=heic", 200, ""},
		{"WebP", image, "ImageExt=WEBP", 200, ""},
		{"image title of 128", image, "Title=" + long(128), 200, ""},
		{"image title", image, "Title=" + long(129), 400, "LengthExceededMax"},
		{"image description", image, "Description=" + long(1024), 200, ""},
		{"image tag", image, "Tags=a," + long(32), 200, ""},
		{"image tag of 33", image, "Tags=a," + long(33), 400, "LengthExceededMax"},
		{"image storage", image, "StorageLocation=x", 404, "InvalidStorage.NotFound"},
		{"business type missing", attached, "BusinessType=", 400, "MissingParameter"},
		{"business type", attached, "BusinessType=film", 400, "InvalidParameter"},
		{"media extension", attached, "MediaExt=mp4", 400, "InvalidParameter"},
		{"media extension missing", attached, "MediaExt=", 400, "MissingParameter"},
		{"media file name", attached, "MediaExt=\nFileName=a.mp4", 400, "InvalidFileName.Extension"},
		{"media description in bytes", attached, "Description=" + long(342), 400, "LengthExceededMax"},
		{"media tag in characters", attached, "Tags=a," + long(32), 200, ""},
		{"media tag of 33", attached, "Tags=a," + long(33), 400, "LengthExceededMax"},
		{"moving watermark", attached, "BusinessType=watermark\nMediaExt=apng", 200, ""},
		{"archive", attached, "BusinessType=material\nMediaExt=zip", 200, ""},
		{"archive as a watermark", attached, "BusinessType=watermark\nMediaExt=zip", 400, "InvalidParameter"},
		{"camera's container", video, "FileName=film.mxf", 400, "InvalidFileName.Extension"},
		{"media title in bytes", attached, "Title=" + long(43), 400, "LengthExceededMax"},
		{"media categories", attached, "CateIds=1,2,3,4,5,6", 400, "InvalidParameter"},
		{"media storage", attached, "StorageLocation=x", 404, "InvalidStorage.NotFound"},
		{"video id missing", []string{"RefreshUploadVideo"}, "", 400, "MissingParameter"},
		{"video unknown", []string{"RefreshUploadVideo"}, "VideoId=x", 404, "InvalidVideo.NotFound"},
		{"media id missing", []string{"DeleteMultipartUpload"}, "MediaType=video", 400, "MissingParameter"},
		{"no video ids", []string{"DeleteVideo"}, "", 400, "MissingParameter"},
		{"21 video ids", []string{"DeleteVideo"}, "VideoIds=" + tags(21), 400, "VideoIdsExceededMax"},
	} {
		params := append([]string{}, c.base[1:]...)
		for line := range strings.SplitSeq(c.params, "\n") {
			if name, value, ok := strings.Cut(line, "="); ok {
				params = append(params, name, value)
			}
		}
		before := len(s.Media())
		owner1.call(t, s.URL, c.base[0], params...).wantCode(t, c.name, c.status, c.code)
		if created := len(s.Media()) - before; (created == 1) != (c.status == 200) {
			t.Errorf("%s: %d media were created", c.name, created)
		}
	}
}

func TestTemplateGroupsByDefault(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	for group, code := range map[string]string{noTranscode: "", strings.Repeat("a", 32): "",
		"mine": "InvalidTemplateGroupId.NotFound"} {
		if a := owner1.call(t, s.URL, "CreateUploadVideo", "Title", "t", "FileName", "a.mp4", "TemplateGroupId",
			group); a.Code != code {
			t.Errorf("%s: %v", group, a.body)
		}
	}
}
