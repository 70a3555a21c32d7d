package inbox

import "testing"

func TestShare(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		part, whole uint64
		want        string
	}{
		{3 << 19, 3 << 20, "1.5 of 3.0 MiB"}, {100, 3 << 20, "100 B of 3.0 MiB"}, {0, 10, "0 of 10 B"},
	} {
		if got := share(tc.part, tc.whole); got != tc.want {
			t.Errorf("%d of %d: %q, want %q", tc.part, tc.whole, got, tc.want)
		}
	}
}
