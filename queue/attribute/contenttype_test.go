package attribute

import (
	"mime"
	"strings"
	"testing"
)

func TestContentType(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.mp4": "video/mp4", "a.MOV": "video/quicktime", "clips/a.mkv": "video/x-matroska", "a.webm": "video/webm",
		"seg-1.ts": "video/mp2t", "00001.m2ts": "video/mp2t", "a.MTS": "video/mp2t",
		"live.m3u8": "application/vnd.apple.mpegurl",
		"a.mpd":     "application/dash+xml", "chunk.m4s": "video/iso.segment", "a.mxf": "application/mxf",
		"a.avi": "video/x-msvideo",
		"a.flv": "video/x-flv", "a.mpg": "video/mpeg", "a.wmv": "video/x-ms-wmv", "a.3gp": "video/3gpp",
		"a.heic": "image/heic", "a.avif": "image/avif", "a.JPG": "image/jpeg", "a.webp": "image/webp",
		"a.mp3": "audio/mpeg", "a.m4a": "audio/mp4", "a.aac": "audio/aac", "a.wav": "audio/wav", "a.flac": "audio/flac",
		"a.vtt": "text/vtt", "a.srt": "application/x-subrip", "a.ass": "text/x-ssa", "a.ttml": "application/ttml+xml",
		"a.tar.gz": "application/gzip", "a.json": "application/json", "a.html": "text/html",

		"": OctetStream, "README": OctetStream, "a.": OctetStream, ".mp4": OctetStream, "clips/.mp4": OctetStream,
		"v1.mp4/notes": OctetStream, "a.mp4.part2": OctetStream, "a.unheard-of": OctetStream,
	} {
		if got := ContentType(name); got != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
}

// Each type can be a header as it stands, and each extension is there once, in lower case.
func TestContentTypesAreWellFormed(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, row := range contentTypes {
		if kind, params, err := mime.ParseMediaType(row[0]); err != nil || kind != row[0] || len(params) > 0 {
			t.Errorf("%q: %v", row[0], err)
		}
		for ext := range strings.FieldsSeq(row[1]) {
			if seen[ext] || ext != strings.ToLower(ext) {
				t.Errorf("%s stands there twice, or is not in lower case", ext)
			}
			seen[ext] = true
		}
	}
}
