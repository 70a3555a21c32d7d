package config

import (
	"path/filepath"
	"strings"
)

// spool makes an absolute path of the spool that was set, or chooses one for the user with this effective id.
func (l *loader) spool(environ []string, uid int) {
	var (
		vars = variables(environ)
		home = vars["HOME"]
		o    = l.origin["spool"]
		path = l.config.Spool
	)
	wrong := func(why string) { l.problems.add(o.order, "spool%s: %s", o.words, why) }
	switch {
	case path == "" && uid == 0:
		path = "/var/lib/inboxfs"
	case path == "" && filepath.IsAbs(vars["XDG_STATE_HOME"]): // the specification says to pass over a relative one
		path = filepath.Join(vars["XDG_STATE_HOME"], "inboxfs")
	case path == "" && filepath.IsAbs(home):
		path = filepath.Join(home, ".local/state/inboxfs")
	case path == "":
		wrong("is not set, and HOME, below which it would be, is not either; set INBOXFS_SPOOL or --spool")
		return
	case path == "~" || strings.HasPrefix(path, "~/"):
		if !filepath.IsAbs(home) {
			wrong("begins with ~, but HOME is not set; write the whole path")
			return
		}
		path = filepath.Join(home, path[1:])
	case !filepath.IsAbs(path) && o.from != fromFlag:
		wrong("is relative, and a service may run in any folder; write a path that begins with / or ~/")
		return
	case !filepath.IsAbs(path):
		abs, err := filepath.Abs(path)
		if err != nil {
			wrong(err.Error())
			return
		}
		path = abs
	}
	l.config.Spool = filepath.Clean(path)
}
