package spool

import "strings"

// Instance names the span in which a file that was written and not synced is sure to be found again, whoever is killed:
// one boot of the machine, and behind a blank, where that can be told, one mount of the spool's file system. A disk
// that is replugged, or a file system that shut down after an error, loses such files while the machine stays up.
type Instance string

// ThisInstance is the instance in which dir lies now; "" where not even the boot can be told.
func ThisInstance(dir string) Instance {
	boot := thisBoot()
	if mount := thisMount(dir); boot != "" && mount != "" {
		return Instance(boot + " " + mount)
	}
	return Instance(boot)
}

// Same reports whether an instance lasts. Who cannot tell has to take it for another one; but where only the mount is
// unknown, now or to the program that wrote was, the boot decides.
func (was Instance) Same(now Instance) bool {
	wasBoot, wasMount, _ := strings.Cut(string(was), " ")
	boot, mount, _ := strings.Cut(string(now), " ")
	return boot != "" && boot == wasBoot && (mount == wasMount || mount == "" || wasMount == "")
}
