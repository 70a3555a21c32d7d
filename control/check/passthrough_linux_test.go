package check

import "testing"

func TestSince(t *testing.T) {
	t.Parallel()
	for release, want := range map[string]bool{"6.9.0": true, "6.18.44-foo": true, "7.0-rc1": true, "6.9-rc2+": true,
		"6.8.12": false, "5.15.0": false, "odd": false} {
		if got := since(release, 6, 9); got != want {
			t.Errorf("%s: %v", release, got)
		}
	}
}
