package command

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"inboxfs/control/config"
)

// columns is how wide help may be.
const columns = 80

// configured gives a command --config and a flag for each key of the configuration, and returns what loads it.
func configured(set *pflag.FlagSet) (load func() (config.Config, error)) {
	file := set.String("config", "", "configuration `FILE` (TOML)")
	keys := make(map[string]bool)
	for _, k := range config.Keys() {
		if k.Flag == "" {
			continue
		}
		keys[k.Flag] = true
		help := k.Help
		if k.Allowed != "" {
			help += " (" + k.Allowed + ")"
		}
		value := &text{k.Default, k.Type, strings.Contains(k.Name, ".")}
		if k.Type == "list" {
			value.value = "" // too long for help
			help += " (default: see config.example.toml)"
		}
		f := set.VarPF(value, k.Flag, "", help)
		if k.Type == "bool" {
			f.NoOptDefVal = "true"
		}
	}
	return func() (config.Config, error) {
		given := make(map[string]string)
		set.Visit(func(f *pflag.Flag) {
			if keys[f.Name] {
				given[f.Name] = f.Value.String()
			}
		})
		conf, err := config.Load(*file, os.Environ(), given)
		if err != nil {
			return conf, err
		}
		for _, k := range config.Keys() {
			if k.Secret { // it is for us, not for credential.process and the like
				if err := os.Unsetenv(k.Env); err != nil {
					return conf, fmt.Errorf("taking %s out of the environment: %w", k.Env, err)
				}
			}
		}
		return conf, nil
	}
}

// usable says what keeps a mount from its work, though the configuration is valid in itself.
func usable(c config.Config) error { return errors.Join(c.Missing(), config.Proxies(os.Environ())) }

// brief is what help says of flags: of the keys of the configuration only those that stand in no table.
func brief(set *pflag.FlagSet) string {
	shown, left := pflag.NewFlagSet("", pflag.ContinueOnError), false
	set.VisitAll(func(f *pflag.Flag) {
		key, ok := f.Value.(*text)
		switch {
		case ok && key.inTable:
			left = true
		case f.Name != "help":
			shown.AddFlag(f)
		}
	})
	help := shown.FlagUsagesWrapped(columns)
	if left {
		help += "\nEach key of the configuration is a flag, such as --upload-part-size 16MiB for\n" +
			"upload.part_size; inboxfs help configuration lists them.\n"
	}
	return help
}

// allKeys is all keys as flags, and what they do.
func allKeys() string {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	configured(set)
	return set.FlagUsagesWrapped(columns)
}

// text is a flag as it was written; config.Load knows what it means.
type text struct {
	value, kind string
	inTable     bool
}

func (t *text) String() string     { return t.value }
func (t *text) Set(s string) error { t.value = s; return nil }
func (t *text) Type() string       { return t.kind }
