package vod

import (
	"cmp"
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
)

// Media is one file as VOD is told of it.
type Media struct {
	ID      transfer.ID
	File    string            // path below inbox
	Size    int64             // bytes
	VideoID string            // of an upload that goes on; "" for a new one; see queue.ByReference
	Name    string            // by which VOD is to know a new video, besides its own id (ReferenceId)
	Instead string            // the media of an upload that cannot go on, which is not used any more; "" for none
	Params  map[string]string // of the API, by their names there, as the file's attributes give them: Tags, CateId, ...
}

// What VOD takes, by the API reference: characters; of the title and the description of attached media bytes.
const (
	maxTitle       = 128
	maxDescription = 1024
	maxTag         = 32
)

// title is what the media is called when nobody said so: the file's name without its ending, and without what VOD does
// not take in a title.
func (m Media) title() string {
	if title := m.Params["Title"]; title != "" {
		return title
	}
	base := path.Base(m.File)
	title := strings.TrimSuffix(base, path.Ext(base))
	if title == "" {
		title = base
	}
	title = strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || attribute.Emoji(c) || c == utf8.RuneError {
			return -1
		}
		return c
	}, title))
	for m.length(title) > maxTitle {
		_, size := utf8.DecodeLastRuneInString(title)
		title = title[:len(title)-size]
	}
	return cmp.Or(title, "untitled")
}

// length is how long a title or a description is by VOD's measure.
func (m Media) length(text string) int {
	if KindOf(m.File) == Attached {
		return len(text)
	}
	return utf8.RuneCountInString(text)
}

// unit is what length counts.
func (m Media) unit() string {
	if KindOf(m.File) == Attached {
		return "bytes (UTF-8)"
	}
	return "characters"
}

// check compares with the API's limits what was not known of the kind of file when it was set.
func (m Media) check() error {
	for _, c := range []struct {
		name, value string
		most        int
	}{{"title", m.Params["Title"], maxTitle}, {"description", m.Params["Description"], maxDescription}} {
		if n := m.length(c.value); n > c.most {
			return tooLong(c.name, n, c.most, m.unit())
		}
	}
	for tag := range strings.SplitSeq(m.Params["Tags"], ",") {
		if n := utf8.RuneCountInString(tag); n > maxTag {
			return tooLong("tag", n, maxTag, "characters")
		}
	}
	return nil
}

func tooLong(what string, n, most int, unit string) error {
	return &transfer.Error{Kind: transfer.Final, Code: "LengthExceededMax",
		Message: fmt.Sprintf("the %s has %d %s, VOD takes at most %d of such a file", what, n, unit, most),
		Hint:    "shorten it, then retry"}
}

// fileName is the name that VOD keeps as the source file's.
func (m Media) fileName() string { return path.Base(m.File) }
