//go:build !linux

package spool

// beneath opens what is called name below the folder top, without following any link on the way.
func beneath(top int, name string, flags int) (int, error) { return walk(top, name, flags) }
