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

var pieces = []string{"ts", "m2ts", "m4s", "mp4", "m4v", "m4a", "cmfv", "cmfa", "cmft", "aac", "ac3", "ec3", "mp3",
	"vtt",
	"webvtt", "key"}

// Segment reports whether a file of this name looks like a piece of a playlist wherever it lies: what programs number
// (film12.ts), or what only streams have.
func Segment(name string) bool {
	switch ending(name) {
	case "m4s", "cmfv", "cmfa", "cmft", "key": // whoever encrypts makes the key first
		return true
	case "ts":
		return numbered(name)
	}
	return false
}

// Beginning reports whether a file of this name looks like that with which .m4s files begin (init.mp4).
func Beginning(name string) bool {
	return ending(name) == "mp4" && slices.Contains(strings.FieldsFunc(strings.ToLower(stem(name)), noLetter), "init")
}

// Fragment reports whether a file of this name is one that begins elsewhere, in a Beginning.
func Fragment(name string) bool { return ending(name) == "m4s" }

// Beside reports whether a file looks like a piece of a playlist that lies in its folder: as a segment, or its name
// begins as the playlist's.
func Beside(list, name string) bool {
	switch ending(name) {
	case "aac", "vtt", "webvtt":
		if numbered(name) {
			return true
		}
	}
	return Segment(name) || Beginning(name) || Piece(name) && strings.HasPrefix(path.Base(name), stem(list))
}

// numbered reports whether a name ends with a number.
func numbered(name string) bool {
	base := stem(name)
	return base != "" && strings.ContainsAny(base[len(base)-1:], "0123456789")
}

func noLetter(c rune) bool { return c < 'a' || c > 'z' }

func stem(name string) string { return strings.TrimSuffix(path.Base(name), path.Ext(name)) }

func ending(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }
