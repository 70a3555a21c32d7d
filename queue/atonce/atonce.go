// Package atonce says which tests of a package run, and how many at once, where neither -run nor -parallel does.
package atonce

import (
	"flag"
	"strconv"
)

// Waiting is how many tests that only wait may run at once on any machine: for a disk, a server, a time limit.
const Waiting = 8

// Tests has n tests that are parallel run at once. TestMain calls it first.
func Tests(n int) error { return set("test.parallel", strconv.Itoa(n)) }

// Short has only the tests run that match, if -short is given. It comes after Tests.
func Short(match string) error {
	if f := flag.Lookup("test.short"); f == nil || f.Value.String() != "true" {
		return nil
	}
	return set("test.run", match)
}

// set gives a flag of the tests its value, unless the command line did.
func set(name, value string) error {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	if given {
		return nil
	}
	return flag.Set(name, value)
}
