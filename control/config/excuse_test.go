package config

import (
	"slices"
	"testing"
)

func TestParseExcuse(t *testing.T) {
	for text, want := range map[string][]int{"vsftpd 1": {1}, "tool 3, 4": {3, 4}, "tool": nil} {
		program, got, err := ParseExcuse(text)
		if err != nil || program == "" || !slices.Equal(got, want) {
			t.Errorf("%q is %q %v, %v", text, program, got, err)
		}
	}
	for _, text := range []string{"", " ", "tool x", "tool 0", "tool 256", "a b"} {
		if program, got, err := ParseExcuse(text); err == nil {
			t.Errorf("%q is %q %v", text, program, got)
		}
	}
}
