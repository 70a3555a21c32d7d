package credential

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// Auth is an UploadAuth of ApsaraVideo VOD: credentials that are good for one file.
type Auth struct {
	Credentials
	Region string // in which the file is stored; empty: the configured one
}

// ParseAuth reads an UploadAuth as CreateUploadVideo and RefreshUploadVideo return it, base64 of a JSON object, or that
// object itself:
//
//	{"AccessKeyId": "ID", "AccessKeySecret": "SECRET", "SecurityToken": "TOKEN", "Expiration": "3600",
//	 "ExpireUTCTime": "2006-01-02T15:04:05Z", "Region": "cn-shanghai"}
//
// Expiration is seconds from now or a time; ExpireUTCTime goes before it; both may be missing, and so may Region. An
// error wraps queue.ErrInvalid, or is ErrExpired. It never repeats any part of text.
func ParseAuth(text string, now time.Time) (Auth, error) {
	object, err := decoded("UploadAuth", text)
	if err != nil {
		return Auth{}, err
	}
	f, err := parseFields(object)
	if err != nil {
		return Auth{}, err
	}
	c, err := f.credentials(now, withTokenOnly)
	if err != nil {
		return Auth{}, err
	}
	if !printable(f.Region) || strings.ContainsAny(f.Region, "/.:@") {
		return Auth{}, invalid("the UploadAuth has a Region that is none")
	}
	return Auth{c, f.Region}, nil
}

// Address is an UploadAddress of ApsaraVideo VOD: where one file goes.
type Address struct {
	Endpoint string // URL of the OSS endpoint, without the bucket and without a slash at its end
	Bucket   string
	FileName string // object key
}

// ParseAddress reads an UploadAddress as CreateUploadVideo returns it, base64 of a JSON object, or that object itself:
//
//	{"Endpoint": "https://oss-cn-shanghai.aliyuncs.com", "Bucket": "BUCKET", "FileName": "video/KEY.mp4"}
//
// An Endpoint without a scheme means https. An error wraps queue.ErrInvalid and never repeats any part of text.
func ParseAddress(text string) (Address, error) {
	object, err := decoded("UploadAddress", text)
	if err != nil {
		return Address{}, err
	}
	var a Address
	if json.Unmarshal([]byte(object), &a) != nil { // what it says can quote the input
		return Address{}, invalid("the UploadAddress is malformed JSON, or has a value that is not a string")
	}
	for _, part := range []struct{ name, value string }{{"Endpoint", a.Endpoint}, {"Bucket", a.Bucket}, {"FileName", a.FileName}} {
		if part.value == "" {
			return Address{}, invalid("the UploadAddress has no %s", part.name)
		}
	}
	if !strings.Contains(a.Endpoint, "://") {
		a.Endpoint = "https://" + a.Endpoint
	}
	a.Endpoint = strings.TrimRight(a.Endpoint, "/")
	u, err := url.Parse(a.Endpoint)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.Path != "" ||
		strings.ContainsAny(a.Endpoint, "?#") || !printable(a.Endpoint):
		return Address{}, invalid("the Endpoint of the UploadAddress is not a URL like https://oss-cn-shanghai.aliyuncs.com")
	case len(a.Bucket) < 3 || len(a.Bucket) > 63 || strings.Trim(a.Bucket, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" ||
		strings.HasPrefix(a.Bucket, "-") || strings.HasSuffix(a.Bucket, "-"):
		return Address{}, invalid("the Bucket of the UploadAddress cannot be a bucket's name")
	case len(a.FileName) > 1023 || !utf8.ValidString(a.FileName) || strings.HasPrefix(a.FileName, "/") || strings.HasPrefix(a.FileName, `\`):
		return Address{}, invalid("the FileName of the UploadAddress cannot be an object key")
	}
	return a, nil
}

// decoded is the JSON object in text, which may be base64 in either alphabet, with or without its padding.
func decoded(what, text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", invalid("the %s is missing", what)
	}
	if strings.HasPrefix(text, "{") {
		return text, nil
	}
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	object, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil || !strings.HasPrefix(strings.TrimSpace(string(object)), "{") {
		return "", invalid("the %s is neither base64 of a JSON object nor one itself", what)
	}
	return string(object), nil
}
