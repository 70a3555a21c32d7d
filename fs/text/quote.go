package text

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// appendName appends a name, quoted where a line of list would not hold or could not tell it, or a verb take it for
// something else: for an id, or without its first blank.
func appendName(b []byte, name string) []byte {
	if name != "" && (name[0] == '#' || name[0] == ' ') {
		return strconv.AppendQuote(b, name)
	}
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c < ' ', c == 0x7f, c == '"', c == '\\', c >= utf8.RuneSelf && !clean(name[i:]):
			return strconv.AppendQuote(b, name)
		case c >= utf8.RuneSelf:
			return append(b, name...)
		}
	}
	return append(b, name...)
}

// Hidden reports whether a character is one that is obeyed rather than seen: a control character (Cc), or one of those
// that turn the direction of text or take no room (Cf) or break a line (Zl, Zp). A name with one of them shows as
// another name.
func Hidden(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r >= '\u00ad' && unicode.Is(unicode.Cf, r)
}

// Seen is s with its hidden characters written out, \u202e for instance, and everything else as it is.
func Seen(s string) string {
	if !strings.ContainsFunc(s, Hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if Hidden(r) {
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// clean reports whether s is UTF-8 without anything that appendName quotes.
func clean(s string) bool {
	for i, r := range s {
		if r == '"' || r == '\\' || Hidden(r) {
			return false
		}
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return false
			}
		}
	}
	return true
}

// appendValue appends the value of a flat keyed line. Quotes and backslashes inside are common in messages and stay.
func appendValue(b []byte, value string) []byte {
	if value != "" && value[0] == '"' {
		return strconv.AppendQuote(b, value)
	}
	for i, r := range value {
		if Hidden(r) {
			return strconv.AppendQuote(b, value)
		}
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(value[i:]); n == 1 {
				return strconv.AppendQuote(b, value)
			}
		}
	}
	return append(b, value...)
}

const hex = "0123456789abcdef"

// appendJSONString appends s as a JSON string, with U+FFFD for bytes that are not UTF-8, and hidden characters written
// out.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && n == 1:
				b = append(b, `\ufffd`...)
			case Hidden(r):
				for _, unit := range utf16.AppendRune(nil, r) {
					b = append(b, '\\', 'u', hex[unit>>12], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
				}
			default:
				b = append(b, s[i:i+n]...)
			}
			i += n
			continue
		}
		switch {
		case c == '"', c == '\\':
			b = append(b, '\\', c)
		case c < ' ', c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
		i++
	}
	return append(b, '"')
}
