package credential

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
)

// fields is what the JSON forms of credentials have, by the names of STS and by those of the command line client.
type fields struct {
	AccessKeyID     string `json:"AccessKeyId"`
	AccessKeySecret string
	SecurityToken   string
	Expiration      scalar
	ExpireUTCTime   scalar // in UploadAuth; goes before Expiration

	ClientID     string `json:"access_key_id"`
	ClientSecret string `json:"access_key_secret"`
	ClientToken  string `json:"sts_token"`
}

// scalar is a JSON string or number, as text.
type scalar string

func (s *scalar) UnmarshalJSON(text []byte) error {
	var n json.Number
	if len(text) > 0 && text[0] != '"' && string(text) != "null" {
		err := json.Unmarshal(text, &n)
		*s = scalar(n)
		return err
	}
	return json.Unmarshal(text, (*string)(s))
}

// parseFields reads a JSON object: bare, in Credentials as AssumeRole returns it, or beside a Code as a credentials URI
// does. It drops what encoding/json says of a mistake, because that can quote the input.
func parseFields(text string) (fields, error) {
	var a struct {
		fields
		Code        scalar
		Credentials *fields
	}
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&a); err != nil {
		return fields{}, invalid("malformed JSON, or a value that is not a string, near byte %d", d.InputOffset())
	}
	if _, err := d.Token(); err != io.EOF {
		return fields{}, invalid("something follows the JSON object at byte %d", d.InputOffset())
	}
	if a.Code != "" && !strings.EqualFold(string(a.Code), "Success") && !strings.EqualFold(string(a.Code), "OK") &&
		a.Code != "200" {
		return fields{}, invalid("it is an answer that says an error, not credentials: its Code is not Success")
	}
	f := a.fields
	if a.Credentials != nil {
		f = *a.Credentials
	}
	if f.AccessKeyID == "" && f.AccessKeySecret == "" && f.SecurityToken == "" {
		f.AccessKeyID, f.AccessKeySecret, f.SecurityToken = f.ClientID, f.ClientSecret, f.ClientToken
	}
	return f, nil
}

// Whether credentials may be a long-term key.
const (
	withTokenOnly = false
	keyOnly       = true
)

// credentials checks the fields. Nothing of them is in an error. Those that are over at now come with ErrExpired.
func (f fields) credentials(now time.Time, keyOnly bool) (Credentials, error) {
	c := Credentials{AccessKeyID: f.AccessKeyID, AccessKeySecret: f.AccessKeySecret, SecurityToken: f.SecurityToken}
	for _, part := range []struct{ name, value string }{
		{"access key id", c.AccessKeyID}, {"access key secret", c.AccessKeySecret}, {"security token", c.SecurityToken},
	} {
		if part.value == "" && !(keyOnly && part.name == "security token") {
			return Credentials{},
				invalid("the %s is missing; write ID SECRET TOKEN [EXPIRY], or the JSON that STS returned", part.name)
		}
	}
	if field := unprintable(c); field != "" {
		return Credentials{}, invalid("the %s holds a character that no credential has", field)
	}
	expiry := string(f.ExpireUTCTime)
	if expiry == "" {
		expiry = string(f.Expiration)
	}
	if expiry != "" {
		var err error
		if c.Expires, err = parseExpiry(expiry, now); err != nil {
			return Credentials{}, err
		}
	}
	if c.expired(now) {
		return c, ErrExpired
	}
	return c, nil
}

const (
	// STS grants hours; a plain number below a year is a lifetime, from 2001 on it is a time, between them a mistake.
	longestLifetime = 365 * 24 * 60 * 60
	firstUnix       = 1_000_000_000
	lastUnix        = 99_999_999_999 // more digits are milliseconds
)

func parseExpiry(s string, now time.Time) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || n < 0 || longestLifetime < n && n < firstUnix || n > lastUnix:
		return time.Time{},
			invalid("the expiry is not a time; write it like 2006-01-02T15:04:05Z, as Unix seconds, " +
				"or as seconds from now")
	case n < firstUnix:
		return now.Add(time.Duration(n) * time.Second), nil
	}
	return time.Unix(n, 0), nil
}

// unprintable names the part of c with a character that cannot go into a header field, or returns "".
func unprintable(c Credentials) string {
	for _, part := range []struct{ name, value string }{
		{"access key id", c.AccessKeyID}, {"access key secret", c.AccessKeySecret}, {"security token", c.SecurityToken},
	} {
		if !printable(part.value) {
			return part.name
		}
	}
	return ""
}

// printable reports whether s has only characters that credentials, regions and hosts are made of.
func printable(s string) bool {
	for i := range len(s) {
		if b := s[i]; b <= ' ' || b >= 0x7f {
			return false
		}
	}
	return true
}
