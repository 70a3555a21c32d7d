package spool

import "testing"

// TestInstance: what cannot be told counts as another, but for what an older program did not write down.
func TestInstance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		was, now Instance
		same     bool
	}{
		{"boot /1/2", "boot /1/2", true},
		{"boot /1/2", "boot /3/2", false},
		{"boot /1/2", "other /1/2", false},
		{"boot /1/2", "boot", true},
		{"boot", "boot /1/2", true},
		{"boot", "boot", true},
		{"boot", "other", false},
		{"", "boot /1/2", false},
		{"", "", false},
		{"boot", "", false},
	} {
		if got := c.was.Same(c.now); got != c.same {
			t.Errorf("%q is %q: %v", c.was, c.now, got)
		}
	}
	dir := t.TempDir()
	if now := ThisInstance(dir); !now.Same(ThisInstance(dir)) {
		t.Errorf("this is %q, and then another", now)
	}
}
