package daemon

import (
	"log/slog"
	"regexp"
	"strings"
)

// Libraries is what the standard logger should write to: net/http and go-fuse say there what they can tell nobody. What
// they quote is left out. It may be an answer that came when nobody asked, with the credentials that VOD gives out.
type Libraries struct{ Log *slog.Logger }

var quoted = regexp.MustCompile(`"(\\.|[^"\\])*("|$)`)

// Write implements io.Writer: a call is a message.
func (l Libraries) Write(message []byte) (int, error) {
	l.Log.Warn("a library says", "message", quoted.ReplaceAllString(strings.TrimSpace(string(message)), `"(left out)"`))
	return len(message), nil
}
