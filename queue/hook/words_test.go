package hook

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inboxfs/queue/eventlog"
)

// TestWords: a notification says why, and how many. What a terminal or a mail header would obey is no part of it.
func TestWords(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	o := Options{Command: r.script(`printf '%s|%s|%s.' "$REASON" "$MESSAGE" "$COUNTS" >> told`), Shown: strings.ToUpper}
	for _, line := range []string{
		`{"event":"OnUploadFailed","id":1,"file":"a","code":"AccessDenied","message":"it's $(x) \"no\"\nright\u001b[31m"}`,
		`event=OnUploadEnd succeeded=2 failed=0`, `event=OnFileAdded id=1 file=a`,
	} {
		told, err := eventlog.ParseLine([]byte(line + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		o.Limit = 1 << 33
		if err := o.command(t.Context(), told); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(filepath.Join(r.dir, "told"))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != `AccessDenied|it's $(x) "no" right [31m|.||2 uploaded, 0 failed.||.` {
		t.Errorf("it was told %s", got)
	}
}
