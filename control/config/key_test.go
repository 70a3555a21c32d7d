package config

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// Every key can be set to its own default and to nothing but what it says is allowed, as a flag and in the environment.
func TestKeys(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	base := []string{"HOME=/home/u"}
	want, err := Load("", base, nil)
	if err != nil {
		t.Fatal(err)
	}
	flags, environ := map[string]string{}, append([]string{}, base...)
	for _, k := range Keys() {
		for _, name := range []string{"key " + k.Name, "variable " + k.Env, "flag " + flagName(k.Name)} {
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
		}
		if k.Help == "" || strings.ContainsAny(k.Help, "\n\t") || strings.HasSuffix(k.Help, ".") ||
			k.Help != strings.TrimSpace(k.Help) {
			t.Errorf("%s: help %q", k.Name, k.Help)
		}
		if !regexp.MustCompile(`^[a-z]+(\.[a-z]+(_[a-z]+)*)?$|^allow_other$`).MatchString(k.Name) {
			t.Errorf("key %q", k.Name)
		}
		if k.Secret != (k.Type == "secret") || k.Secret != (k.Flag == "") || k.Secret && k.Default != "" {
			t.Errorf("%s: secret %v, type %s, flag %q, default %q", k.Name, k.Secret, k.Type, k.Flag, k.Default)
		}
		if !k.Secret {
			flags[k.Flag] = k.Default
		}
		environ = append(environ, k.Env+"="+k.Default)
	}
	for what, load := range map[string]func() (Config, error){
		"flags":       func() (Config, error) { return Load("", base, flags) },
		"environment": func() (Config, error) { return Load("", environ, nil) },
	} {
		got, err := load()
		if err != nil {
			t.Errorf("the defaults as %s: %v", what, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("the defaults as %s give\n%+v\nwant\n%+v", what, got, want)
		}
	}
	for _, k := range []Key{
		{Name: "upload.part_size", Flag: "upload-part-size", Env: "INBOXFS_UPLOAD_PART_SIZE", Type: "size",
			Default: "8MiB", Allowed: "100KiB to 5GiB"},
		{Name: "log.level", Flag: "log-level", Env: "INBOXFS_LOG_LEVEL", Type: "text", Default: "info",
			Allowed: "info, debug, warn or error"},
		{Name: "upload.max_retries", Flag: "upload-max-retries", Env: "INBOXFS_UPLOAD_MAX_RETRIES", Type: "number",
			Default: "0", Allowed: "0 or more"},
	} {
		found := false
		for _, got := range Keys() {
			got.Help = ""
			found = found || got == k
		}
		if !found {
			t.Errorf("no key is %+v", k)
		}
	}
}

// The limits in the tags are in the notation of their key, or limit would pass over them.
func TestLimitTags(t *testing.T) {
	t.Parallel()
	c := Default()
	for _, f := range walk(&c) {
		for _, tag := range []string{f.least, f.greatest} {
			if _, has := amount(f.value); tag != "" && !has {
				t.Errorf("%s has limits and no amount", f.Name)
			}
			if tag == "" {
				continue
			}
			if a, b := f.limit(tag, -1), f.limit(tag, -2); a != b {
				t.Errorf("%s: limit %q cannot be read", f.Name, tag)
			}
		}
	}
}
