//go:build race

package fs

// Everything takes many times longer with the race detector.
func init() { manyReaders = []int{20} }
