package verdict

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// How many bytes of what a server says of an error are kept. Real ones have far fewer.
const (
	maxCode    = 128
	maxMessage = 1024
)

// Code is the name of an error, or a request id, as it may be shown.
func Code(s string) string { return plain(s, maxCode) }

// Message is what a server says, as it may be shown.
func Message(s string) string { return plain(s, maxMessage) }

// plain is at most so many bytes of s, with a ? for whatever does not print: it goes to terminals, logs and files that
// are read line by line.
func plain(s string, most int) string {
	cut := len(s) > most
	if cut {
		for s = s[:most+1]; len(s) > most || !utf8.RuneStart(s[len(s)-1]); s = s[:len(s)-1] { // between two runes
		}
	}
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
	if cut {
		s += "..."
	}
	return s
}

// maxWord is the longest id or ETag that a server may give, in bytes. Real ones have up to 64.
const maxWord = 256

// IsWord reports whether an id or ETag that a server gave can be one: printable ASCII without blanks, and not empty. It
// is kept in the journal, shown, and sent back in the addresses of requests.
func IsWord(s string) bool {
	return s != "" && len(s) <= maxWord && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
