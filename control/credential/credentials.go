package credential

import (
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Credentials sign requests. However they are printed, logged or encoded as text or JSON, only what kind they are and
// when they expire is shown. That does not hold in an unexported field of another struct, where fmt cannot call
// methods.
type Credentials struct {
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string    // empty for a long-term key
	Expires         time.Time // zero: not known
}

// expired reports whether c is of no use at the time now.
func (c Credentials) expired(now time.Time) bool {
	return !c.Expires.IsZero() && !now.Before(c.Expires)
}

// same reports whether c and d sign alike. The server knows nothing of when we think they expire.
func (c Credentials) same(d Credentials) bool {
	return c.AccessKeyID == d.AccessKeyID && c.AccessKeySecret == d.AccessKeySecret &&
		c.SecurityToken == d.SecurityToken
}

func (c Credentials) String() string {
	s := "access key"
	switch {
	case c.AccessKeyID == "" && c.AccessKeySecret == "" && c.SecurityToken == "":
		return "no credentials"
	case c.AccessKeyID == "" || c.AccessKeySecret == "":
		s = "incomplete credentials"
	case c.SecurityToken != "":
		s = "temporary access key with token"
	}
	if !c.Expires.IsZero() {
		s += ", expires " + c.Expires.UTC().Format(time.RFC3339)
	}
	return s
}

// Format makes every verb, %#v and %x among them, print what String returns.
func (c Credentials) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, c.String()) // a fmt.State takes everything
}

// GoString is String, for printers that look for it.
func (c Credentials) GoString() string { return c.String() }

// LogValue is what slog shows.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is what text encoders, encoding/json among them, show.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
