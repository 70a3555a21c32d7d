package attribute

import "strings"

// OctetStream is the content type of a file whose name tells none.
const OctetStream = "application/octet-stream"

// ContentType tells from a file's name what it holds, by what comes after the last dot, in any case. It asks nothing
// but the table below, so it is the same on every machine. A name that is nothing but a dot and an extension has none.
func ContentType(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		if t, ok := byExtension[strings.ToLower(name[dot+1:])]; ok {
			return t
		}
	}
	return OctetStream
}

var byExtension = index(contentTypes)

func index(types [][2]string) map[string]string {
	m := make(map[string]string)
	for _, t := range types {
		for ext := range strings.FieldsSeq(t[1]) {
			m[ext] = t[0]
		}
	}
	return m
}

// contentTypes is each type and its extensions: the name registered with IANA, unless players and browsers know the
// file by an older one only, such as video/x-matroska. An extension of two meanings has that of people who upload
// media: .ts is a transport stream and not a program. One that means several things even to them (.sub, .stl, .idx) is
// left out.
var contentTypes = [][2]string{
	// video, and what leads to it
	{"video/mp4", "mp4 mp4v mpg4"},
	{"video/x-m4v", "m4v"},
	{"video/iso.segment", "m4s"},
	{"video/quicktime", "mov qt"},
	{"video/x-matroska", "mkv mk3d"},
	{"video/webm", "webm"},
	{"video/mp2t", "ts m2ts mts m2t"},
	{"video/mpeg", "mpg mpeg mpe m1v m2v vob"},
	{"video/x-msvideo", "avi divx"},
	{"video/x-flv", "flv"},
	{"video/x-f4v", "f4v"},
	{"video/x-ms-wmv", "wmv"},
	{"video/x-ms-asf", "asf"},
	{"video/ogg", "ogv"},
	{"video/3gpp", "3gp 3gpp"},
	{"video/3gpp2", "3g2 3gpp2"},
	{"video/dv", "dv dif"},
	{"video/mj2", "mj2 mjp2"},
	{"video/h264", "264 h264"},
	{"video/h265", "265 h265 hevc"},
	{"application/mxf", "mxf"},
	{"application/vnd.rn-realmedia", "rm"},
	{"application/vnd.rn-realmedia-vbr", "rmvb"},
	{"application/vnd.apple.mpegurl", "m3u8"},
	{"application/dash+xml", "mpd"},
	{"application/f4m+xml", "f4m"},

	// audio
	{"audio/mpeg", "mp3 mp2 mpga"},
	{"audio/mp4", "m4a m4b"},
	{"audio/aac", "aac adts"},
	{"audio/flac", "flac"},
	{"audio/wav", "wav"},
	{"audio/x-aiff", "aif aiff aifc"},
	{"audio/x-ms-wma", "wma"},
	{"audio/ogg", "ogg oga opus spx"},
	{"audio/webm", "weba"},
	{"audio/x-matroska", "mka"},
	{"audio/ac3", "ac3"},
	{"audio/eac3", "ec3 eac3"},
	{"audio/vnd.dts", "dts"},
	{"audio/vnd.dolby.mlp", "mlp"},
	{"audio/amr", "amr"},
	{"audio/amr-wb", "awb"},
	{"audio/x-ape", "ape"},
	{"audio/x-caf", "caf"},
	{"audio/midi", "mid midi"},
	{"audio/basic", "au snd"},
	{"audio/x-realaudio", "ra"},
	{"audio/mpegurl", "m3u"},

	// images
	{"image/jpeg", "jpg jpeg jpe jfif"},
	{"image/png", "png"},
	{"image/apng", "apng"},
	{"image/gif", "gif"},
	{"image/webp", "webp"},
	{"image/avif", "avif"},
	{"image/heic", "heic"},
	{"image/heic-sequence", "heics"},
	{"image/heif", "heif"},
	{"image/heif-sequence", "heifs"},
	{"image/jxl", "jxl"},
	{"image/jp2", "jp2"},
	{"image/bmp", "bmp"},
	{"image/tiff", "tif tiff"},
	{"image/svg+xml", "svg"},
	{"image/vnd.microsoft.icon", "ico"},
	{"image/vnd.adobe.photoshop", "psd"},
	{"image/x-exr", "exr"},
	{"image/vnd.radiance", "hdr"},
	{"image/x-tga", "tga"},
	{"image/x-adobe-dng", "dng"},
	{"image/x-canon-cr2", "cr2"},
	{"image/x-canon-cr3", "cr3"},
	{"image/x-nikon-nef", "nef"},
	{"image/x-sony-arw", "arw"},
	{"image/x-fuji-raf", "raf"},
	{"image/x-olympus-orf", "orf"},
	{"image/x-panasonic-rw2", "rw2"},

	// subtitles
	{"text/vtt", "vtt"},
	{"application/x-subrip", "srt"},
	{"text/x-ssa", "ass ssa"},
	{"application/ttml+xml", "ttml dfxp"},
	{"application/x-sami", "smi sami"},
	{"application/smil+xml", "smil"},
	{"text/x-scc", "scc"},

	// text and data
	{"text/plain", "txt text log lrc sbv"},
	{"text/html", "html htm"},
	{"text/css", "css"},
	{"text/javascript", "js mjs"},
	{"text/csv", "csv"},
	{"text/tab-separated-values", "tsv"},
	{"text/markdown", "md markdown"},
	{"text/calendar", "ics"},
	{"text/vcard", "vcf"},
	{"application/json", "json map"},
	{"application/geo+json", "geojson"},
	{"application/manifest+json", "webmanifest"},
	{"application/x-ndjson", "ndjson jsonl"},
	{"application/xml", "xml xsd"},
	{"application/xhtml+xml", "xhtml"},
	{"application/rss+xml", "rss"},
	{"application/atom+xml", "atom"},
	{"application/gpx+xml", "gpx"},
	{"application/vnd.google-earth.kml+xml", "kml"},
	{"application/yaml", "yaml yml"},
	{"application/toml", "toml"},
	{"application/sql", "sql"},
	{"application/vnd.sqlite3", "sqlite sqlite3"},
	{"application/vnd.apache.parquet", "parquet"},
	{"application/wasm", "wasm"},
	{"font/woff", "woff"},
	{"font/woff2", "woff2"},
	{"font/ttf", "ttf"},
	{"font/otf", "otf"},

	// documents
	{"application/pdf", "pdf"},
	{"application/rtf", "rtf"},
	{"application/postscript", "ps eps ai"},
	{"application/epub+zip", "epub"},
	{"application/msword", "doc dot"},
	{"application/vnd.ms-excel", "xls"},
	{"application/vnd.ms-powerpoint", "ppt pps"},
	{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
	{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
	{"application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"},
	{"application/vnd.oasis.opendocument.text", "odt"},
	{"application/vnd.oasis.opendocument.spreadsheet", "ods"},
	{"application/vnd.oasis.opendocument.presentation", "odp"},

	// archives and programs
	{"application/zip", "zip"},
	{"application/gzip", "gz tgz"},
	{"application/x-bzip2", "bz2"},
	{"application/x-xz", "xz"},
	{"application/zstd", "zst"},
	{"application/x-tar", "tar"},
	{"application/x-7z-compressed", "7z"},
	{"application/vnd.rar", "rar"},
	{"application/java-archive", "jar"},
	{"application/vnd.android.package-archive", "apk"},
	{"application/vnd.debian.binary-package", "deb"},
	{"application/x-rpm", "rpm"},
	{"application/x-apple-diskimage", "dmg"},
	{"application/x-iso9660-image", "iso"},
	{"application/vnd.microsoft.portable-executable", "exe dll"},
	{"application/x-msi", "msi"},
	{"application/x-bittorrent", "torrent"},
}
