package queue

import "golang.org/x/sys/unix"

// thisBoot names the boot that the machine is in; "" where it cannot be told, and then a loss of power looks like a kill.
func thisBoot() string {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return id
}
