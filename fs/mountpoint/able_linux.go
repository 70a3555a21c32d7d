package mountpoint

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Able says why this process could not mount, and what to do; nil where it could. It mounts nothing.
func Able(allowOther bool) error { return ableWith(device, fuseConf, allowOther) }

func ableWith(device, conf string, allowOther bool) error {
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return explain(device, err)
	}
	if err := unix.Close(fd); err != nil {
		return fmt.Errorf("closing %s: %w", device, err)
	}
	if os.Geteuid() == 0 {
		if mayMount, err := capable(unix.CAP_SYS_ADMIN); err == nil && !mayMount {
			return notRoot(unix.EPERM)
		}
		return nil
	}
	bin, err := fusermountPath()
	if err != nil {
		return err
	}
	if info, err := os.Stat(bin); err != nil {
		return err
	} else if info.Mode()&os.ModeSetuid == 0 {
		return fmt.Errorf("%s is not setuid root, so it cannot mount: "+
			"install the package fuse3 again (or chmod u+s %s as root)", bin, bin)
	}
	if set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err == nil && set == 1 {
		return errNoNewPrivs
	}
	if allowOther && !userAllowOther(conf) {
		return errAllowOther
	}
	return nil
}

// errNoNewPrivs is that of a process for which a setuid program is an ordinary one.
var errNoNewPrivs = errors.New("no_new_privs is set, so that fusermount3 has no right to mount; mount outside of " +
	"what sets it: NoNewPrivileges of a systemd unit, a sandbox, or a container's security options")

// capable reports whether this process has a capability in effect.
func capable(capability int) (bool, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(string(status)) {
		if set, ok := strings.CutPrefix(line, "CapEff:"); ok {
			bits, err := strconv.ParseUint(strings.TrimSpace(set), 16, 64)
			return bits&(1<<capability) != 0, err
		}
	}
	return false, errors.New("/proc/self/status has no CapEff")
}
