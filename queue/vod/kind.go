package vod

import (
	"path"
	"strings"
)

// Kind is which of VOD's three ways a file takes.
type Kind string

const (
	Video    Kind = "video"    // video and audio: CreateUploadVideo
	Image    Kind = "image"    // CreateUploadImage
	Attached Kind = "attached" // subtitles, watermarks and material: CreateUploadAttachedMedia
)

// KindOf says which way a file of this name takes; "" for one that VOD has none for. Source: VOD's overview of media
// upload, and for images and attached media what the API reference lists for ImageExt and MediaExt. Of an ending that
// several list the first counts.
func KindOf(name string) Kind {
	switch ext := Extension(name); ext {
	case "3gp", "asf", "avi", "dat", "dv", "f4v", "flv", "gif", "m2t", "m3u8", "m4v", "mj2", "mjpeg", "mkv", "mov",
		"mp4", "mpe",
		"mpeg", "mpg", "mts", "ogg", "qt", "rm", "rmvb", "swf", "ts", "vob", "webm", "wmv",
		"aac", "ac3", "acm", "amr", "ape", "caf", "flac", "m4a", "mp3", "ra", "wav", "wma":
		return Video // gif, too, which it takes in any length
	case "heic", "jpeg", "jpg", "png", "webp":
		return Image
	default:
		if business(ext) != "" {
			return Attached
		}
	}
	return ""
}

// business is what the API calls the use of an attached media with this ending.
func business(ext string) string {
	switch ext {
	case "ass", "srt", "stl", "ttml", "vtt":
		return "subtitle"
	case "apng":
		return "watermark"
	case "apk", "mat", "zip":
		return "material"
	}
	return ""
}

// Extension is the ending of a name behind its last dot, in lower case; "" when there is none.
func Extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(path.Base(name)), "."))
}
