//go:build !linux

package faultproxy

import "errors"

// lose needs Linux.
func lose(any, bool) error { return errors.ErrUnsupported }
