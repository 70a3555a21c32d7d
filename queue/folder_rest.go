//go:build !killpoint

package queue

import "time"

const (
	folderRest  = time.Minute      // how long nothing may have happened in a dropped tree before its emptied folders go
	folderSweep = 10 * time.Second // how often to look for them
)
