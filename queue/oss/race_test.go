//go:build race

package oss_test

import "time"

// patience is how long requests may be silent that meet a silence: longer than what the race detector makes of them.
const patience = 10 * time.Second
