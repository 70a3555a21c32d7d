//go:build killpoint

package killpoint

import (
	"fmt"
	"os"
	"sync"
	"syscall"
)

var (
	mu     sync.Mutex // guards passed
	passed = make(map[string]int)
	target = os.Getenv("KILLPOINT")
	list   = os.Getenv("KILLPOINT_LOG")
)

// At kills the process here, if it was told to.
func At(name string) {
	mu.Lock()
	passed[name]++
	n := passed[name]
	if n == 1 && list != "" {
		note(name)
	}
	if target == fmt.Sprintf("%s#%d", name, n) {
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			panic(err)
		}
		select {} // with the lock: no other thread passes a point any more
	}
	mu.Unlock()
}

// note puts a name into the list. A list that cannot be written would hide that a point is passed.
func note(name string) {
	f, err := os.OpenFile(list, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err == nil {
		_, err = f.WriteString(name + "\n")
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		panic(err)
	}
}
