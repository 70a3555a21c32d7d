package vod

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"inboxfs/queue/acs"
	"inboxfs/queue/transfer"
	"inboxfs/queue/verdict"
)

const version = "2017-03-21" // of the API

// Key signs calls of the API.
type Key = acs.Key

// APIOptions says how the VOD API is reached.
type APIOptions struct {
	// Endpoint is a URL or a host, such as vod.cn-shanghai.aliyuncs.com.
	Endpoint string
	// Key is asked before each call. Its errors are taken as they are.
	Key func(context.Context) (Key, error)
	// Rejected is told that VOD takes a key for expired or unknown, and reports whether there is another to ask again
	// with. It must say no in the end. nil: there never is.
	Rejected func(context.Context, Key) bool
	// Proxy is as in http.Transport; nil: as the environment says.
	Proxy          func(*http.Request) (*url.URL, error)
	ConnectTimeout time.Duration    // for all that comes before a call, with a proxy and TLS (10 s)
	Timeout        time.Duration    // of a call, from its beginning to the last byte of its answer (30 s)
	Now            func() time.Time // nil: time.Now
}

// API is the VOD API as an Authority: inboxfs itself asks VOD, with the account's credentials.
type API struct {
	o      APIOptions
	client *acs.Client
}

var _ Authority = (*API)(nil)

// NewAPI checks the options. It sends nothing.
func NewAPI(o APIOptions) (*API, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	client, err := acs.New(acs.Options{Name: "VOD", Version: version, Endpoint: o.Endpoint, Proxy: o.Proxy,
		ConnectTimeout: o.ConnectTimeout, Timeout: o.Timeout, Now: o.Now})
	if err != nil {
		return nil, err
	}
	return &API{o, client}, nil
}

// Close closes connections that are not in use.
func (a *API) Close() { a.client.Close() }

// Create implements Authority: CreateUploadVideo, CreateUploadImage or CreateUploadAttachedMedia, as the name's ending
// asks for.
func (a *API) Create(ctx context.Context, m Media) (Grant, error) {
	if err := m.check(); err != nil {
		return Grant{}, err
	}
	q := make(map[string]string)
	take := func(names ...string) {
		for _, name := range names {
			q[name] = m.Params[name]
		}
	}
	take("Description", "Tags", "StorageLocation", "AppId", "UserData")
	q["Title"] = m.title()
	switch kind, ext := KindOf(m.File), Extension(m.File); kind {
	case Video:
		q["FileName"], q["FileSize"] = m.fileName(), strconv.FormatInt(m.Size, 10)
		take("CateId", "CoverURL", "TemplateGroupId", "WorkflowId", "EnableFirstFrameCover", "GenerateThumbnail")
		q["ReferenceId"] = m.Name
		g, err := a.grant(ctx, "CreateUploadVideo", q)
		if m.Name != "" && repeated(err) { // the first question arrived, and its answer was lost
			g, err = a.grant(ctx, "RefreshUploadVideo", map[string]string{"ReferenceId": m.Name})
			return g, unsure(err)
		}
		return g, err
	case Image:
		q["ImageType"], q["ImageExt"], q["OriginalFileName"] = cmp.Or(m.Params["ImageType"], "default"), ext,
			m.fileName()
		take("CateId")
		return a.grant(ctx, "CreateUploadImage", q)
	case Attached:
		q["BusinessType"], q["MediaExt"], q["FileName"], q["CateIds"] = business(ext), ext, m.fileName(),
			m.Params["CateId"]
		return a.grant(ctx, "CreateUploadAttachedMedia", q)
	default:
		return Grant{}, unknownKind(m.File)
	}
}

// Refresh implements Authority: RefreshUploadVideo. Images and attached media cannot be refreshed (VOD's page on upload
// credentials), so for those there is nothing any more.
func (a *API) Refresh(ctx context.Context, m Media) (Grant, error) {
	if KindOf(m.File) != Video {
		return Grant{}, &transfer.Error{Kind: transfer.Resumable, Code: codeNoVideo,
			Message: "only videos can be refreshed"}
	}
	return a.grant(ctx, "RefreshUploadVideo", named(m.VideoID, "VideoId", "ReferenceId"))
}

// named is the parameter that names a video, by VOD's id or by a name of ours.
func named(videoID, id, reference string) map[string]string {
	if name, ok := transfer.Reference(videoID); ok {
		return map[string]string{reference: name}
	}
	return map[string]string{id: videoID}
}

// doubtful reports whether VOD refused a question about a video that it may have made, for another reason than that
// there is none, or that nobody may ask. Which codes these are its pages do not say.
func doubtful(err error) bool {
	var e *transfer.Error
	return errors.As(err, &e) && e.Kind == transfer.Final && !verdict.MissingRight(e)
}

// unsure is such a refusal where no other question is left: it says nothing against the file, and passes perhaps.
func unsure(err error) error {
	if !doubtful(err) {
		return err
	}
	var e *transfer.Error
	errors.As(err, &e) // doubtful has found it
	passing := *e
	passing.Kind, passing.Message = transfer.Resumable, "VOD has made the video, and does not say where it goes: "+
		e.Message
	passing.Hint = cmp.Or(e.Hint, "if it stays so, cancel the file, look for the video in the VOD console, and retry")
	return &passing
}

// repeated reports whether VOD refused a ReferenceId that it knows already. Its pages name no code for that.
func repeated(err error) bool {
	var e *transfer.Error
	return errors.As(err, &e) && e.Kind == transfer.Final && strings.Contains(strings.ToLower(e.Code+" "+e.Message),
		"referenceid")
}

// Discard removes the parts that were uploaded of a video (DeleteMultipartUpload). nil also when there are none.
func (a *API) Discard(ctx context.Context, videoID string) error {
	_, err := a.call(ctx, "DeleteMultipartUpload", map[string]string{"MediaId": videoID, "MediaType": "video"})
	if is(err, codeNoVideo) || is(err, "InvalidMultipartUpload.NotFound") {
		return nil
	}
	return err
}

// Remove removes a media: DeleteVideo with the parts that were sent of it, DeleteImage, DeleteAttachedMedia. nil also
// when there is none.
func (a *API) Remove(ctx context.Context, videoID string, kind Kind) error {
	var err error
	switch kind {
	case Image:
		_, err = a.call(ctx, "DeleteImage", map[string]string{"DeleteImageType": "ImageId", "ImageIds": videoID})
	case Attached:
		_, err = a.call(ctx, "DeleteAttachedMedia", map[string]string{"MediaIds": videoID})
	default:
		if _, maybe := transfer.Reference(videoID); !maybe {
			if err := a.Discard(ctx, videoID); err != nil {
				return err
			}
		}
		_, err = a.call(ctx, "DeleteVideo", named(videoID, "VideoIds", "ReferenceIds"))
	}
	var e *transfer.Error
	if errors.As(err, &e) && strings.HasSuffix(e.Code, ".NotFound") &&
		!strings.HasPrefix(e.Code, "InvalidAccessKeyId") {
		return nil
	}
	return err
}

// Empty reports whether nothing was uploaded of a video (GetVideoInfo). It is not when there is no such video.
func (a *API) Empty(ctx context.Context, videoID string) (bool, error) {
	body, err := a.call(ctx, "GetVideoInfo", map[string]string{"VideoId": videoID})
	if is(err, codeNoVideo) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var said struct{ Video struct{ Status string } }
	if err := json.Unmarshal(body, &said); err != nil || said.Video.Status == "" {
		return false, &transfer.Error{Kind: transfer.Resumable, Code: "InvalidResponse",
			Message: "VOD does not say the state of a video"}
	}
	return said.Video.Status == "Uploading", nil
}

// grant makes a call that answers with an address and an auth.
func (a *API) grant(ctx context.Context, action string, query map[string]string) (Grant, error) {
	body, err := a.call(ctx, action, query)
	if err != nil {
		return Grant{}, err
	}
	return ParseGrant(body, Clock{Ours: a.o.Now, Server: a.client.Time})
}

// call makes a call and returns the JSON object of its answer, with another key if the first has expired.
func (a *API) call(ctx context.Context, action string, query map[string]string) ([]byte, error) {
	for {
		key, err := a.o.Key(ctx)
		if err != nil {
			return nil, verdict.Unsigned(ctx, err)
		}
		body, err := a.client.Call(ctx, key, action, query)
		var e *transfer.Error
		if errors.As(err, &e) && e.Kind == transfer.Renew && a.o.Rejected != nil && a.o.Rejected(ctx, key) {
			continue
		}
		return body, err
	}
}

// Time is the time by VOD's clock, as far as an answer told it. Otherwise it is this machine's, and not known.
func (a *API) Time() (now time.Time, known bool) { return a.client.Time() }

// AskTime asks the server for nothing but its time, without signing anything.
func (a *API) AskTime(ctx context.Context) error {
	_, err := a.Greet(ctx)
	return err
}

// Greet is AskTime for who wants to see for himself: it returns the time that the server said, zero if it said none.
func (a *API) Greet(ctx context.Context) (time.Time, error) { return a.client.Greet(ctx) }
