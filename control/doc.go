// Package control is the language of the control file: one verb per line, what it does to the queue, and what is said
// of it.
//
//	line    = blank | "#" comment | VERB [ARGUMENT]
//	VERB    = a word of the table in verbs.go, in any case
//	NAME    = the rest of the line, blanks included: a path below inbox, #ID, or a Go-quoted string
//
// A verb runs while the line is written, so the writer gets its errno; the words to it stand in the first line of
// control when it is read, and in the event log. What carries a secret is never repeated: not in results, not in
// events.
//
// On the command line of `inboxfs control` each file is an argument, and secrets come from elsewhere; commandline.go
// makes lines of it.
//
// What each verb does in each state stands in package queue (queueVerbs, fileVerbs); here is only how it is written.
package control
