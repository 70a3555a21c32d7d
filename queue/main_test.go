package queue

import (
	"fmt"
	"os"
	"testing"

	"inboxfs/queue/atonce"
)

func TestMain(m *testing.M) {
	if err := atonce.Tests(atonce.Waiting); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
