//go:build !linux

package reference

// spooled has nothing to look for where no folder can be mounted a second time.
func (r *Resolver) spooled(int, string) (bool, error) { return false, nil }
