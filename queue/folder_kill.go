//go:build killpoint

package queue

import "time"

// What the tests of kills and of folders have time for.
const (
	folderRest  = time.Second
	folderSweep = 100 * time.Millisecond
)
