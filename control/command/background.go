package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// readyEnv names the descriptor on which a daemon in the background says that its mount answers.
const readyEnv = "_INBOXFS_READY"

// inBackground starts this command line again, in a session of its own, and returns when the mount of that answers.
// Until then the other has our terminal, and says there what goes wrong; it then ends, and so do we, with its code.
func inBackground(ctx context.Context) (err error) {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	ready, says, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ready.Close()) }()
	c := exec.Command(self, os.Args[1:]...)
	c.Env = append(os.Environ(), readyEnv+"=3") // as ExtraFiles are numbered
	c.Stdout, c.Stderr, c.ExtraFiles = os.Stdout, os.Stderr, []*os.File{says}
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = c.Start()
	if err = errors.Join(err, says.Close()); err != nil {
		return fmt.Errorf("going into the background: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = c.Process.Signal(syscall.SIGTERM) })() // it may have ended
	if n, _ := ready.Read(make([]byte, 1)); n == 1 {
		return c.Process.Release()
	}
	err = c.Wait()
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.Exited() {
		return toldError{exit.ExitCode()}
	}
	return fmt.Errorf("it ended before its mount answered: %w", err)
}

// toldError is that of another process, which has said what it is.
type toldError struct{ code int }

func (toldError) Error() string { return "" }

// readiness is how this process says that its mount answers, where it was started by inBackground; else nil.
func readiness() (func() error, error) {
	number, is := os.LookupEnv(readyEnv)
	if !is {
		return nil, nil
	}
	fd, err := strconv.Atoi(number)
	if err = errors.Join(err, os.Unsetenv(readyEnv)); err != nil {
		return nil, fmt.Errorf("%s: %w", readyEnv, err)
	}
	syscall.CloseOnExec(fd)
	says := os.NewFile(uintptr(fd), "ready")
	return func() error {
		_, err := says.WriteString("\n")
		return errors.Join(err, says.Close())
	}, nil
}
