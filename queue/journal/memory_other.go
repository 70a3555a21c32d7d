//go:build !linux

package journal

// readAhead and release are hints that only Linux takes.
func (j *Journal) readAhead() {}

func (j *Journal) release() {}
