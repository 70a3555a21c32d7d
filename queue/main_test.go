package queue

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// atOnce is how many tests run at once, unless -parallel says so: most of the time they wait.
const atOnce = "16"

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", atOnce); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}
