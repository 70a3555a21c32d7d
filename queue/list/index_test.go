package list

import (
	"testing"
)

// TestIndex has several entries with one key, and takes them in every order.
func TestIndex(t *testing.T) {
	t.Parallel()
	a, b, c := 1, 2, 3
	for _, order := range [][]*int{{&a, &b, &c}, {&c, &b, &a}, {&b, &a, &c}, {&b, &c, &a}} {
		var x Index[string, *int]
		x.Add("", &a)
		for _, e := range []*int{&a, &b, &c} {
			x.Add("key", e)
		}
		for i, e := range order {
			for j, other := range order {
				if found := x.Any("key", func(e *int) bool { return e == other }); found != (j >= i) {
					t.Errorf("with %d of %v taken, number %d is found: %v", i, order, j, found)
				}
			}
			x.Take("key", e)
			x.Take("key", e)
		}
		if x.Len() > 0 || len(x.more) > 0 {
			t.Errorf("left in the index: %v", x)
		}
	}
}
