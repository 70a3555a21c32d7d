package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

const (
	longestFile = 1 << 20 // bytes; a configuration of this length is something else
	bom         = "\ufeff"
)

// file takes the values of the file at path.
func (l *loader) file(path string) {
	text, mode, err := read(path)
	if err != nil {
		l.problems.add(0, "%v", err)
		return
	}
	var top map[string]toml.Primitive
	meta, err := toml.Decode(text, &top)
	if err != nil {
		l.malformed(path, text, err)
		return
	}
	t := table{loader: l, path: path, text: text, meta: &meta}
	t.take("", top)
	for _, f := range l.fields {
		if f.Secret && mode.IsRegular() && mode.Perm()&0o066 != 0 && l.origin[f.Name].from == fromFile &&
			f.value.(*Secret).Reveal() != "" {
			l.problems.add(afterFile,
				"%s holds %s, and other users can read or write the file (mode %04o): chmod 600 %s, "+
					"and change the secret if it was read",
				path, f.Name, mode.Perm(), path)
		}
	}
}

// read returns the text of a file, without a byte order mark, and its mode as it was when opened.
func read(path string) (string, fs.FileMode, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, fmt.Errorf("read configuration: %w; --config names a TOML file such as config.example.toml", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return "", 0, fmt.Errorf("read configuration: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(f, longestFile+1))
	if err != nil {
		return "", 0, fmt.Errorf("read configuration: %w; --config names a TOML file such as config.example.toml", err)
	}
	if len(data) > longestFile {
		return "", 0, fmt.Errorf("read configuration: %s is longer than %v; is it the right file?", path,
			Size(longestFile))
	}
	return strings.TrimPrefix(string(data), bom), info.Mode(), nil
}

// malformed reports a file that is not TOML. Nothing after the mistake is known.
func (l *loader) malformed(path, text string, err error) {
	var p toml.ParseError
	if !errors.As(err, &p) {
		l.problems.add(0, "%s: %v", path, err)
		return
	}
	why := p.Message
	// Of a mistake in a value the parser can quote the value.
	if strings.HasPrefix(p.LastKey, "credential") || strings.Contains(p.LastKey, "secret") ||
		strings.Contains(p.LastKey, "token") || strings.Contains(p.LastKey, "key") {
		why = "malformed value or line; a text stands in double quotes on one line"
	}
	if strings.HasPrefix(why, "expected value but found") {
		why += "; a text stands in double quotes"
	}
	if p.LastKey != "" {
		why += fmt.Sprintf(" (the last key before it is %s)", p.LastKey)
	}
	l.problems.add(0, "%s: %s", place(path, text, p.Position.Start), why)
}

// table walks through the tables of a parsed file.
type table struct {
	*loader
	path, text string
	meta       *toml.MetaData
}

// take sets the keys that have a value in entries, the content of the table called prefix.
func (t table) take(prefix string, entries map[string]toml.Primitive) {
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		prim := entries[name]
		v, start, known := t.look(prim)
		key := prefix + name
		f, isKey := t.byName[key]
		switch {
		case strings.Contains(name, "."): // a name in quotes, which only looks like one of our keys
			t.unknown(prefix+fmt.Sprintf("%q", name), key, name, start)
		case isKey:
			o := origin{" at " + place(t.path, t.text, start), start, fromFile}
			t.took(f, o, setTOML(f.value, v))
		case !t.hasTable(key):
			if !known { // made by dots in a key below it, which has the position
				start = t.firstIn(prim)
			}
			t.unknown(key, key, name, start)
		default:
			var below map[string]toml.Primitive
			if _, ok := v.(map[string]any); !ok {
				t.problems.add(start, "%s at %s: is %s where a table belongs; write [%s]", key,
					place(t.path, t.text, start), tomlKind(v), key)
			} else if err := t.meta.PrimitiveDecode(prim, &below); err != nil {
				t.problems.add(start, "%s at %s: %v", key, place(t.path, t.text, start), err)
			} else {
				t.take(key+".", below)
			}
		}
	}
}

// unknown reports a key that is not ours. The parser knows only where its value stands, so the name is looked for
// before it.
func (t table) unknown(shown, key, name string, start int) {
	line := strings.LastIndexByte(t.text[:start], '\n') + 1
	at := strings.LastIndex(t.text[line:start], name)
	if at < 0 {
		at = len(t.text[line:start]) - len(strings.TrimLeft(t.text[line:start], " \t"))
		if strings.HasPrefix(t.text[start:], name) {
			at = start - line
		}
	}
	near := Nearest(key, append(t.tables(), t.names...))
	t.problems.add(line+at, "unknown key %s at %s%s", shown, place(t.path, t.text, line+at), meant(near))
}

func (t table) tables() []string {
	var all []string
	for _, name := range t.names {
		if top, _, ok := strings.Cut(name, "."); ok && !slices.Contains(all, top) {
			all = append(all, top)
		}
	}
	return all
}

func (t table) hasTable(name string) bool { return slices.Contains(t.tables(), name) }

// look returns a value and where it begins in the file. known is false for a table that has no place of its own.
func (t table) look(prim toml.Primitive) (v any, start int, known bool) {
	// The parser tells a position only in an error, so the value is read with one.
	var p probe
	var e toml.ParseError
	if err := t.meta.PrimitiveDecode(prim, &p); errors.As(err, &e) {
		start = min(max(e.Position.Start, 0), len(t.text))
		if _, ok := p.value.(string); ok { // the position of a text is behind its quotes
			start = len(strings.TrimRight(t.text[:start], `"'`))
		}
		return p.value, start, e.Position.Line > 0
	}
	return p.value, 0, false
}

// firstIn returns where the first value below a table begins.
func (t table) firstIn(prim toml.Primitive) int {
	var below map[string]toml.Primitive
	if t.meta.PrimitiveDecode(prim, &below) != nil {
		return 0 // not a table: it has nothing below it
	}
	first := len(t.text)
	for _, p := range below {
		_, start, known := t.look(p)
		if !known {
			start = t.firstIn(p)
		}
		first = min(first, start)
	}
	return first
}

// probe is a value that refuses to be read once it has seen what there is to read.
type probe struct{ value any }

var errSeen = errors.New("seen")

// UnmarshalTOML implements toml.Unmarshaler.
func (p *probe) UnmarshalTOML(v any) error {
	p.value = v
	return errSeen
}

// place names a position as editors count: line and character from 1.
func place(path, text string, start int) string {
	start = min(max(start, 0), len(text))
	line := strings.LastIndexByte(text[:start], '\n') + 1
	return fmt.Sprintf("%s:%d:%d", path, strings.Count(text[:line], "\n")+1, utf8.RuneCountInString(text[line:start])+1)
}
