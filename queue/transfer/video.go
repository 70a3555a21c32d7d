package transfer

import "strings"

// What a VideoID begins with that is none of VOD's.
const (
	byName  = "ref:" // the name of ours under which VOD may have made one
	byWhole = "of:"  // the video that the file is a piece of
	byAsked = "ask:" // what VOD was asked for, and nobody can find it without its id
)

// ByQuestion is the VideoID of a picture or the like that may have been made, and cannot be looked for. Each question
// has a name of its own.
func ByQuestion(name string) string { return byAsked + name }

// Asked reports whether a VideoID is one of these.
func Asked(videoID string) bool { return strings.HasPrefix(videoID, byAsked) }

// ByReference is the VideoID of a video that may have been made, and is known by a name of ours.
func ByReference(name string) string { return byName + name }

// Reference is the inverse of ByReference; ok is false for an id of VOD's.
func Reference(videoID string) (name string, ok bool) { return strings.CutPrefix(videoID, byName) }

// PieceOf is the VideoID of a file that is a piece of a video, and not the video: a segment of a playlist. It has an
// object, beside that of the playlist, and nothing else of its own at VOD.
func PieceOf(videoID string) string { return byWhole + videoID }

// Whole is the inverse of PieceOf; ok is false for an id of VOD's.
func Whole(videoID string) (whole string, ok bool) { return strings.CutPrefix(videoID, byWhole) }

// Shown returns the id that VOD gave, of the video or of what it is a piece of; "" as long as there is none.
func Shown(videoID string) string {
	if _, maybe := Reference(videoID); maybe || Asked(videoID) {
		return ""
	}
	if whole, piece := Whole(videoID); piece {
		return whole
	}
	return videoID
}
