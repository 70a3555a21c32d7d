//go:build !linux

package daemon

import "golang.org/x/sys/unix"

// redirect has a descriptor lead to where another does.
func redirect(from, to int) error { return unix.Dup2(to, from) }
