//go:build !killpoint

package upload

import "time"

// orphanAge is how old a multipart upload must be, without a part, before it counts as one of which nobody knows: a
// part that is being sent does not show until it has arrived.
const orphanAge = time.Hour
