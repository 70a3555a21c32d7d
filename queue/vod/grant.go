package vod

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"inboxfs/queue/transfer"
	"inboxfs/queue/verdict"
)

// Grant is the leave to upload one file: where to, and with which key.
type Grant struct {
	VideoID string // VideoId, ImageId or MediaId
	Address Address
	Auth    Auth
}

// Address is an UploadAddress.
type Address struct {
	Endpoint string // with its scheme, without the bucket
	Bucket   string
	Key      string // FileName
	Prefix   string // ObjectPrefix, of what goes beside it: the segments of a playlist
}

// Auth is an UploadAuth: a temporary key for one object. However it is printed, nothing of it is shown.
type Auth struct {
	AccessKeyID, AccessKeySecret, SecurityToken string
	Expires                                     time.Time // by our clock; zero: not said, or not to be believed
	Region                                      string    // "": not said
}

// Format keeps a printed Auth from showing what it holds.
func (a Auth) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "upload auth") // a fmt.State takes everything
}

// MarshalText is what text encoders, encoding/json among them, show.
func (a Auth) MarshalText() ([]byte, error) { return []byte("upload auth"), nil }

// ParseAuth reads an UploadAuth as CreateUploadVideo answers it: base64 of a JSON object, or the object itself. It must
// have a key with its token, and its time must not be over. Source of the fields: VOD's page on upload addresses
// and credentials; that Expiration is a number of seconds in some and a time in others is what the SDKs cope with.
func ParseAuth(text string, clock Clock) (Auth, error) {
	var raw struct {
		AccessKeyID, AccessKeySecret, SecurityToken, ExpireUTCTime, Region string
		Expiration                                                         json.RawMessage
	}
	if err := decode("UploadAuth", text, &raw); err != nil {
		return Auth{}, err
	}
	a := Auth{AccessKeyID: raw.AccessKeyID, AccessKeySecret: raw.AccessKeySecret, SecurityToken: raw.SecurityToken,
		Region: raw.Region}
	for _, field := range []struct{ name, value string }{
		{"AccessKeyId", a.AccessKeyID}, {"AccessKeySecret", a.AccessKeySecret}, {"SecurityToken", a.SecurityToken}} {
		switch {
		case field.value == "":
			return Auth{}, invalid("the UploadAuth has no %s", field.name)
		case strings.ContainsFunc(field.value, func(r rune) bool { return r <= ' ' || r > '~' }):
			return Auth{}, invalid("the %s of the UploadAuth holds a blank or another character that no key has",
				field.name)
		}
	}
	// the first that is to be believed
	for _, said := range []string{raw.ExpireUTCTime, strings.Trim(string(raw.Expiration), `"`)} {
		e, err := parseExpiry(said)
		if err != nil {
			return Auth{}, err
		}
		if over := e.over(clock); over != "" {
			return Auth{}, fmt.Errorf("%w: this UploadAuth ended%s", transfer.ErrKeyExpired, over)
		}
		if a.Expires = e.here(clock); !a.Expires.IsZero() {
			break
		}
	}
	return a, nil
}

// expiry is the end of an auth as it was said: a time by the server's clock, or how long it lasts from now on.
type expiry struct {
	said  bool
	at    time.Time // zero: it is
	lasts time.Duration
}

// here is when that is by our clock; zero where nobody knows.
func (e expiry) here(clock Clock) time.Time {
	if !e.said {
		return time.Time{}
	}
	if e.at.IsZero() {
		return clock.ours().Add(e.lasts)
	}
	if at, known := clock.here(e.at); known {
		return at
	}
	return time.Time{}
}

// over says since when it is over; "": it is not, or nobody knows.
func (e expiry) over(clock Clock) string {
	end := e.here(clock)
	switch {
	case !e.said:
	case e.at.IsZero() && e.lasts <= 0:
		return " at once"
	case e.at.IsZero():
	case !end.IsZero() && !clock.ours().Before(end), end.IsZero() && e.at.Before(epoch):
		return " at " + e.at.UTC().Format(time.RFC3339)
	}
	return ""
}

// parseExpiry reads a time, or a number of seconds: from now, or since 1970 where it is too large for that.
func parseExpiry(s string) (expiry, error) {
	if s == "" || s == "null" {
		return expiry{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return expiry{said: true, at: t}, nil
	}
	seconds, err := strconv.ParseFloat(s, 64)
	const year2001 = 1e9
	switch {
	case err != nil || math.IsNaN(seconds) || seconds < 0 || seconds > 1e11:
		return expiry{},
			invalid("the expiry of the UploadAuth is neither a time such as 2026-12-01T12:00:00Z nor a number of " +
				"seconds")
	case seconds >= year2001:
		return expiry{said: true, at: time.Unix(int64(seconds), 0)}, nil
	}
	return expiry{said: true, lasts: time.Duration(seconds * float64(time.Second))}, nil
}

// ParseAddress reads an UploadAddress: base64 of a JSON object, or the object itself.
func ParseAddress(text string) (Address, error) {
	var raw struct{ Endpoint, Bucket, FileName, ObjectPrefix string }
	if err := decode("UploadAddress", text, &raw); err != nil {
		return Address{}, err
	}
	for _, field := range []struct{ name, value string }{{"Endpoint", raw.Endpoint}, {"Bucket", raw.Bucket},
		{"FileName", raw.FileName}} {
		if field.value == "" {
			return Address{}, invalid("the UploadAddress has no %s", field.name)
		}
	}
	if !strings.Contains(raw.Endpoint, "://") {
		raw.Endpoint = "https://" + raw.Endpoint
	}
	u, err := url.Parse(raw.Endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return Address{},
			invalid("the Endpoint of the UploadAddress is no URL such as https://oss-cn-shanghai.aliyuncs.com")
	}
	if nowhere(u.Hostname()) {
		return Address{}, invalid("the Endpoint of the UploadAddress is in no network that files are sent to")
	}
	if !isKey(raw.FileName) {
		return Address{}, invalid("the FileName of the UploadAddress can be no object's key")
	}
	if !isKey(raw.ObjectPrefix) {
		return Address{}, invalid("the ObjectPrefix of the UploadAddress can be no part of an object's key")
	}
	if strings.HasSuffix(u.Hostname(), ".aliyuncs.com") { // some answers say http, but all of these have TLS
		raw.Endpoint = "https://" + u.Host
	}
	return Address{Endpoint: raw.Endpoint, Bucket: raw.Bucket, Key: raw.FileName, Prefix: raw.ObjectPrefix}, nil
}

const maxKey = 1023 // bytes

func isKey(key string) bool {
	return utf8.ValidString(key) && len(key) <= maxKey && !strings.ContainsFunc(key, unicode.IsControl)
}

// nowhere reports whether a host is an address that serves only this machine's own set-up, such as the one that gives
// out the credentials of a cloud's machine: nobody keeps files there. Private networks are fine, a VPC has its
// endpoints there.
func nowhere(host string) bool {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false // a name
	}
	ip = ip.Unmap()
	return ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() ||
		ip == netip.AddrFrom4([4]byte{100, 100, 100, 200})
}

// decode reads a JSON object, in base64 or not. Its errors repeat nothing of it.
func decode(what, text string, into any) error {
	text = strings.TrimSpace(text)
	data := []byte(text)
	if !strings.HasPrefix(text, "{") {
		text = strings.NewReplacer("-", "+", "_", "/", "=", "", "\n", "", "\r", "").Replace(text)
		var err error
		if data, err = base64.RawStdEncoding.DecodeString(text); err != nil {
			return invalid("the %s is neither base64 nor JSON", what)
		}
	}
	if err := json.Unmarshal(data, into); err != nil {
		return invalid("the %s holds no JSON object with the fields that it should have", what)
	}
	return nil
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", transfer.ErrInvalid, fmt.Sprintf(format, args...))
}

// ParseGrant reads what CreateUploadVideo and its sisters answer.
func ParseGrant(body []byte, clock Clock) (Grant, error) {
	var raw struct{ VideoID, ImageID, MediaID, UploadAddress, UploadAuth string }
	if err := json.Unmarshal(body, &raw); err != nil {
		return Grant{}, badGrant("it is no JSON object with the texts VideoId, UploadAddress and UploadAuth")
	}
	g := Grant{VideoID: raw.VideoID + raw.ImageID + raw.MediaID}
	if !verdict.IsWord(g.VideoID) {
		return Grant{}, badGrant("it has no VideoId")
	}
	var err error
	if g.Address, err = ParseAddress(raw.UploadAddress); err == nil {
		g.Auth, err = ParseAuth(raw.UploadAuth, clock)
	}
	if err != nil {
		return Grant{}, badGrant(err.Error())
	}
	return g, nil
}

func badGrant(why string) error {
	return &transfer.Error{Kind: transfer.Resumable, Code: codeNoAuth,
		Message: "the answer to the request for an upload address cannot be used: " + why}
}
