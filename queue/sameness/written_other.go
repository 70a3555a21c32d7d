//go:build !linux

package sameness

import "os"

// Written reports whether anybody has a file open for writing, or mapped to be written. It cannot be known here.
func Written(*os.File) (written, known bool) { return false, false }

// WrittenFd is Written for a descriptor.
func WrittenFd(int) (written, known bool) { return false, false }

// KnowsWriters reports whether Written knows of any new file in a folder.
func KnowsWriters(string) bool { return false }
