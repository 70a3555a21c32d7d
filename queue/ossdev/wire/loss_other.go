//go:build !linux

package wire

import "errors"

// Lose needs Linux.
func Lose(any, bool) error { return errors.ErrUnsupported }
