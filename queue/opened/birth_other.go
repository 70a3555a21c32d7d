//go:build !linux

package opened

func birthOf(string) uint64 { return 0 }
