//go:build !linux

package queue

import "os"

// startSync would have the kernel begin to write a file's data; only Linux can be asked.
func startSync(string) {}

// openQuietly opens a file to read it.
func openQuietly(path string) (*os.File, error) { return os.OpenFile(path, quietly, 0) }
