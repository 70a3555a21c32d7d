package ossdev

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ticket is what VOD answers an upload with: where to, and with what.
type ticket struct {
	RequestID     string `json:"RequestId"`
	VideoID       string `json:"VideoId,omitempty"`
	ImageID       string `json:"ImageId,omitempty"`
	ImageURL      string `json:",omitempty"`
	MediaID       string `json:"MediaId,omitempty"`
	MediaURL      string `json:",omitempty"`
	FileURL       string `json:",omitempty"`
	UploadAddress string
	UploadAuth    string
}

// ticket makes a credential that is good for a media's object alone.
func (x *exchange) ticket(m Media) (ticket, error) {
	endpoint := x.options.UploadEndpoint
	if endpoint == "" {
		endpoint = x.origin()
	}
	region := x.options.Region
	if x.options.NoAuthRegion {
		region = ""
	}
	expires := x.now.Add(x.options.AuthLifetime)
	key := x.keys.issue(expires, m.Bucket+"/"+m.objects())
	address, err := json.Marshal(struct {
		Endpoint, Bucket, FileName string
		ObjectPrefix               string `json:",omitempty"`
	}{endpoint, m.Bucket, m.Key, m.prefix()})
	if err != nil {
		return ticket{}, err
	}
	auth, err := json.Marshal(struct {
		SecurityToken   string
		AccessKeyID     string `json:"AccessKeyId"`
		ExpireUTCTime   string
		AccessKeySecret string
		Expiration      string
		Region          string `json:",omitempty"`
	}{key.SecurityToken, key.AccessKeyID, utcSeconds(expires), key.AccessKeySecret,
		strconv.FormatInt(int64((x.options.AuthLifetime+time.Second-1)/time.Second), 10), region})
	if err != nil {
		return ticket{}, err
	}
	x.ended.MediaID, x.ended.Bucket, x.ended.Key = m.ID, m.Bucket, m.Key
	return ticket{RequestID: x.id, UploadAddress: base64.StdEncoding.EncodeToString(address),
		UploadAuth: base64.StdEncoding.EncodeToString(auth)}, nil
}

// newMedia records a media of the request, whose object goes to folder.
func (x *exchange) newMedia(kind, folder, ext, bucket string) (Media, error) {
	if bucket == x.options.MediaBucket {
		if _, err := x.st.createBucket(bucket); err != nil {
			return Media{}, err
		}
	}
	m := Media{ID: randomHex(16), Type: kind, Title: x.param("Title"), Description: x.param("Description"),
		Tags:     splitTags(x.param("Tags")),
		FileName: x.param("FileName"), Bucket: bucket, Created: x.now.UTC(), Params: map[string]string{}}
	m.Key = folder + "/" + m.ID + "." + ext
	if ext == playlistExtension {
		m.Key = folder + "/" + m.ID + "/" + m.ID + "." + ext
	}
	for name := range x.rpc.params {
		if !slices.Contains(common, name) {
			m.Params[name] = x.param(name)
		}
	}
	return m, x.medias.add(m)
}

// common are the parameters that all actions have.
var common = []string{"Action", "Format", "Version", "AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion",
	"SignatureNonce",
	"SignatureType", "Timestamp", "SecurityToken", "RegionId", "RequestId"}

func (x *exchange) createUploadVideo() (*answer, error) {
	for _, name := range []string{"FileName", "Title"} {
		if x.param(name) == "" {
			return nil, missing(name)
		}
	}
	ext := extension(x.param("FileName"))
	if !slices.Contains(videoExtensions, ext) {
		return nil, refusal("InvalidFileName.Extension")
	}
	if wrong := x.checkText(false); wrong != nil {
		return nil, wrong
	}
	bucket, wrong := x.checkPlace()
	if wrong != nil {
		return nil, wrong
	}
	if wrong := x.checkVideo(); wrong != nil {
		return nil, wrong
	}
	m, err := x.newMedia("video", "video", ext, bucket)
	if err != nil {
		return nil, err
	}
	t, err := x.ticket(m)
	t.VideoID = m.ID
	return &answer{json: t}, err
}

func (x *exchange) refreshUploadVideo() (*answer, error) {
	id := x.param("VideoId")
	if named, ok := x.medias.findReference(x.param("ReferenceId")); id == "" && ok {
		id = named.ID
	}
	switch {
	case id == "" && x.param("ReferenceId") != "":
		return nil, refusal("InvalidVideo.NotFound")
	case id == "":
		return nil, missing("VideoId")
	}
	m, ok, err := x.medias.refreshed(id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, refusal("InvalidVideo.NotFound")
	}
	t, err := x.ticket(m)
	t.VideoID = m.ID
	return &answer{json: t}, err
}

func (x *exchange) createUploadImage() (*answer, error) {
	kind, ext := x.param("ImageType"), x.param("ImageExt")
	if kind == "" {
		return nil, missing("ImageType")
	}
	if ext == "" {
		ext = "png"
	}
	switch {
	case kind != "default" && kind != "cover":
		return nil, notValid("ImageType")
	case !slices.Contains(imageExtensions, strings.ToLower(ext)):
		return nil, notValid("ImageExt")
	}
	if wrong := x.checkText(false); wrong != nil {
		return nil, wrong
	}
	bucket, wrong := x.checkPlace()
	if wrong != nil {
		return nil, wrong
	}
	m, err := x.newMedia("image", "image/"+kind, strings.ToLower(ext), bucket)
	if err != nil {
		return nil, err
	}
	t, err := x.ticket(m)
	t.ImageID, t.FileURL = m.ID, x.fileURL(m)
	t.ImageURL = t.FileURL
	return &answer{json: t}, err
}

func (x *exchange) createUploadAttachedMedia() (*answer, error) {
	kind, ext := x.param("BusinessType"), strings.ToLower(x.param("MediaExt"))
	if kind == "" {
		return nil, missing("BusinessType")
	}
	extensions, known := attachedExtensions[kind]
	if !known {
		return nil, notValid("BusinessType")
	}
	if name := x.param("FileName"); ext == "" && name != "" {
		if ext = extension(name); !slices.Contains(extensions, ext) {
			return nil, refusal("InvalidFileName.Extension")
		}
	}
	switch {
	case ext == "":
		return nil, missing("MediaExt")
	case !slices.Contains(extensions, ext):
		return nil, notValid("MediaExt")
	}
	if wrong := x.checkText(true); wrong != nil {
		return nil, wrong
	}
	bucket, wrong := x.checkPlace()
	if wrong != nil {
		return nil, wrong
	}
	m, err := x.newMedia("attached", kind, ext, bucket)
	if err != nil {
		return nil, err
	}
	t, err := x.ticket(m)
	t.MediaID, t.FileURL = m.ID, x.fileURL(m)
	t.MediaURL = t.FileURL
	return &answer{json: t}, err
}

// fileURL is where the object will be.
func (x *exchange) fileURL(m Media) string {
	return x.origin() + "/" + m.Bucket + "/" + escape(m.Key, true)
}

// origin is this server as the client calls it.
func (x *exchange) origin() string {
	if x.r.TLS != nil {
		return "https://" + x.r.Host
	}
	return "http://" + x.r.Host
}

func (x *exchange) deleteMultipartUpload() (*answer, error) {
	for _, name := range []string{"MediaId", "MediaType"} {
		if x.param(name) == "" {
			return nil, missing(name)
		}
	}
	if x.param("MediaType") != "video" {
		return nil, notValid("MediaType")
	}
	m, ok := x.medias.find(x.param("MediaId"))
	if !ok || m.Type != "video" {
		e := refusal("InvalidVideo.NotFound").say("The video does not exist.")
		e.Status = 400 // as the page of this action has it
		return nil, e
	}
	x.ended.MediaID, x.ended.Bucket, x.ended.Key = m.ID, m.Bucket, m.Key
	count, err := x.abortUploads(m)
	if err == nil && count == 0 {
		return nil, refusal("InvalidMultipartUpload.NotFound")
	}
	return &answer{json: struct {
		RequestID string `json:"RequestId"`
	}{x.id}}, err
}
