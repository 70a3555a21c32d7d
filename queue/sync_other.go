//go:build !linux

package queue

// startSync would have the kernel begin to write a file's data; only Linux can be asked.
func startSync(string) {}
