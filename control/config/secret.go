package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that no way of printing, logging or encoding shows. The zero Secret is the empty text.
type Secret struct {
	// A pointer, because fmt shows what a struct holds in unexported fields where it cannot call methods.
	text *string
}

// Set makes text the secret.
func (s *Secret) Set(text string) error {
	s.text = nil
	if text != "" {
		s.text = &text
	}
	return nil
}

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Equal reports whether two secrets are the same text.
func (s Secret) Equal(t Secret) bool { return s.Reveal() == t.Reveal() }

// String reports whether there is a secret: "" or "(not shown)".
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return "(not shown)"
}

// Format makes every verb, %#v and %x among them, print what String returns.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, s.String()) // a fmt.State takes everything
}

// GoString is String, for printers that look for it.
func (s Secret) GoString() string { return s.String() }

// LogValue is what slog shows.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is what encoders of JSON, TOML and XML show.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
