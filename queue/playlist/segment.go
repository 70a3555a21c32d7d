package playlist

import (
	"path"
	"slices"
	"strings"
)

// Piece reports whether a file of this name may belong to a playlist: its ending is one that HLS has.
func Piece(name string) bool {
	return slices.Contains(pieces, ending(name))
}

var pieces = []string{"ts", "m2ts", "m4s", "mp4", "m4v", "m4a", "cmfv", "cmfa", "cmft", "aac", "ac3", "ec3", "mp3", "vtt",
	"webvtt", "key"}

// Segment reports whether a file of this name looks like one that belongs to a playlist, and is nothing by itself:
// what programs number (film12.ts), or a beginning of what they number (init.mp4), or what only HLS has.
func Segment(name string) bool {
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	switch ending(name) {
	case "m4s", "cmfv", "cmfa", "cmft", "key":
		return true
	case "ts", "aac", "vtt", "webvtt":
		digits := len(base) - len(strings.TrimRight(base, "0123456789"))
		return digits > 0 && digits <= mostDigits
	case "mp4":
		return slices.Contains(strings.FieldsFunc(strings.ToLower(base), noLetter), "init")
	}
	return false
}

// mostDigits is the longest number of a segment; what has more is a date, or a time.
const mostDigits = 6

func noLetter(c rune) bool { return c < 'a' || c > 'z' }

func ending(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }
