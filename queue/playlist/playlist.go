package playlist

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// List is what a playlist says.
type List struct {
	Files []string // in the order in which they are named first; once for each of Exact
	Exact []string // for each of them, what the list has instead if no URI is meant: a file that is called so is meant
	Ended bool     // no more is to come
	Plain bool     // it is a list of files as players have it, and no HLS: nothing belongs to it
}

// ErrMaster says that the playlist lists playlists, not segments.
var ErrMaster = errors.New("it lists other playlists, not segments (a master playlist)")

const (
	mostBytes = 16 << 20
	mostFiles = 100_000
)

// Name reports whether a file of this name is a playlist.
func Name(name string) bool { return strings.EqualFold(path.Ext(name), ".m3u8") }

// Parse reads a playlist. Its errors say what is wrong with it, but for those of reading it.
func Parse(r io.Reader) (List, error) {
	text, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	switch {
	case err != nil:
		return List{}, err
	case len(text) > mostBytes:
		return List{}, fmt.Errorf("it is longer than %d bytes", mostBytes)
	}
	p := parser{seen: make(map[[2]string]struct{})}
	plain := strings.TrimPrefix(string(text), "\ufeff")
	if isPlain(plain) {
		return List{Plain: true, Ended: true}, nil
	}
	for line := range strings.SplitSeq(plain, "\n") {
		if err := p.line(strings.TrimSpace(line)); err != nil {
			return List{}, err
		}
	}
	if !p.begun {
		return List{}, errNoList
	}
	return p.list, nil
}

// isPlain reports whether a list names files and has no tag of HLS.
func isPlain(text string) bool {
	if !strings.HasPrefix(text, "#EXTM3U") || strings.Contains(text, "#EXT-X-") {
		return false
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return true
		}
	}
	return false
}

var errNoList = errors.New("it does not begin with #EXTM3U")

type parser struct {
	list  List
	seen  map[[2]string]struct{} // by name and exact name
	begun bool
}

func (p *parser) line(line string) error {
	tag, value, _ := strings.Cut(line, ":")
	switch {
	case line == "":
		return nil
	case !p.begun && line != "#EXTM3U":
		return errNoList
	case !p.begun:
		p.begun = true
	case !strings.HasPrefix(line, "#"):
		return p.file(line)
	case tag == "#EXT-X-ENDLIST":
		p.list.Ended = true
	case tag == "#EXT-X-STREAM-INF", tag == "#EXT-X-I-FRAME-STREAM-INF", tag == "#EXT-X-MEDIA":
		return ErrMaster
	case tag == "#EXT-X-MAP", tag == "#EXT-X-KEY":
		if uri, ok := attribute(value, "URI"); ok {
			return p.file(uri)
		}
	}
	return nil
}

// attribute finds the quoted value of a name in a list of NAME=VALUE with commas between.
func attribute(list, name string) (value string, ok bool) {
	for list != "" {
		var key, rest string
		if key, rest, ok = strings.Cut(list, "="); !ok {
			return "", false
		}
		if quoted, is := strings.CutPrefix(rest, `"`); is {
			if value, rest, ok = strings.Cut(quoted, `"`); !ok {
				return "", false
			}
		} else {
			value, rest, _ = strings.Cut(rest, ",")
		}
		if strings.TrimSpace(key) == name {
			return value, true
		}
		list = strings.TrimPrefix(rest, ",")
	}
	return "", false
}

// file adds what a URI names, unless it lies elsewhere.
func (p *parser) file(uri string) error {
	if elsewhere(uri) {
		return nil
	}
	exact := path.Clean(uri)
	name := plainOf(uri)
	clean := path.Clean(name)
	switch {
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("it names %q, which can be no object's key", uri)
	case name == "" || clean == "." || strings.HasSuffix(name, "/"):
		return fmt.Errorf("it names %q, which is no file", uri)
	case path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../"):
		return fmt.Errorf("it names %q, which is not below its folder", uri)
	case Name(clean):
		return ErrMaster
	}
	if strings.HasSuffix(uri, "/") || path.IsAbs(exact) || exact == ".." || strings.HasPrefix(exact, "../") {
		exact = clean
	}
	named := [2]string{clean, exact} // "Who?0.ts" and "Who?1.ts" may be two files, or one with a query
	if _, again := p.seen[named]; again {
		return nil
	}
	if len(p.list.Files) == mostFiles {
		return fmt.Errorf("it names more than %d files", mostFiles)
	}
	p.seen[named] = struct{}{}
	p.list.Files = append(p.list.Files, clean)
	p.list.Exact = append(p.list.Exact, exact)
	return nil
}

// plainOf is the path that a relative URI has. What would have none is a name by itself, as "?.ts".
func plainOf(uri string) string {
	name, _, _ := strings.Cut(uri, "?")
	name, _, _ = strings.Cut(name, "#")
	if name == "" {
		return uri
	}
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return name
}

// elsewhere reports whether a URI is not relative to the playlist: it has a scheme, or names a host.
func elsewhere(uri string) bool {
	scheme, _, found := strings.Cut(uri, ":")
	if !found || scheme == "" {
		return strings.HasPrefix(uri, "//")
	}
	for i, c := range scheme {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", c)) {
			return strings.HasPrefix(uri, "//")
		}
	}
	// Without "//" it may as well be a name ("Alien: Covenant0.ts"), which is not passed over.
	return strings.HasPrefix(uri[len(scheme)+1:], "//") || slices.Contains([]string{"data", "urn", "blob"},
		strings.ToLower(scheme))
}
