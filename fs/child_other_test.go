//go:build !linux

package fs

import "syscall"

func exchange(string, string) error { return syscall.ENOTSUP }

func noReplace(string, string) error { return syscall.ENOTSUP }

func nameThread(string) error { return syscall.ENOTSUP }
