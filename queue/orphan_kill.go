//go:build killpoint

package queue

import "time"

// orphanEvery is what the tests of kills have time for.
const orphanEvery = 200 * time.Millisecond
