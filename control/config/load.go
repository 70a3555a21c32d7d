package config

import (
	"maps"
	"os"
	"slices"
	"strings"
)

// Load reads the file at path (none if path is empty), then environ (in the form of os.Environ), then flags (by
// Key.Flag, only those that were given), each over what came before. It takes the whole environment and not a look-up,
// because only so can it find variables that mean no key. The error names every problem, one to a line, and shows no
// secret. The configuration is complete in itself, but may lack what a mount needs; see Missing.
func Load(path string, environ []string, flags map[string]string) (Config, error) {
	l := newLoader()
	if path != "" {
		l.file(path)
	}
	l.environment(environ)
	l.flags(flags)
	l.spool(environ, os.Geteuid())
	for _, w := range l.config.wrong() {
		f := l.origin[w.key]
		l.problems.add(f.order, "%s%s: %s", w.key, f.words, w.text)
	}
	if err := l.problems.err(); err != nil {
		return Config{}, err
	}
	return *l.config, nil
}

// loader is a configuration under way.
type loader struct {
	config   *Config
	fields   []field
	names    []string          // of all keys
	byName   map[string]field  // upload.part_size
	origin   map[string]origin // of keys that were set
	problems problems
}

// origin says where a value comes from.
type origin struct {
	words string // for after the key: " at config.toml:12:13", " from INBOXFS_...", " from --..."
	order int    // as in problem
	from  source
}

type source uint8

const (
	fromDefault source = iota
	fromFile
	fromEnvironment
	fromFlag
)

func newLoader() *loader {
	c := Default()
	l := &loader{config: &c, fields: walk(&c), byName: map[string]field{}, origin: map[string]origin{}}
	for _, f := range l.fields {
		l.byName[f.Name] = f
		l.names = append(l.names, f.Name)
		l.origin[f.Name] = origin{order: afterFile}
	}
	return l
}

// took notes that f was set, or could not be set because of err.
func (l *loader) took(f field, o origin, err error) {
	if err != nil {
		l.problems.add(o.order, "%s%s: %v", f.Name, o.words, err)
		return
	}
	l.origin[f.Name] = o
}

// environment takes the INBOXFS_ variables. Of a name that is there twice the first counts, as for os.Getenv.
func (l *loader) environment(environ []string) {
	byEnv := map[string]field{}
	envs := make([]string, 0, len(l.fields))
	for _, f := range l.fields {
		byEnv[f.Env] = f
		envs = append(envs, strings.ToLower(f.Env))
	}
	vars := variables(environ)
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if !strings.HasPrefix(name, envPrefix) {
			continue
		}
		f, ok := byEnv[name]
		switch {
		case !ok:
			l.problems.add(afterFile, "unknown environment variable %s%s", name,
				meant(strings.ToUpper(Nearest(name, envs))))
		case vars[name] != "":
			l.took(f, origin{" from " + name, afterFile, fromEnvironment}, setText(f.value, vars[name]))
		}
	}
}

func variables(environ []string) map[string]string {
	vars := make(map[string]string, len(environ))
	for _, v := range environ {
		name, value, ok := strings.Cut(v, "=")
		if _, twice := vars[name]; ok && !twice {
			vars[name] = value
		}
	}
	return vars
}

func (l *loader) flags(flags map[string]string) {
	byFlag := map[string]field{}
	known := make([]string, 0, len(l.fields))
	for _, f := range l.fields {
		byFlag[flagName(f.Name)] = f
		if !f.Secret {
			known = append(known, f.Flag)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		f, ok := byFlag[name]
		switch {
		case !ok:
			near := Nearest(name, known)
			if near != "" {
				near = "--" + near
			}
			l.problems.add(afterFile, "unknown flag --%s%s", name, meant(near))
		case f.Secret:
			l.problems.add(afterFile,
				"%s cannot be a flag, because every user can read the flags of a running program; "+
					"set %s or put it into the file",
				f.Name, f.Env)
		default:
			l.took(f, origin{" from --" + name, afterFile, fromFlag}, setText(f.value, flags[name]))
		}
	}
}

// meant is the end of a sentence about an unknown name.
func meant(near string) string {
	if near == "" {
		return ""
	}
	return "; did you mean " + near + "?"
}
