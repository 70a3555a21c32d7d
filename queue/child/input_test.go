package child

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// parent names the variable that makes this test's process the parent that is killed.
const parent = "INBOXFS_TEST_PARENT"

// TestInputOutlivesUs has a program kill its parent before it reads its input: it reads the whole of it all the same.
// The parent is kept busy, so that what it would do after the start comes too late.
func TestInputOutlivesUs(t *testing.T) {
	input := strings.Repeat("an event\n", 400)
	if out := os.Getenv(parent); out != "" {
		for range 4 {
			go func() {
				for began := time.Now(); time.Since(began) < time.Minute; {
				}
			}()
		}
		p := Program{Args: []string{"sh", "-c", `kill -9 $PPID; cat > "$1.new"; mv "$1.new" "$1"`, "sh", out},
			Input: []byte(input), Limit: time.Minute}
		_, _, err := p.Run(context.Background())
		t.Fatalf("the parent lives on: %v", err)
	}
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		out := filepath.Join(t.TempDir(), "read")
		c := exec.Command(self, "-test.run=^TestInputOutlivesUs$")
		c.Env = append(os.Environ(), parent+"="+out, "GOMAXPROCS=1")
		var ended *exec.ExitError
		if words, err := c.CombinedOutput(); !errors.As(err, &ended) || ended.Exited() {
			t.Fatalf("the parent was not killed: %v, %s", err, words)
		}
		var read []byte
		for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(time.Millisecond) {
			if read, err = os.ReadFile(out); err == nil {
				break
			}
		}
		if string(read) != input {
			t.Fatalf("the program read %d of %d bytes", len(read), len(input))
		}
	}
}
