package credential

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
)

// ParseToken reads the argument of resumeUploadWithToken, in words or as JSON; the package comment shows both. An error
// wraps queue.ErrInvalid, or is ErrExpired when the token is well-formed but of no use at the time now. It never repeats
// any part of line.
func ParseToken(line string, now time.Time) (Credentials, error) {
	line = strings.TrimSpace(line)
	var (
		c      Credentials
		expiry string
		err    error
	)
	if strings.HasPrefix(line, "{") {
		c, expiry, err = parseJSON(line)
	} else {
		c, expiry, err = parseWords(line)
	}
	if err != nil {
		return Credentials{}, err
	}
	for _, part := range []struct{ name, value string }{
		{"access key id", c.AccessKeyID}, {"access key secret", c.AccessKeySecret}, {"security token", c.SecurityToken},
	} {
		if part.value == "" {
			return Credentials{}, invalid("the %s is missing; write ID SECRET TOKEN [EXPIRY], or the JSON that STS returned", part.name)
		}
	}
	if field := unprintable(c); field != "" {
		return Credentials{}, invalid("the %s holds a character that no credential has", field)
	}
	if expiry != "" {
		if c.Expires, err = parseExpiry(expiry, now); err != nil {
			return Credentials{}, err
		}
	}
	if c.expired(now) {
		return Credentials{}, ErrExpired
	}
	return c, nil
}

func parseWords(line string) (c Credentials, expiry string, err error) {
	words := strings.Fields(line)
	if len(words) > 4 {
		return c, "", invalid("%d words where 3 or 4 belong: ID SECRET TOKEN [EXPIRY]", len(words))
	}
	for i, to := range []*string{&c.AccessKeyID, &c.AccessKeySecret, &c.SecurityToken, &expiry} {
		if i < len(words) {
			*to = words[i]
		}
	}
	return c, expiry, nil
}

// parseJSON drops what encoding/json says of a mistake, because that can quote the input.
func parseJSON(line string) (Credentials, string, error) {
	type answer struct {
		AccessKeyID     string `json:"AccessKeyId"`
		AccessKeySecret string
		SecurityToken   string
		Expiration      string
	}
	var a struct {
		answer
		Credentials *answer
	}
	d := json.NewDecoder(strings.NewReader(line))
	if err := d.Decode(&a); err != nil {
		return Credentials{}, "", invalid("malformed JSON, or a value that is not a string, near byte %d", d.InputOffset())
	}
	if _, err := d.Token(); err != io.EOF {
		return Credentials{}, "", invalid("something follows the JSON object at byte %d", d.InputOffset())
	}
	is := a.answer
	if a.Credentials != nil {
		is = *a.Credentials
	}
	return Credentials{AccessKeyID: is.AccessKeyID, AccessKeySecret: is.AccessKeySecret, SecurityToken: is.SecurityToken}, is.Expiration, nil
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
		return time.Time{}, invalid("the expiry is not a time; write it like 2006-01-02T15:04:05Z, as Unix seconds, or as seconds from now")
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
		for i := range len(part.value) {
			if b := part.value[i]; b <= ' ' || b >= 0x7f {
				return part.name
			}
		}
	}
	return ""
}
