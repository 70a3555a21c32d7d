package eventlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Told is what a line says, in short and in full.
type Told struct {
	Event string `json:"event"`
	ID    uint64 `json:"id"`
	File  string `json:"file"`

	Code      string `json:"code"`
	Message   string `json:"message"`
	Succeeded *int64 `json:"succeeded"` // of OnUploadEnd, as is Failed
	Failed    *int64 `json:"failed"`

	Object []byte `json:"-"` // all of it, as a line of the format JSON
}

// ParseLine reads a line of either format.
func ParseLine(line []byte) (Told, error) {
	line = bytes.TrimSuffix(line, []byte("\n"))
	if !bytes.HasPrefix(line, []byte("{")) {
		object, err := objectOf(string(line))
		if err != nil {
			return Told{}, err
		}
		line = object
	}
	t := Told{Object: bytes.Clone(line)}
	if err := json.Unmarshal(line, &t); err != nil {
		return Told{}, fmt.Errorf("an event that is no JSON: %w", err)
	}
	return t, nil
}

// numeric are the keys whose values are no strings. What looks like a number elsewhere may be a file's name.
var numeric = []string{"seq", "id", "size", "uploaded", "percent", "part", "rate", "attempt", "files", "succeeded",
	"failed", "resumable"}

// objectOf makes a line of key=value into one of JSON.
func objectOf(line string) ([]byte, error) {
	object := []byte("{")
	for rest := line; rest != ""; {
		end := 0
		for end < len(rest) && rest[end] != '=' {
			end++
		}
		if end == 0 || end == len(rest) {
			return nil, fmt.Errorf("an event with a key that has no value: %q", rest)
		}
		key := rest[:end]
		value, after, err := cutValue(rest[end+1:])
		if err != nil {
			return nil, fmt.Errorf("an event whose %s cannot be read: %w", key, err)
		}
		rest = after
		said, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		if slices.Contains(numeric, key) && json.Valid([]byte(value)) {
			said = []byte(value)
		}
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		if len(object) > 1 {
			object = append(object, ',')
		}
		object = append(append(append(object, name...), ':'), said...)
	}
	return append(object, '}'), nil
}

// cutValue takes a value, quoted or not, from the beginning of what follows a key.
func cutValue(s string) (value, after string, err error) {
	if len(s) > 0 && s[0] == '"' {
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return "", "", err
		}
		if value, err = strconv.Unquote(quoted); err != nil {
			return "", "", err
		}
		s = s[len(quoted):]
	} else {
		i := 0
		for i < len(s) && s[i] != ' ' {
			i++
		}
		value, s = s[:i], s[i:]
	}
	if len(s) > 0 {
		s = s[1:] // the blank
	}
	return value, s, nil
}
