package spool

import "golang.org/x/sys/unix"

// thisBoot names the boot that the machine is in; "" where it cannot be told.
func thisBoot() string {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return id
}

// thisMount would name the mount of the file system in which dir lies; nothing here tells two of them apart.
func thisMount(string) string { return "" }
