package control

import (
	"regexp"
	"strconv"
	"strings"
)

// secretive is what keys, tokens and base64 have, and most names of files have not.
var secretive = regexp.MustCompile(`[A-Za-z0-9+=_-]{16,}`)

// shortest is how long a word of a secret is that tells something. A shorter one stands in ordinary words, too.
const shortest = 4

// discreet is err without the argument that it repeats, where that may be a secret which somebody gave to the wrong
// verb. An argument that is a name in the list stands there anyway, and needs none of this.
func discreet(err error, arg string) error {
	if err == nil || !secretive.MatchString(arg) {
		return err
	}
	text := strings.ReplaceAll(err.Error(), strconv.Quote(arg), "***")
	for _, word := range append(strings.Fields(arg), secretive.FindAllString(arg, -1)...) {
		if len(word) >= shortest {
			text = strings.ReplaceAll(text, word, "***")
		}
	}
	return masked{text, err}
}

// masked says something else than the error that it is.
type masked struct {
	text string
	err  error
}

func (m masked) Error() string { return m.text }

// Unwrap is for errors.Is; nobody prints what is below.
func (m masked) Unwrap() error { return m.err }
