package manual

import (
	"embed"
	"strings"
)

//go:embed *.md
var files embed.FS

// order is that in which somebody would read the pages.
var order = []string{
	"filesystem", "complete", "held", "uploaded", "programs", "users", "watching", "attributes",
	"verbs", "states", "events", "errors", "commands", "diagnosis",
	"configuration", "endpoints", "credentials", "proxies", "hooks", "vod", "hls",
	"recipes", "system", "fstab", "containers", "macos", "sdk", "promises", "speed",
}

// Page is the manual's page on one topic.
type Page struct {
	Name   string // the topic, such as verbs
	Title  string // what the page begins with
	Source string // as it stands in the file, in Markdown
}

// Pages returns all pages in the order in which to read them.
func Pages() []Page {
	pages := make([]Page, 0, len(order))
	for _, name := range order {
		if page, ok := Find(name); ok {
			pages = append(pages, page)
		}
	}
	return pages
}

// Find returns the page on a topic, whatever the case of its letters, and reports whether there is one.
func Find(topic string) (Page, bool) {
	name := strings.ToLower(topic)
	source, err := files.ReadFile(name + ".md")
	if err != nil {
		return Page{}, false // the only reason there can be: it was not embedded
	}
	title, _, _ := strings.Cut(strings.TrimPrefix(string(source), "# "), "\n")
	return Page{Name: name, Title: title, Source: string(source)}, true
}
