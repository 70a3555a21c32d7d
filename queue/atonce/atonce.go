// Package atonce has more tests of a package run at once than there are processors, because most of the time they wait:
// for a disk, a server, a time limit.
package atonce

import (
	"flag"
	"strconv"
)

// Waiting is how many tests that only wait may run at once on any machine.
const Waiting = 16

// Tests has n tests that are parallel run at once, unless -parallel says how many. TestMain calls it first.
func Tests(n int) error {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if given {
		return nil
	}
	return flag.Set("test.parallel", strconv.Itoa(n))
}
