package names

import (
	"errors"
	"fmt"
	"strings"
)

// Class is what a name says of a file.
type Class uint8

const (
	Final   Class = iota // a drop
	Waiting              // a drop as soon as it has another name
	Ignored              // never a drop
)

func (c Class) String() string {
	switch c {
	case Final:
		return "final"
	case Waiting:
		return "waiting"
	case Ignored:
		return "ignored"
	}
	return fmt.Sprintf("Class(%d)", uint8(c))
}

// Rules are two compiled lists.
type Rules struct {
	first  [256][]*pattern // patterns whose names begin with this byte
	last   [256][]*pattern // patterns that begin with a wildcard, whose names end with this byte
	always []*pattern      // patterns with neither
}

// Compile makes rules of two lists of patterns. The error names every pattern that is not one.
func Compile(ignore, wait []string) (*Rules, error) {
	r := new(Rules)
	return r, errors.Join(r.add("ignore", ignore, Ignored), r.add("wait", wait, Waiting))
}

func (r *Rules) add(list string, texts []string, class Class) error {
	var errs []error
	for _, text := range texts {
		p, err := parse(text, class)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s pattern %q: %w", list, text, err))
			continue
		}
		r.index(p)
	}
	return errors.Join(errs...)
}

// index files p under the rarest thing that its names must have.
func (r *Rules) index(p *pattern) {
	file := func(table *[256][]*pattern, b byte) {
		table[b] = append(table[b], p)
		if other := otherCase(b); p.fold && other != b {
			table[other] = append(table[other], p)
		}
	}
	switch {
	case p.head != "":
		file(&r.first, p.head[0])
	case p.tail != "":
		file(&r.last, p.tail[len(p.tail)-1])
	default:
		r.always = append(r.always, p)
	}
}

// Class says what name, a slash-separated path below the inbox, is; of a name that ends in a slash, what is in that
// folder.
func (r *Rules) Class(name string) Class {
	p := r.find(name)
	if p == nil {
		return Final
	}
	return p.class
}

// Pattern returns the pattern that made name Waiting or Ignored, as it was written, and "" for a final name.
func (r *Rules) Pattern(name string) string {
	p := r.find(name)
	if p == nil {
		return ""
	}
	return p.text
}

// find returns the first pattern that decides on name, or nil.
func (r *Rules) find(name string) *pattern {
	var found *pattern
	for name != "" {
		part, rest, folder := strings.Cut(name, "/")
		name = rest
		if part == "" {
			continue
		}
		for _, list := range [...][]*pattern{r.first[part[0]], r.last[part[len(part)-1]], r.always} {
			for _, p := range list {
				if found != nil && p.class == Waiting || !p.match(part, folder) {
					continue
				}
				if p.class == Ignored {
					return p
				}
				found = p
			}
		}
	}
	return found
}
