package config

import (
	"fmt"
	"strings"
	"time"
)

// Duration is a time that something takes, never negative.
type Duration time.Duration

// Set reads "2s", "1m30s" or "500ms".
func (d *Duration) Set(text string) error {
	t, err := time.ParseDuration(strings.TrimSpace(text))
	if err != nil || t < 0 {
		return fmt.Errorf("%q is not a duration; write a number with h, m, s or ms, such as 1m30s", text)
	}
	*d = Duration(t)
	return nil
}

// String is as short as it can be: 1m, where time.Duration says 1m0s.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText is String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
