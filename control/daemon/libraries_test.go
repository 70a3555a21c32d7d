package daemon

import (
	"bytes"
	"log"
	"log/slog"
	"strings"
	"testing"
)

func TestLibrariesQuoteNothing(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	l := log.New(Libraries{slog.New(slog.NewTextHandler(&b, nil))}, "", 0)
	l.Printf("Unsolicited response received on idle HTTP channel starting with %q; err=%v", "a\"\\\x1bAccessKeySecret",
		nil)
	l.Print(`cut short: "AccessKeySecret`)
	if s := b.String(); strings.Contains(s, "AccessKey") || !strings.Contains(s, "idle HTTP channel") ||
		!strings.Contains(s, "err=<nil>") || strings.Count(s, "\n") != 2 {
		t.Error(s)
	}
}
