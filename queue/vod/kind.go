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
	Attached Kind = "attached" // subtitles: CreateUploadAttachedMedia
)

// KindOf says which way a file of this name takes; "" for one that VOD has none for. Source: the formats listed in
// VOD's documentation of media upload, and the values that ImageExt and BusinessType may have.
func KindOf(name string) Kind {
	switch Extension(name) {
	case "3gp", "asf", "avi", "dat", "dv", "f4v", "flv", "gif", "m2t", "m2ts", "m3u8", "m4v", "mj2", "mjpeg", "mkv", "mov", "mp4", "mpe",
		"mpeg", "mpg", "mts", "mxf", "ogg", "ogv", "qt", "rm", "rmvb", "swf", "ts", "vob", "webm", "wmv",
		"aac", "ac3", "acm", "amr", "ape", "caf", "flac", "m4a", "mp3", "oga", "opus", "ra", "wav", "wma":
		return Video
	case "png", "jpg", "jpeg": // gif goes as video, which takes any length of it
		return Image
	case "srt", "ass", "stl", "ttml", "vtt":
		return Attached
	}
	return ""
}

// Extension is the ending of a name behind its last dot, in lower case; "" when there is none.
func Extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(path.Base(name)), "."))
}
