package config

import (
	"fmt"
	"math"
	"slices"
)

// check holds the value of f against its tags.
func (f field) check() error {
	ok := true
	if p, is := f.value.(*Parts); is && *p == AutoParts {
		return nil
	}
	if f.words != nil {
		ok = slices.Contains(f.words, text(f.value))
	} else if n, has := amount(f.value); has {
		ok = n >= f.limit(f.least, math.MinInt64) && n <= f.limit(f.greatest, math.MaxInt64)
	}
	if ok {
		return nil
	}
	if f.words != nil {
		return fmt.Errorf("%q is not one of its words; use %s", text(f.value), f.Allowed)
	}
	return fmt.Errorf("%s is out of range; use %s", text(f.value), f.Allowed)
}

// limit reads one of the tags min and max in the notation of the key itself.
func (f field) limit(tag string, otherwise int64) int64 {
	if tag == "" {
		return otherwise
	}
	var at any
	switch f.value.(type) {
	case *int:
		at = new(int)
	case *Parts:
		at = new(Parts)
	case *Size:
		at = new(Size)
	case *Duration:
		at = new(Duration)
	}
	if setText(at, tag) != nil { // a test reads every tag
		return otherwise
	}
	n, _ := amount(at)
	return n
}

// amount returns the value of a key that has limits as a number.
func amount(at any) (int64, bool) {
	switch at := at.(type) {
	case *int:
		return int64(*at), true
	case *Parts:
		return int64(*at), true
	case *Size:
		return int64(*at), true
	case *Duration:
		return int64(*at), true
	}
	return 0, false
}
