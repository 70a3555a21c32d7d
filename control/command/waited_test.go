package command

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"inboxfs/control/client"
)

// TestWaited has what control says of a wait in vain, and the exit code that a script gets.
func TestWaited(t *testing.T) {
	t.Parallel()
	for want, err := range map[int]error{
		0:           nil,
		exitFailed:  errors.New("wait: given up before it was answered"),
		exitEnded:   fmt.Errorf(`wait: without success: "a\" is held" is failure: AccessDenied (%w)`, syscall.EIO),
		exitHeld:    fmt.Errorf(`wait: ended without success: "a" is held: it was killed (%w)`, syscall.EIO),
		exitNoEntry: fmt.Errorf("wait: no such entry (%w)", syscall.ENOENT),
		exitNoMount: fmt.Errorf("%w at /mnt", client.ErrNoMount),
	} {
		if got := ExitCode(waited(err)); got != want {
			t.Errorf("%v ends with %d, not %d", err, got, want)
		}
	}
	if says, code := try(t, "control", "--mount", t.TempDir(), "wait"); code != exitNoMount {
		t.Errorf("%s ends with %d", says, code)
	}
}
