// Package hint makes commands of hints: what a message says somebody may do can be pasted into a shell.
//
//	Way    the mount, as a command names it ──> inboxfs control --mount DIR VERB 'NAME'
//	Plain  the words of a hint, without those that look like commands and are none
package hint
