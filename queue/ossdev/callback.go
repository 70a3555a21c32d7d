package ossdev

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// callback is what a request wants told to a server of its own once the object is there. OSS signs it, which is left
// out here.
type callback struct {
	URL      string `json:"callbackUrl"`
	Host     string `json:"callbackHost"`
	Body     string `json:"callbackBody"`
	BodyType string `json:"callbackBodyType"`
	SNI      bool   `json:"callbackSNI"` // every connection of ours has it

	vars map[string]string
}

const (
	callbackWait    = 5 * time.Second
	maxCallbackText = 5 << 10 // bytes, of callback and of callback-var, in base64
	maxCallbackURLs = 5
)

// callback reads what the request's headers or its signed URL say, nil for nothing.
func (x *exchange) callback() (*callback, *Error) {
	text := cmp.Or(x.r.Header.Get("x-oss-callback"), x.query.Get("callback"))
	if text == "" {
		return nil, nil
	}
	wrong := func(what string) (*callback, *Error) {
		return nil, invalid("callback", text, what)
	}
	long := func(what, ec string) (*callback, *Error) {
		_, e := wrong(what)
		e.EC = ec
		return nil, e
	}
	if len(text) > maxCallbackText {
		return long("The callback configuration is too long.", "0007-00000001")
	}
	plain, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return wrong("The callback configuration is not base64 encoded.")
	}
	c := &callback{BodyType: "application/x-www-form-urlencoded"}
	if err := json.Unmarshal(plain, c); err != nil {
		return wrong("The callback configuration is not json format.")
	}
	switch {
	case c.URL == "" || c.Body == "":
		return wrong("The callback configuration must have callbackUrl and callbackBody.")
	case strings.Count(c.URL, ";") >= maxCallbackURLs:
		return wrong("The callbackUrl has too many addresses.")
	case c.BodyType != "application/x-www-form-urlencoded" && c.BodyType != "application/json":
		return wrong("The callbackBodyType is not valid.")
	}
	if vars := cmp.Or(x.r.Header.Get("x-oss-callback-var"), x.query.Get("callback-var")); vars != "" {
		if len(vars) > maxCallbackText {
			return long("The callback-var is too long.", "0007-00000101")
		}
		plain, err := base64.StdEncoding.DecodeString(vars)
		if err != nil || json.Unmarshal(plain, &c.vars) != nil {
			return wrong("The callback-var is not json format.")
		}
		for name := range c.vars {
			if !strings.HasPrefix(name, "x:") || name != strings.ToLower(name) {
				return wrong("The names of callback-var must begin with x: and be in lower case.")
			}
		}
	}
	return c, nil
}

// tell calls the callback back about an object, and makes its answer that of the request.
func (x *exchange) tell(c *callback, m Meta, a *answer) (*answer, error) {
	if c == nil {
		return a, nil
	}
	var wrong *Error
	for target := range strings.SplitSeq(c.URL, ";") { // one after the other, until one answers
		var said []byte
		if said, wrong = x.post(c, strings.TrimSpace(target), m); wrong == nil {
			a.xml, a.text = nil, said
			return a, nil
		}
	}
	return nil, wrong
}

func (x *exchange) post(c *callback, target string, m Meta) ([]byte, *Error) {
	ctx, cancel := context.WithTimeout(x.r.Context(), callbackWait)
	defer cancel()
	if !strings.Contains(target, "://") {
		target = "http://" + target
	}
	failed := func(format string, args ...any) ([]byte, *Error) {
		return nil, fail("CallbackFailed").say(fmt.Sprintf(format, args...))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(c.filled(x, m)))
	if err != nil {
		return failed("The callbackUrl is not valid.")
	}
	req.Header.Set("Content-Type", c.BodyType)
	req.Header.Set("User-Agent", "aliyun-oss-callback")
	req.Header.Set("x-oss-bucket", x.bucket)
	req.Header.Set("x-oss-requester", nobody.ID)
	req.Host = cmp.Or(c.Host, req.Host)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return failed("Error status : -1.%s can't be reached.", req.URL.Host)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxCallback+1))
	switch {
	case err != nil:
		return failed("Error status : -1.%s broke off.", req.URL.Host)
	case resp.StatusCode != http.StatusOK:
		return failed("Error status : %d.", resp.StatusCode)
	case len(text) > maxCallback || !json.Valid(text):
		return failed("Response body is not valid json format.")
	}
	return text, nil
}

const maxCallback = 1 << 20 // bytes of its answer

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

// filled is the body with what its placeholders stand for.
func (c *callback) filled(x *exchange, m Meta) string {
	client, _, _ := strings.Cut(x.r.RemoteAddr, ":")
	values := map[string]string{"bucket": x.bucket, "object": x.key, "etag": m.ETag,
		"mimeType": m.Header["Content-Type"],
		"crc64":    decimal(m.CRC64), "contentMd5": m.MD5, "clientIp": client, "reqId": x.id, "operation": x.action,
		"vpcId": "", "imageInfo.format": ""}
	for name, value := range c.vars {
		values[name] = value
	}
	return placeholder.ReplaceAllStringFunc(c.Body, func(text string) string {
		name := text[2 : len(text)-1]
		if name == "size" {
			return decimal(m.Size)
		}
		if c.BodyType != "application/json" {
			return url.QueryEscape(values[name])
		}
		quoted, err := json.Marshal(values[name])
		if err != nil {
			return `""`
		}
		return string(quoted)
	})
}
