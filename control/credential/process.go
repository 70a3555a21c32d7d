package credential

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"inboxfs/queue/child"
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
	out, _, err := child.Program{Args: []string{"/bin/sh", "-c", string(p)}, Limit: processTime,
		Most: longestOutput, Whole: json.Valid}.Run(ctx)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return Credentials{}, fmt.Errorf("the credential process: %v; run it by hand to see why", exit.ProcessState)
	case err != nil:
		return Credentials{}, fmt.Errorf("the credential process: %w", err)
	}
	f, err := parseFields(string(out))
	if err != nil {
		return Credentials{}, fmt.Errorf("the credential process: %w", err)
	}
	got, err := f.credentials(time.Now(), keyOnly)
	if err != nil && !errors.Is(err, ErrExpired) { // that is the ring's to say, by the server's clock
		return Credentials{}, fmt.Errorf("the credential process: %w", err)
	}
	return got, nil
}
