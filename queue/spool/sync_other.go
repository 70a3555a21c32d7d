//go:build !linux

package spool

import "os"

// StartSync would have the kernel begin to write a file's data; only Linux can be asked.
func StartSync(string) {}

// openQuietly opens a file to read it.
func openQuietly(path string) (*os.File, error) { return os.OpenFile(path, quietly, 0) }
