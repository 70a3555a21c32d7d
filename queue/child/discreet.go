package child

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

const (
	shortest = 4   // bytes of a word that tells something; a shorter one stands in ordinary words, too
	longest  = 200 // bytes of a line that is shown
)

var (
	pieces  = regexp.MustCompile(`[^\pL\pN_-]+`) // what lies between the words of an argument
	letters = regexp.MustCompile(`^\pL+$`)
	// ownWords is what a script says on standard error by itself: that is meant to be read.
	ownWords = regexp.MustCompile(`\b(?:echo|printf)\s([^;&|<>\n]*)>\s*&2`)
)

// Discreet returns text without the words of a command line, which people write secrets into. The name of the program
// stays. A word that has only letters is hidden where it stands alone: else "pass" would blot out "password".
func Discreet(args []string, text string) string {
	for _, word := range telling(args) {
		if !letters.MatchString(word) {
			text = strings.ReplaceAll(text, word, "***")
			continue
		}
		text = alone(word).ReplaceAllString(text, "${1}***")
	}
	return text
}

// alone finds a word between others. What follows it is not part of the match: it may begin the next one.
func alone(word string) *regexp.Regexp {
	return regexp.MustCompile(`(^|[^\pL])` + regexp.QuoteMeta(word) + `\b`)
}

// telling returns the arguments, their words and the pieces of those, the longest first: what is hidden whole leaves no
// parts behind. A command line may stand in args[0] as a whole, by mistake.
func telling(args []string) (words []string) {
	if len(args) == 0 {
		return nil
	}
	name, rest, _ := strings.Cut(args[0], " ")
	own := make(map[string]bool)
	for _, arg := range args {
		for _, said := range ownWords.FindAllStringSubmatch(arg, -1) {
			for _, word := range pieces.Split(said[1], -1) {
				own[word] = letters.MatchString(word)
			}
		}
	}
	for _, arg := range append([]string{rest}, args[1:]...) {
		words = append(words, strings.TrimSpace(arg))
		for _, word := range strings.Fields(arg) {
			word = strings.Trim(word, "'\"`.,:;()")
			words = append(append(words, word), pieces.Split(word, -1)...)
		}
	}
	words = slices.DeleteFunc(words, func(word string) bool {
		return len(word) < shortest || own[word] || word == name || strings.HasSuffix(name, "/"+word)
	})
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	return slices.Compact(words)
}

// lastLine returns the last line that a program said, without the words of its command line, and shortened.
func lastLine(args []string, words []byte) string {
	said := strings.TrimSpace(strings.ToValidUTF8(string(words), "?"))
	said = Discreet(args, said[strings.LastIndexByte(said, '\n')+1:])
	return strings.ToValidUTF8(said[:min(len(said), longest)], "")
}

// discreet is an error that does not show the words of a command line.
type discreet struct {
	text string
	err  error
}

func (d discreet) Error() string { return d.text }

// Unwrap is for errors.Is and errors.As; nobody prints what is below.
func (d discreet) Unwrap() error { return d.err }

// Hidden returns err without the words of a command line; nil stays nil.
func Hidden(args []string, err error) error {
	if err == nil {
		return nil
	}
	if text := Discreet(args, err.Error()); text != err.Error() {
		return discreet{text, err}
	}
	return err
}
