package config

import (
	"fmt"
	"strconv"
	"strings"
)

// kindOf names the type of a key's value; empty for a table.
func kindOf(at any) string {
	switch at.(type) {
	case *bool:
		return "bool"
	case *int, *Parts:
		return "number"
	case *string:
		return "text"
	case *[]string:
		return "list"
	case *Size:
		return "size"
	case *Bandwidth:
		return "rate"
	case *Duration:
		return "duration"
	case *Secret:
		return "secret"
	}
	return ""
}

// setText gives a key the value that came as text, from a flag or the environment.
func setText(at any, text string) error {
	switch at := at.(type) {
	case *bool:
		b, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(text)))
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		*at = b
	case *int:
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		*at = n
	case *string:
		*at = text
	case *[]string:
		list, err := parseList(text)
		if err != nil {
			return fmt.Errorf("%q %w", text, err)
		}
		*at = list
	case interface{ Set(string) error }:
		return at.Set(text)
	default:
		return fmt.Errorf("no value can be set in a %T", at)
	}
	return nil
}

// setTOML gives a key the value that a file has, which must be of the right type there.
func setTOML(at, v any) error {
	switch v := v.(type) {
	case bool:
		if _, ok := at.(*bool); ok {
			return setText(at, strconv.FormatBool(v))
		}
	case int64:
		switch at := at.(type) {
		case *int:
			if v != int64(int(v)) {
				return fmt.Errorf("%d is too large", v)
			}
			*at = int(v)
			return nil
		case *Size, *Bandwidth, *Parts:
			return setText(at, strconv.FormatInt(v, 10))
		}
	case string:
		switch at.(type) {
		case *bool, *int, *[]string:
		default:
			return setText(at, v)
		}
	case []any:
		if at, ok := at.(*[]string); ok {
			return setArray(at, v)
		}
	}
	return fmt.Errorf("is %s where %s belongs", tomlKind(v), wanted(at))
}

func setArray(at *[]string, array []any) error {
	list := make([]string, len(array))
	for i, v := range array {
		s, ok := v.(string)
		if !ok {
			return fmt.Errorf("has %s as item %d, where text in quotes belongs", tomlKind(v), i+1)
		}
		list[i] = s
	}
	*at = list
	return nil
}

// tomlKind says what a value in a file is, without saying the value: it may be a secret in the wrong place.
func tomlKind(v any) string {
	switch v.(type) {
	case bool:
		return "true or false"
	case int64:
		return "a whole number"
	case float64:
		return "a number with a fraction"
	case string:
		return "text"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	case []map[string]any:
		return "a list of tables"
	}
	return "a date or time"
}

// wanted says how a value is written in a file.
func wanted(at any) string {
	switch at.(type) {
	case *bool:
		return "true or false"
	case *int:
		return "a whole number"
	case *[]string:
		return `a list such as ["*.part", "*.tmp"]`
	case *Parts:
		return `a whole number or "auto"`
	case *Size:
		return `a size such as "8MiB"`
	case *Bandwidth:
		return `a rate such as "20MiB/s" or "off", or a timetable`
	case *Duration:
		return `a duration such as "2s"`
	}
	return "text in quotes"
}

// text is the inverse of setText.
func text(at any) string {
	switch at := at.(type) {
	case *bool:
		return strconv.FormatBool(*at)
	case *int:
		return strconv.Itoa(*at)
	case *string:
		return *at
	case *[]string:
		if s, err := literal(append([]string{}, *at...)); err == nil { // strings always encode
			return s
		}
	case fmt.Stringer:
		return at.String()
	}
	return ""
}
