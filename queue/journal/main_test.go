package journal

import (
	"os"
	"testing"
)

// childEnv names what a test binary does when a test started it as another process.
const childEnv = "INBOXFS_JOURNAL_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "commit":
		os.Exit(commitForEver(os.Args[1]))
	case "full":
		os.Exit(commitOnFullDisk(os.Args[1]))
	}
	os.Exit(m.Run())
}
