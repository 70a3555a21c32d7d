package names

import (
	"errors"
	"path"
	"strings"
)

// pattern is one compiled glob. A name it matches begins with head and ends with tail, which do not overlap.
type pattern struct {
	text   string // as written
	class  Class
	fold   bool // ASCII case does not matter
	folder bool // matches folders and nothing else; otherwise only the last component of a path
	random bool // ends with what mkstemp made
	shape  shape
	head   string // literal before the first wildcard; the whole pattern when there is none
	tail   string // literal after the last wildcard
	glob   string // for path.Match, when shape is mixed; both cases are spelled out when fold is set
	least  int    // bytes that a name has at least
}

// shape says what stands between head and tail.
type shape uint8

const (
	exact shape = iota // nothing
	gap                // one *
	mixed              // anything else
)

const (
	foldMark = "(?i)"
	special  = `*?[\`
	random   = "XXXXXX" // at the end of a glob, as in mkstemp(3)
)

// anyRandom is the part of a glob that takes all that mkstemp can put in the place of random.
var anyRandom = strings.Repeat("[0-9A-Za-z]", len(random))

var (
	errEmpty = errors.New("is empty")
	errPath  = errors.New("holds a slash; a pattern is held against one name of a path, " +
		"and only a slash at its end has a meaning (folders)")
	errBang = errors.New("write [^...] for characters outside a set, not [!...]")
	errGlob = errors.New(`is not a glob: a [ without its ], an empty set, or a \ at the end`)
)

func parse(text string, class Class) (*pattern, error) {
	p := &pattern{text: text, class: class}
	glob, fold := strings.CutPrefix(text, foldMark)
	p.fold = fold
	glob, p.folder = strings.CutSuffix(glob, "/")
	switch {
	case glob == "":
		return nil, errEmpty
	case strings.Contains(glob, "/"):
		return nil, errPath
	case hasBang(glob):
		return nil, errBang
	}
	if head, ok := strings.CutSuffix(glob, random); ok && !fold && !strings.HasSuffix(head, `\`) {
		p.random = true
		glob = head + anyRandom
	}
	if _, err := path.Match(glob, ""); err != nil {
		return nil, errGlob
	}
	first := strings.IndexAny(glob, special)
	if first < 0 {
		p.head = glob
		return p, nil
	}
	p.head = glob[:first]
	// What follows the last wildcard is literal only if no backslash or set can reach into it.
	if i := strings.LastIndexAny(glob, "*?]"); i >= first && !strings.Contains(glob, `\`) {
		p.tail = glob[i+1:]
	}
	if len(p.head)+1+len(p.tail) == len(glob) && glob[first] == '*' {
		p.shape = gap
		return p, nil
	}
	p.shape, p.glob, p.least = mixed, glob, shortest(glob)
	if fold {
		p.glob = bothCases(glob)
	}
	return p, nil
}

// shortest returns how many bytes a name has at least that the glob takes. It keeps most names away from path.Match.
func shortest(glob string) (n int) {
	for i := 0; i < len(glob); i++ {
		switch glob[i] {
		case '*':
			continue
		case '\\':
			i++
		case '[':
			for i++; glob[i] != ']'; i++ {
				if glob[i] == '\\' {
					i++
				}
			}
		}
		n++
	}
	return n
}

// hasBang reports a set that begins with !, which a shell negates and path.Match does not.
func hasBang(glob string) bool {
	for i := 0; i+1 < len(glob); i++ {
		switch {
		case glob[i] == '\\':
			i++
		case glob[i] == '[' && glob[i+1] == '!':
			return true
		}
	}
	return false
}

// match reports whether the pattern takes one component of a path; folder: a slash follows it there.
func (p *pattern) match(part string, folder bool) bool {
	if p.folder != folder || len(part) < max(p.least, len(p.head)+len(p.tail)) {
		return false
	}
	if p.shape == exact && len(part) != len(p.head) {
		return false
	}
	if !p.same(part[:len(p.head)], p.head) || !p.same(part[len(part)-len(p.tail):], p.tail) {
		return false
	}
	if p.random && (len(part) < len(random) || !hasCapital(part[len(part)-len(random):])) {
		return false
	}
	if p.shape != mixed {
		return true
	}
	ok, err := path.Match(p.glob, part)
	return ok && err == nil // parse refused every pattern for which there is an error
}

// same compares two strings of equal length.
func (p *pattern) same(a, b string) bool {
	if !p.fold || a == b {
		return a == b
	}
	for i := range len(a) {
		if a[i] != b[i] && a[i] != otherCase(b[i]) {
			return false
		}
	}
	return true
}

// hasCapital tells what mkstemp made from the end of a word: it has a capital letter, but for one in 26.
func hasCapital(s string) bool {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return true
		}
	}
	return false
}
