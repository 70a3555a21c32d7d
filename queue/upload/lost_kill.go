//go:build killpoint

package upload

import "time"

// orphanAge is what the tests of kills have time for.
const orphanAge = time.Second
