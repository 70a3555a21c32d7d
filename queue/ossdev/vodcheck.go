package ossdev

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What VOD allows.
const (
	maxTitle       = 128 // characters; of attached media bytes, as is the next
	maxDescription = 1024
	maxTags        = 16
	maxTag         = 32  // characters
	maxExtend      = 512 // bytes of UserData's Extend
	maxCateIDs     = 5
	maxVideoIDs    = 20 // of DeleteVideo
)

// The file name extensions that VOD's "overview of media upload" lists, and those of images and attached media in the
// API reference.
var (
	videoExtensions = strings.Fields("mp4 ts 3gp mpg mpeg mpe dat vob asf avi wmv flv f4v rm rmvb mov mkv m3u8 " +
		"dv gif m2t m4v mj2 mjpeg mts ogg qt swf webm " +
		"mp3 wma wav aac ra m4a flac ape ac3 amr caf acm")
	imageExtensions    = strings.Fields("png jpg jpeg gif heic webp")
	attachedExtensions = map[string][]string{
		"watermark": strings.Fields("png gif apng mov"),
		"subtitle":  strings.Fields("srt ass stl ttml vtt"),
		"material":  strings.Fields("jpg gif png mp4 mat zip apk"),
	}
)

var (
	templateGroup = regexp.MustCompile(`^[0-9a-f]{32}$`)
	referenceID   = regexp.MustCompile(`^[0-9A-Za-z_-]{6,64}$`)
	appID         = regexp.MustCompile(`^app-[0-9A-Za-z-]+$`)
)

// noTranscode is the template group that every account has.
const noTranscode = "VOD_NO_TRANSCODE"

// checkText checks the texts of a request: title, description and tags. bytes: the length of the first two is in bytes,
// not in characters.
func (x *exchange) checkText(bytes bool) *Error {
	characters := utf8.RuneCountInString
	length := characters
	if bytes {
		length = func(s string) int { return len(s) }
	}
	tags := splitTags(x.param("Tags"))
	for _, c := range []struct {
		name   string
		most   int
		length func(string) int
		list   []string
	}{
		{"Title", maxTitle, length, []string{x.param("Title")}},
		{"Description", maxDescription, length, []string{x.param("Description")}},
		{"Tags", maxTag, characters, tags},
	} {
		for _, text := range c.list {
			if strings.ContainsFunc(text, illegal) || !utf8.ValidString(text) {
				return refusal("IllegalCharacters").say("The specified " + c.name +
					" contains illegal emoticon or special characters.")
			}
			if c.length(text) > c.most {
				return refusal("LengthExceededMax").say(fmt.Sprintf("The specified %s length has exceeded %d bytes.",
					c.name, c.most))
			}
		}
	}
	if len(tags) > maxTags {
		return refusal("TagsExceededMax")
	}
	return nil
}

// illegal are control characters, and what lies beyond the basic plane but is no letter: emoticons.
func illegal(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' || r > 0xFFFF && !unicode.IsLetter(r)
}

func splitTags(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// checkPlace checks what else the actions have in common, and returns the bucket.
func (x *exchange) checkPlace() (bucket string, wrong *Error) {
	for _, name := range []string{"FileSize", "CateId"} {
		if text := x.param(name); text != "" {
			if n, err := strconv.ParseInt(text, 10, 64); err != nil || n < 0 {
				return "", notValid(name)
			}
		}
	}
	if cates := splitTags(x.param("CateIds")); len(cates) > maxCateIDs {
		return "", notValid("CateIds")
	}
	if text := x.param("UserData"); text != "" {
		var data struct{ Extend json.RawMessage }
		if err := json.Unmarshal([]byte(text), &data); err != nil || len(data.Extend) > maxExtend {
			return "", notValid("UserData")
		}
	}
	if id := x.param("AppId"); id != "" && !appID.MatchString(id) {
		return "", notValid("AppId")
	}
	if group := x.param("TemplateGroupId"); group != "" && !x.hasTemplateGroup(group) {
		return "", refusal("InvalidTemplateGroupId.NotFound")
	}
	bucket = x.options.MediaBucket
	if location := x.param("StorageLocation"); location != "" {
		bucket, _, _ = strings.Cut(location, ".") // BUCKET.oss-REGION.aliyuncs.com
		if _, ok := x.st.bucket(bucket); !ok && bucket != x.options.MediaBucket {
			return "", refusal("InvalidStorage.NotFound")
		}
	}
	return bucket, nil
}

// checkVideo checks what only CreateUploadVideo has. A name of the client's own is there once.
func (x *exchange) checkVideo() *Error {
	for _, name := range []string{"EnableFirstFrameCover", "GenerateThumbnail"} {
		if text := x.param(name); text != "" && text != "true" && text != "false" {
			return notValid(name)
		}
	}
	if name := x.param("ReferenceId"); name != "" {
		if !referenceID.MatchString(name) {
			return notValid("ReferenceId")
		}
		if _, taken := x.medias.findReference(name); taken {
			return notValid("ReferenceId").say("The specified ReferenceId already exists.")
		}
	}
	return nil
}

func (x *exchange) hasTemplateGroup(id string) bool {
	if x.options.TemplateGroups == nil {
		return id == noTranscode || templateGroup.MatchString(id)
	}
	return id == noTranscode || slices.Contains(x.options.TemplateGroups, id)
}

// extension is a file name's extension in lower case, without the dot.
func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(strings.ReplaceAll(name, `\`, "/")), "."))
}
