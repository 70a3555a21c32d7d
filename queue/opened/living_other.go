//go:build !linux

package opened

// Without /proc nobody can tell who has a file open; but then no close is believed either.
func living(map[uint64]bool) (map[uint64]bool, error) { return nil, nil }
