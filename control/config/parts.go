package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Parts is how many parts of one file are uploaded at once, or AutoParts.
type Parts int

// AutoParts leaves the number to queue/upload/level.
const AutoParts Parts = -1

// Set reads "auto" or a number.
func (p *Parts) Set(text string) error {
	text = strings.TrimSpace(text)
	if strings.EqualFold(text, Auto) {
		*p = AutoParts
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is neither a whole number nor auto", text)
	}
	*p = Parts(n)
	return nil
}

func (p Parts) String() string {
	if p == AutoParts {
		return Auto
	}
	return strconv.Itoa(int(p))
}

// MarshalText is String.
func (p Parts) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
