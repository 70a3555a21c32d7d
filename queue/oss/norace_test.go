//go:build !race

package oss_test

import "time"

// patience is how long requests may be silent that meet a silence.
const patience = 3 * time.Second
