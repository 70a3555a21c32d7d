package writer

import (
	"os/exec"
	"testing"
)

// TestWatchOfOneThatGoes asks how processes ended in the moment in which they are reaped: the kernel has an answer
// before that and after it.
func TestWatchOfOneThatGoes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for range 300 {
		c := exec.Command("sh", "-c", "exit 3")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		w := newWatch(uint32(c.Process.Pid))
		if w == nil {
			t.Skip("SKIPPED, NOTHING TESTED: this kernel has no pidfd")
		}
		found := make(chan life)
		go func() {
			code, state := w.reaped()
			for state == running {
				code, state = w.reaped()
			}
			if state == dead && code != 3<<8 {
				t.Errorf("it ended with %#x", code)
			}
			found <- state
		}()
		_ = c.Wait() // with 3
		if <-found == untold {
			t.Error("nobody knows how it ended")
		}
		w.close()
	}
}
