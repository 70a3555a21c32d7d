package attribute

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What VOD takes.
const (
	maxVideoTags = 16
	maxVideoTag  = 32   // characters
	maxExtend    = 512  // bytes of UserData's Extend
	maxUserData  = 1024 // bytes
	maxAddress   = 1024 // bytes
)

// text takes UTF-8 of 1 to most characters; line feeds and tabs may be in it, emoji may not.
func text(most int) func(string) (string, error) {
	return func(value string) (string, error) {
		n := utf8.RuneCountInString(value)
		switch {
		case value == "":
			return "", errors.New("is empty: remove the attribute instead")
		case !utf8.ValidString(value):
			return "", errors.New("is not UTF-8")
		case n > most:
			return "", fmt.Errorf("has %d characters, at most %d are taken", n, most)
		case strings.ContainsFunc(value, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' }):
			return "", errors.New("has a control character in it")
		case strings.ContainsFunc(value, Emoji):
			return "", errors.New("has an emoji in it, which VOD does not take")
		}
		return value, nil
	}
}

// Emoji reports whether a character is one that VOD takes for an emoticon: those beyond the basic plane that are no
// letters, the symbols before them, and what joins them.
func Emoji(c rune) bool {
	return c > 0xFFFF && !unicode.IsLetter(c) && !unicode.IsMark(c) || c >= 0x2600 && c <= 0x27BF || c == 0xFE0F ||
		c == 0x200D
}

// tags takes words between commas. Blanks around a comma are not part of a tag.
func tags(value string) (string, error) {
	list := strings.Split(value, ",")
	if len(list) > maxVideoTags {
		return "", fmt.Errorf("has %d tags, a video can have %d", len(list), maxVideoTags)
	}
	one := text(maxVideoTag)
	for i, t := range list {
		t, err := one(strings.TrimSpace(t))
		if err != nil {
			return "", fmt.Errorf("tag %d: %w", i+1, err)
		}
		list[i] = t
	}
	return strings.Join(list, ","), nil
}

func number(value string) (string, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n <= 0 || value[0] == '+' {
		return "", fmt.Errorf("%s: is not the number of a category, as the console shows it", quoted(value))
	}
	return strconv.FormatInt(n, 10), nil
}

func webAddress(value string) (string, error) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || len(value) > maxAddress {
		return "", fmt.Errorf("is not a URL that begins with https:// or http:// and has at most %d bytes", maxAddress)
	}
	return value, nil
}

// object takes a JSON object.
func object(value string) (string, error) {
	var any map[string]json.RawMessage
	switch err := json.Unmarshal([]byte(value), &any); {
	case len(value) > maxUserData:
		return "", fmt.Errorf("has %d bytes, at most %d are taken", len(value), maxUserData)
	case err != nil || any == nil || !utf8.ValidString(value):
		return "", errors.New(`is not a JSON object such as {"Extend":{"project":"alpha"}}`)
	case len(any["Extend"]) > maxExtend:
		return "", fmt.Errorf("has an Extend of %d bytes, at most %d are taken", len(any["Extend"]), maxExtend)
	}
	return value, nil
}
