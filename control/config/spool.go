package config

import (
	"os"
	"path/filepath"
	"strings"
)

// spools is the folder that has the spools of a user's mounts by default; "" where it is not known.
func spools(vars map[string]string, uid int) string {
	home, state := vars["HOME"], vars["XDG_STATE_HOME"]
	switch {
	case uid == 0:
		return "/var/lib/inboxfs"
	case filepath.IsAbs(state): // the specification says to pass over a relative one
		return filepath.Join(state, "inboxfs")
	case filepath.IsAbs(home):
		return filepath.Join(home, ".local/state/inboxfs")
	}
	return ""
}

// OldSpool reports whether the spool is where earlier versions had it by default. It goes on there, but the spools of
// other mounts lie in it by default, and one of the name inbox would lie in its inbox.
func (c Config) OldSpool() bool { return c.Spool == spools(variables(os.Environ()), os.Geteuid()) }

// byDefault is the spool in the folder of all spools; or that folder itself, where an earlier version made it one.
func byDefault(folder string) string {
	for _, file := range []string{"journal.db", "lock"} {
		if info, err := os.Lstat(filepath.Join(folder, file)); err == nil && info.Mode().IsRegular() {
			return folder
		}
	}
	return filepath.Join(folder, "default")
}

// spool makes an absolute path of the spool that was set, or chooses one for the user with this effective id.
func (l *loader) spool(environ []string, uid int) {
	var (
		vars   = variables(environ)
		home   = vars["HOME"]
		o      = l.origin["spool"]
		path   = l.config.Spool
		folder = spools(vars, uid)
	)
	wrong := func(why string) { l.problems.add(o.order, "spool%s: %s", o.words, why) }
	switch {
	case path == "" && folder != "":
		path = byDefault(folder)
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
