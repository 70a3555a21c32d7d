package daemon

import (
	"io"
	"log"
	"log/slog"

	"inboxfs/control/config"
)

// Logger is the daemon's own log. The standard logger, which libraries have, goes there too.
func Logger(c config.Config, to io.Writer) *slog.Logger {
	l := slog.New(handler(c, to))
	log.SetFlags(0)
	log.SetOutput(Libraries{Log: l})
	return l
}

func handler(c config.Config, to io.Writer) slog.Handler {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		level = slog.LevelInfo // config has checked the word
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Log.Format == config.JSON {
		return slog.NewJSONHandler(to, o)
	}
	return slog.NewTextHandler(to, o)
}
