package control

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Secret is the part of the argument that nobody else may read, with which it begins; "" if there is none.
func (v Verb) Secret() string {
	for _, s := range []string{"ID SECRET TOKEN", "AUTH ADDRESS", "AUTH"} {
		if strings.HasPrefix(v.Argument, s) {
			return s
		}
	}
	return ""
}

// Usage is the verb with its arguments on a command line. What is secret is none of them, because ps shows those.
func (v Verb) Usage() string {
	rest := strings.TrimSpace(strings.TrimPrefix(v.Argument, v.Secret()))
	if v.each() {
		rest += "..."
	}
	return strings.TrimSpace(v.Name + " " + rest)
}

// each reports whether every argument on a command line is a file, and the verb is for one.
func (v Verb) each() bool { return v.Argument == "PATH" || strings.Trim(v.Argument, "[]") == "NAME" }

// Lines is the lines that do what a command line asks for: of a verb for a file one for each argument. secret is where
// there is one.
func (v Verb) Lines(args []string, secret string) ([]string, error) {
	required := v.Argument != "" && v.Argument[0] != '[' && v.Secret() == ""
	switch {
	case len(args) > 0 && v.Argument == "":
		return nil, fmt.Errorf("%s takes no argument", v.Name)
	case len(args) == 0 && required:
		return nil, fmt.Errorf("write inboxfs control %s", v.Usage())
	case len(args) == 0 || !v.each():
		parts := append([]string{v.Name}, strings.Fields(secret)...)
		return []string{strings.Join(append(parts, args...), " ")}, nil
	}
	var lines []string
	for _, arg := range args {
		if v.Argument == "PATH" {
			path, err := filepath.Abs(arg)
			if err != nil {
				return nil, err
			}
			arg = path
		}
		lines = append(lines, v.Name+" "+arg)
	}
	return lines, nil
}

// Words is what the argument may be, word for word.
func (v Verb) Words() (words []string) {
	for _, w := range strings.FieldsFunc(v.Argument, func(r rune) bool { return strings.ContainsRune("[]| ", r) }) {
		if w == strings.ToLower(w) {
			words = append(words, w)
		}
	}
	return words
}
