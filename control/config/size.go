package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
)

// Size is a number of bytes, never negative.
type Size int64

// Set reads "8MiB", "100MB", "1.5 GiB" or a number of bytes.
func (s *Size) Set(text string) error {
	n, err := humanize.ParseBytes(text)
	if err != nil || strings.ContainsAny(text, "+-") {
		return fmt.Errorf("%q is not a size; write bytes, or a number with KiB, MiB, GiB, TiB or kB, MB, GB, TB", text)
	}
	if n > math.MaxInt64 {
		return fmt.Errorf("%q is more bytes than a file can have", text)
	}
	*s = Size(n)
	return nil
}

// String is exact: Set of it gives s again.
func (s Size) String() string {
	for _, units := range [...]struct {
		base  int64
		names []string
	}{{1024, []string{"TiB", "GiB", "MiB", "KiB"}}, {1000, []string{"TB", "GB", "MB", "kB"}}} {
		unit := units.base * units.base * units.base * units.base
		for _, name := range units.names {
			if int64(s) >= unit && int64(s)%unit == 0 {
				return strconv.FormatInt(int64(s)/unit, 10) + name
			}
			unit /= units.base
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalText is String.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Rate is a bandwidth in bytes per second; 0 is no limit.
type Rate int64

const off = "off"

// Set reads "20MiB/s", a number of bytes per second, or "off".
func (r *Rate) Set(text string) error {
	text = strings.TrimSpace(text)
	if strings.EqualFold(text, off) {
		*r = 0
		return nil
	}
	amount := strings.TrimSpace(strings.TrimSuffix(text, "/s"))
	if bits(amount) {
		return fmt.Errorf("%q is in bits; write bytes, such as 20MB/s or 20MiB/s", text)
	}
	var s Size
	if err := s.Set(amount); err != nil {
		return fmt.Errorf(`%q is not a rate; write bytes per second such as 20MiB/s or 100MB/s, or off`, text)
	}
	if s == 0 {
		return errors.New("a rate of 0 would never send anything; write off for no limit, or use the verb pause")
	}
	*r = Rate(s)
	return nil
}

// bits tells Mb, Mbit and Mbps, which network people mean as bits, from MB, mb and MiB.
func bits(amount string) bool {
	unit := strings.TrimLeft(amount, "0123456789., ")
	lower := strings.ToLower(unit)
	return strings.HasSuffix(lower, "bit") || strings.HasSuffix(lower, "bps") ||
		len(unit) > 1 && strings.HasSuffix(unit, "b") && strings.ToLower(unit[:1]) != unit[:1]
}

// String is exact: Set of it gives r again.
func (r Rate) String() string {
	if r == 0 {
		return off
	}
	return Size(r).String() + "/s"
}

// MarshalText is String.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
