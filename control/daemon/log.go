package daemon

import (
	"log"
	"log/slog"
	"os"

	"inboxfs/control/config"
)

// Logger is the daemon's own log, on standard error. The standard logger, which libraries have, goes there too.
func Logger(c config.Config) *slog.Logger {
	l := slog.New(handler(c))
	log.SetFlags(0)
	log.SetOutput(Libraries{Log: l})
	return l
}

func handler(c config.Config) slog.Handler {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		level = slog.LevelInfo // config has checked the word
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Log.Format == config.JSON {
		return slog.NewJSONHandler(os.Stderr, o)
	}
	return slog.NewTextHandler(os.Stderr, o)
}
