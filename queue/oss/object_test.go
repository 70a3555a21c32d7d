package oss

import (
	"net/http"
	"testing"
	"time"
)

// TestAge: by it an object that was there before the drop is told from one that the drop became.
func TestAge(t *testing.T) {
	t.Parallel()
	const now = "Fri, 27 Nov 2026 10:00:00 GMT"
	for made, want := range map[string]time.Duration{
		"Fri, 27 Nov 2026 09:58:30 GMT": 90 * time.Second,
		"Fri, 27 Nov 2026 10:00:01 GMT": 0, // made while it was asked
		"yesterday":                     -1,
		"":                              -1,
	} {
		if got := age(http.Header{"Date": {now}, "Last-Modified": {made}}); got != want {
			t.Errorf("made %q: %v, want %v", made, got, want)
		}
	}
	if got := age(http.Header{"Last-Modified": {now}}); got != -1 {
		t.Errorf("without a date: %v", got)
	}
}
