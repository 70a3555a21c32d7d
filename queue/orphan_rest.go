//go:build !killpoint

package queue

import "time"

// orphanEvery is how often to look for what lost ones left.
const orphanEvery = time.Minute
