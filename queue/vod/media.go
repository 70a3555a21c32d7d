package vod

import (
	"path"
	"strings"
	"unicode/utf8"

	"inboxfs/queue"
)

// Media is one file as VOD is told of it.
type Media struct {
	ID      queue.ID
	File    string            // path below inbox
	Size    int64             // bytes
	VideoID string            // of an upload that goes on; "" for a new one
	Params  map[string]string // of the API, by their names there, as the file's attributes give them: Tags, CateId, ...
}

const maxTitle = 128 // characters, VOD API reference

// title is what the media is called when nobody said so: the file's name without its ending.
func (m Media) title() string {
	if title := m.Params["Title"]; title != "" {
		return title
	}
	base := path.Base(m.File)
	title := strings.TrimSuffix(base, path.Ext(base))
	if title == "" {
		title = base
	}
	for utf8.RuneCountInString(title) > maxTitle {
		_, size := utf8.DecodeLastRuneInString(title)
		title = title[:len(title)-size]
	}
	return title
}

// fileName is the name that VOD keeps as the source file's.
func (m Media) fileName() string { return path.Base(m.File) }
