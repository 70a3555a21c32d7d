//go:build !killpoint

package abort

import "time"

// lostEvery is how often to look for what lost ones left.
const lostEvery = time.Minute
