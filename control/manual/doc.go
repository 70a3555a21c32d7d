// Package manual is the manual: one page for each topic, as Markdown beside this file.
//
//	topic.md -> Parse (goldmark) -> Text: what `inboxfs help TOPIC` prints, 80 columns
//	                             -> Man:  what man shows, made by .package/build with control/manual/pages
//
// A page begins with "# Title", which is also its line in the list of topics and the NAME of its man page. Pages name
// each other by links such as [hooks](hooks.md); the tests follow them. The order of topics stands in manual.go.
package manual
