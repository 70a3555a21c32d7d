package ossdev

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// call is a request to one of the RPC services: VOD or STS.
type call struct {
	query, params url.Values // of the URL; of the URL and the form
	body          []byte
}

// operation is an action of an RPC service.
type operation struct {
	action, version string
	act             func(*exchange) (*answer, error)
}

const (
	vodVersion = "2017-03-21"
	stsVersion = "2015-04-01"
)

// operations are the actions that there are. They are in a function since they refer back to the exchange.
func operations() []operation {
	return []operation{
		{"CreateUploadVideo", vodVersion, (*exchange).createUploadVideo},
		{"RefreshUploadVideo", vodVersion, (*exchange).refreshUploadVideo},
		{"CreateUploadImage", vodVersion, (*exchange).createUploadImage},
		{"CreateUploadAttachedMedia", vodVersion, (*exchange).createUploadAttachedMedia},
		{"DeleteMultipartUpload", vodVersion, (*exchange).deleteMultipartUpload},
		{"GetVideoInfo", vodVersion, (*exchange).getVideoInfo},
		{"GetMezzanineInfo", vodVersion, (*exchange).getMezzanineInfo},
		{"DeleteVideo", vodVersion, (*exchange).deleteVideo},
		{"DeleteImage", vodVersion, (*exchange).deleteImage},
		{"DeleteAttachedMedia", vodVersion, (*exchange).deleteAttachedMedia},
		{"AssumeRole", stsVersion, (*exchange).assumeRole},
	}
}

// The credentials URI is not signed, but logged, and met by faults, like the others.
const (
	credentialsPath   = "/" + hidden + "/credentials"
	credentialsAction = "GetCredentials"
)

// maxForm limits an RPC request's body, in bytes; the largest real one has a few KiB.
const maxForm = 1 << 20

// isRPC reports whether a request is for an RPC service: one to the root, not of a bucket, that names an action or
// sends a form.
func (x *exchange) isRPC() bool {
	if x.options.Admin && x.r.URL.Path == credentialsPath {
		return true
	}
	if bucket, _ := x.name(); bucket != "" || strings.Trim(x.r.URL.Path, "/") != "" {
		return false
	}
	kind, _, _ := mime.ParseMediaType(x.r.Header.Get("Content-Type")) // a broken one is no form
	return x.r.URL.Query().Has("Action") || x.r.Header.Get("x-acs-action") != "" ||
		x.r.Method == http.MethodPost && kind == "application/x-www-form-urlencoded"
}

// parseRPC finds out which action it is. What it can tell is set also when it returns an error.
func (x *exchange) parseRPC() error {
	x.rpc = &call{params: url.Values{}}
	x.id = uuid()
	x.ended.RequestID = x.id
	if x.r.URL.Path == credentialsPath {
		x.rpc.params = x.r.URL.Query()
		x.action, x.act = credentialsAction, (*exchange).getCredentials
		if x.r.Method != http.MethodGet {
			return refusal("InvalidAction.NotFound")
		}
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(x.body, maxForm+1))
	if err != nil {
		return unreadable{err}
	}
	if len(body) > maxForm {
		return refusal("InvalidParameter").say("The request's body is too large.")
	}
	x.rpc.body = body
	query, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return refusal("InvalidParameter").say("The query string is malformed.")
	}
	x.rpc.query = query
	for name, values := range query {
		x.rpc.params[name] = values
	}
	if kind, _, _ := mime.ParseMediaType(x.r.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return refusal("InvalidParameter").say("The form is malformed.")
		}
		for name, values := range form {
			x.rpc.params[name] = append(x.rpc.params[name], values...)
		}
	}
	return x.chooseOperation()
}

// uuid is a request id in the form that the RPC services have.
func uuid() string {
	h := strings.ToUpper(randomHex(16))
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// chooseOperation looks the action up, by name and version.
func (x *exchange) chooseOperation() error {
	action, version := x.rpc.params.Get("Action"), x.rpc.params.Get("Version")
	if name := x.r.Header.Get("x-acs-action"); action == "" {
		action, version = name, x.r.Header.Get("x-acs-version")
	}
	switch {
	case action == "":
		return missing("Action")
	case version == "":
		return missing("Version")
	}
	for _, o := range operations() {
		if o.action != action {
			continue
		}
		x.action = action
		if o.version != version {
			return refusal("InvalidVersion")
		}
		x.act = o.act
	}
	if format := x.rpc.params.Get("Format"); strings.EqualFold(format, "XML") {
		return notValid("Format").say("The development endpoint answers in JSON only.")
	}
	if x.act == nil {
		return refusal("InvalidAction.NotFound")
	}
	return nil
}

// subject is what a fault's Key is compared with: the object's key or, of an RPC request, the file or the media.
func (x *exchange) subject() string {
	if x.rpc == nil {
		return x.key
	}
	for _, name := range []string{"VideoId", "MediaId", "FileName", "OriginalFileName", "RoleSessionName"} {
		if value := x.rpc.params.Get(name); value != "" {
			return value
		}
	}
	return ""
}

// param is a parameter of an RPC request, "" if it is missing.
func (x *exchange) param(name string) string { return x.rpc.params.Get(name) }

// rpcHeaders are those that every answer of the RPC services has.
func (x *exchange) rpcHeaders() http.Header {
	h := x.w.Header()
	h.Set("Date", x.now.UTC().Format(http.TimeFormat))
	h.Set("Content-Type", "application/json;charset=utf-8")
	h.Set("x-acs-request-id", x.id)
	return h
}

// document is an error's body.
func (x *exchange) document(e *Error) []byte {
	if x.rpc == nil {
		return e.document(x.id, x.r.Host)
	}
	// It is made of strings only, so it cannot fail.
	text, _ := json.Marshal(errorJSON{x.id, x.r.Host, e.Code, e.Message,
		"https://api.aliyun.com/troubleshoot?q=" + url.QueryEscape(e.Code)})
	return text
}
