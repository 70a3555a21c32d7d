package attribute

import (
	"errors"
	"fmt"
	"mime"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// maxHeader is how long one header's value may be, in bytes. OSS says no number for each; metadata may fill 8 KiB.
const maxHeader = 8 << 10

// headerValue takes what a header can carry unchanged. Signing and proxies trim blanks at the ends, and whatever is not
// ASCII means something else to everybody.
func headerValue(value string) (string, error) {
	switch {
	case value == "":
		return "", errors.New("is empty: remove the attribute instead")
	case len(value) > maxHeader:
		return "", fmt.Errorf("has %d bytes, at most %d are taken", len(value), maxHeader)
	case value != strings.TrimSpace(value):
		return "", errors.New("begins or ends with a blank or a line feed")
	case strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c > '~' }):
		return "", errors.New("a header takes printable ASCII only: encode anything else, for example as %E4%BD%A0")
	}
	return value, nil
}

func oneOf(words ...string) func(string) (string, error) {
	return func(value string) (string, error) {
		if slices.Contains(words, value) {
			return value, nil
		}
		for _, w := range words {
			if strings.EqualFold(w, value) {
				return "", fmt.Errorf("%s: write %s", quoted(value), w)
			}
		}
		return "", fmt.Errorf("%s: is not one of %s", quoted(value), strings.Join(words, ", "))
	}
}

// word takes an id: letters, digits and the signs in -._:/ , at most so many bytes.
func word(most int) func(string) (string, error) {
	return func(value string) (string, error) {
		if value == "" || len(value) > most || strings.ContainsFunc(value, func(c rune) bool {
			return !alphanumeric(c) && !strings.ContainsRune("-._:/", c)
		}) {
			return "", fmt.Errorf("%s: an id has 1 to %d letters, digits and -._:/", quoted(value), most)
		}
		return value, nil
	}
}

func alphanumeric(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func mediaType(value string) (string, error) {
	if _, err := headerValue(value); err != nil {
		return "", err
	}
	kind, _, err := mime.ParseMediaType(value)
	if major, minor, ok := strings.Cut(kind, "/"); err != nil || !ok || major == "" || minor == "" {
		return "", fmt.Errorf("%s: is not a content type such as video/mp4", quoted(value))
	}
	return value, nil
}

func disposition(value string) (string, error) {
	if _, err := headerValue(value); err != nil {
		return "", fmt.Errorf("%w; a file name in another script is written filename*=UTF-8''%%E4%%BD%%A0.mp4", err)
	}
	if kind, _, err := mime.ParseMediaType(value); err != nil || strings.Contains(kind, "/") {
		return "", fmt.Errorf(`%s: is not a disposition such as inline or attachment; filename="a.mp4"`, quoted(value))
	}
	return value, nil
}

// tokens takes words between commas, such as gzip, or de-CH, en.
func tokens(value string) (string, error) {
	if _, err := headerValue(value); err != nil {
		return "", err
	}
	for token := range strings.SplitSeq(value, ",") {
		token = strings.TrimSpace(token)
		if token == "" || strings.ContainsFunc(token, func(c rune) bool {
			return !alphanumeric(c) && c != '-' &&
				c != '*' && c != '_'
		}) {
			return "", fmt.Errorf("%s: is not a word, or words between commas", quoted(value))
		}
	}
	return value, nil
}

// httpDate takes what the Expires header wants, and what the API reference writes there: a time in ISO form.
func httpDate(value string) (string, error) {
	const form = "Mon, 02 Jan 2006 15:04:05 GMT"
	if _, err := time.Parse(form, value); err == nil {
		return value, nil
	}
	t, err := time.Parse(time.RFC3339, value)
	if err != nil || t.UTC().Year() < 1 || t.UTC().Year() > 9999 {
		return "", fmt.Errorf("%s: is not a time such as %s or 2026-12-01T12:00:00Z", quoted(value), form)
	}
	return t.UTC().Format(form), nil
}

// metaKey checks what comes after meta.
func metaKey(key string) error {
	if key == "" || strings.ContainsFunc(key, func(c rune) bool { return !alphanumeric(c) && c != '-' }) {
		return errors.New("the key of metadata has letters, digits and hyphens only, " +
			"and OSS does not tell upper from lower case")
	}
	return nil
}

// What an object's tags may be.
const (
	maxTags     = 10
	maxTagKey   = 128 // characters
	maxTagValue = 256
)

// tagging takes KEY=VALUE&KEY=VALUE. What is not a letter or digit may be written as it is or as %XX, and is sent as
// %XX. A plus is a plus: OSS allows it in tags, and a form would make a blank of it.
func tagging(value string) (string, error) {
	pairs := strings.Split(value, "&")
	if len(pairs) > maxTags {
		return "", fmt.Errorf("has %d tags, an object can have %d", len(pairs), maxTags)
	}
	seen := make(map[string]bool, len(pairs))
	for i, pair := range pairs {
		k, v, _ := strings.Cut(pair, "=")
		key, err := tag(k, maxTagKey)
		if err != nil {
			return "", err
		}
		val, err := tag(v, maxTagValue)
		if err != nil {
			return "", err
		}
		switch {
		case key == "" || strings.Contains(v, "="):
			return "", fmt.Errorf("%s: is not KEY=VALUE; several are joined by &", quoted(pair))
		case seen[key]:
			return "", fmt.Errorf("the tag %s stands there twice", quoted(key))
		}
		seen[key] = true
		pairs[i] = escape(key) + "=" + escape(val)
	}
	return strings.Join(pairs, "&"), nil
}

// escape leaves letters, digits and -_. as they are.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func tag(escaped string, most int) (string, error) {
	s, err := url.PathUnescape(escaped)
	switch {
	case err != nil || !utf8.ValidString(s):
		return "", fmt.Errorf("%s: %% begins a byte in hexadecimal, such as %%20, and the whole is UTF-8",
			quoted(escaped))
	case utf8.RuneCountInString(s) > most:
		return "", fmt.Errorf("%s: has more than %d characters", quoted(s), most)
	case strings.ContainsFunc(s, func(c rune) bool { return !alphanumeric(c) && !strings.ContainsRune(" +-=._:/", c) }):
		return "", fmt.Errorf("%s: a tag has letters, digits, blanks and +-=._:/ only", quoted(s))
	}
	return s, nil
}
