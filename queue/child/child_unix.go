//go:build unix

package child

import (
	"os/exec"
	"syscall"
)

// own gives the program a process group of its own, so that a time limit ends its children, too, and Ctrl-C does not.
func own(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
