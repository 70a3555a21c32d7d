//go:build killpoint

package abort

import "time"

// lostEvery is what the tests of kills have time for.
const lostEvery = 200 * time.Millisecond
