package credential

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

const (
	longestOutput = 64 << 10         // bytes; credentials have a few thousand
	processTime   = 10 * time.Second // a command that takes longer is ended
)

// Process is a source that runs a command with the shell and reads the JSON it prints: any of the forms that a token
// can be written in, or that of the command line client's External profiles. A key without a token will do. What the
// command says on standard error is shown to nobody, because it may hold secrets.
func Process(command string) Renewer { return process(command) }

type process string

// Recheck is never: a command that does not say when its credentials expire is run when they do.
func (process) Recheck() time.Duration { return 0 }

func (p process) Renew(ctx context.Context) (Credentials, error) { return p.Get(ctx) }

func (p process) Get(ctx context.Context) (Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, processTime)
	defer cancel()
	out := &head{}
	c := exec.CommandContext(ctx, "/bin/sh", "-c", string(p))
	c.Dir = "/" // never in the mount
	c.Stdout = out
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) } // with its children
	c.WaitDelay = time.Second                                                        // for those who went away and hold its output
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return Credentials{}, fmt.Errorf("the credential process: no answer in time: %w", ctx.Err())
	case errors.As(err, &exit):
		return Credentials{}, fmt.Errorf("the credential process: %v; run it by hand to see why", exit.ProcessState)
	case err != nil:
		return Credentials{}, fmt.Errorf("the credential process: %w", err)
	case out.over:
		return Credentials{}, fmt.Errorf("the credential process: it prints more than %d bytes", longestOutput)
	}
	f, err := parseFields(out.text.String())
	if err != nil {
		return Credentials{}, fmt.Errorf("the credential process: %w", err)
	}
	got, err := f.credentials(time.Now(), keyOnly)
	if err != nil {
		return Credentials{}, fmt.Errorf("the credential process: %w", err)
	}
	return got, nil
}

// head keeps the beginning of what is written to it.
type head struct {
	text bytes.Buffer
	over bool
}

func (h *head) Write(p []byte) (int, error) {
	left := longestOutput - h.text.Len()
	if len(p) > left {
		h.over = true
	}
	h.text.Write(p[:min(len(p), left)])
	return len(p), nil
}
