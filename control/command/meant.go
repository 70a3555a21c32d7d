package command

import (
	"slices"

	"inboxfs/control"
)

// meant is words of other programs that people write here, and what to do for what they mean.
var meant = map[string]string{
	"ls":    "inboxfs status shows the files, and MOUNTPOINT/list has them all",
	"list":  "inboxfs status shows the files, and MOUNTPOINT/list has them all",
	"queue": "inboxfs status shows the files, and MOUNTPOINT/queue sums them up",
	"stat":  "MOUNTPOINT/status/NAME has what is known of a file, and inboxfs status shows the queue",
	"log":   "tail -f MOUNTPOINT/events shows what happens",
	"logs":  "tail -f MOUNTPOINT/events shows what happens",
	"tail":  "tail -f MOUNTPOINT/events shows what happens",
	"cp":    "cp FILE MOUNTPOINT/inbox/ uploads a file",
	"put":   "cp FILE MOUNTPOINT/inbox/ uploads a file",
	"rm":    "rm MOUNTPOINT/inbox/NAME takes back a file that is not uploaded yet",
}

// drops is the verbs after which files are gone. Nobody is led to them by a guess.
var drops = []string{"deleteFile", "clearFiles"}

// guessable reports whether a word may be proposed to somebody who wrote another one.
func guessable(word string) bool {
	return !slices.ContainsFunc(control.Verbs(), func(v control.Verb) bool {
		return slices.Contains(drops, v.Name) && (v.Name == word || slices.Contains(v.Aliases(), word))
	})
}
