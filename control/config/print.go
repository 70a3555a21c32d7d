package config

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// telling are keys with text that people write secrets into, although it is no place for them: commands and addresses.
// Who knows the external id of a role may assume it, and its policy names accounts and buckets.
var telling = map[string]bool{"credential.process": true, "credential.uri": true, "hooks.command": true,
	"vod.auth_process": true, "credential.external_id": true, "credential.role_policy": true}

// telltale reports whether an address has more than a host, which may be a secret.
func telltale(name, value string) bool {
	return strings.HasSuffix(name, "endpoint") && strings.ContainsAny(value, "?@#")
}

// Print writes c as a configuration file without its secrets, which are mentioned in comments.
func (c Config) Print(w io.Writer) error { return c.print(w, func(int, any) bool { return true }) }

// PrintSet is Print for the keys that differ from their defaults.
func (c Config) PrintSet(w io.Writer) error {
	usual := Default()
	defaults := walk(&usual)
	return c.print(w, func(i int, value any) bool { return !reflect.DeepEqual(value, defaults[i].value) })
}

// print writes the keys that show wants, by their place in walk and their values.
func (c Config) print(w io.Writer, show func(int, any) bool) error {
	var b strings.Builder
	table := ""
	for i, f := range walk(&c) {
		if !show(i, f.value) {
			continue
		}
		name := f.Name
		if top, below, ok := strings.Cut(f.Name, "."); ok {
			if name = below; top != table {
				table = top
				fmt.Fprintf(&b, "\n[%s]\n", table)
			}
		}
		switch v := f.value.(type) {
		case *Secret:
			if v.Reveal() != "" {
				fmt.Fprintf(&b, "# %s is set and not shown\n", name)
			}
			continue
		case *[]string:
			if telling[f.Name] && len(*v) > 0 {
				fmt.Fprintf(&b, "# %s is set and not shown\n", name)
				continue
			}
			if err := printList(&b, name, shown(&b, *v)); err != nil {
				return err
			}
			continue
		case *string:
			if *v != "" && (telling[f.Name] || telltale(f.Name, *v)) {
				fmt.Fprintf(&b, "# %s is set and not shown\n", name)
				continue
			}
		case *Parts:
			if *v != AutoParts {
				fmt.Fprintf(&b, "%s = %v\n", name, *v)
				continue
			}
		case *bool, *int:
			fmt.Fprintf(&b, "%s = %s\n", name, text(v))
			continue
		}
		s, err := literal(text(f.value))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s = %s\n", name, s)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	return nil
}

// shown is the items of a list but callbacks, whose addresses people write secrets into; a comment mentions those.
func shown(b *strings.Builder, list []string) (rest []string) {
	for _, item := range list {
		if name, _, _ := strings.Cut(item, "="); strings.HasPrefix(strings.TrimSpace(name), "oss.callback") {
			fmt.Fprintf(b, "# %s is set and not shown\n", strings.TrimSpace(name))
			continue
		}
		rest = append(rest, item)
	}
	return rest
}

// wide is how long a line of a list gets, in bytes.
const wide = 110

func printList(b *strings.Builder, name string, list []string) error {
	fmt.Fprintf(b, "%s = [", name)
	line := wide // full, so that the first item begins a line
	for _, item := range list {
		s, err := literal(item)
		if err != nil {
			return err
		}
		if line += len(s) + 2; line > wide {
			b.WriteString("\n ")
			line = 2 + len(s) + 2
		}
		b.WriteString(" " + s + ",")
	}
	if len(list) > 0 {
		b.WriteString("\n")
	}
	b.WriteString("]\n")
	return nil
}
