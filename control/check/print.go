package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"inboxfs/control/config"
	"inboxfs/fs/text"
)

// Report runs the checks, has each finding written to w, and fails if one of the checks does.
func Report(ctx context.Context, o Options, w io.Writer, write func(io.Writer, Finding) error) error {
	var all, bad int
	var writing error
	Run(ctx, o, func(f Finding) {
		all++
		if f.Level == Fail {
			bad++
		}
		writing = errors.Join(writing, write(w, f))
	})
	switch {
	case writing != nil:
		return fmt.Errorf("writing what was found: %w", writing)
	case ctx.Err() != nil:
		return errors.New("interrupted before all was checked")
	case bad > 0:
		return fmt.Errorf("%d of %d checks fail; what to do stands below each line that begins with fail", bad, all)
	}
	return nil
}

// Text writes a finding for people: a line, and what to do on one below it.
func Text(w io.Writer, f Finding) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-5s %-12s %s\n", f.Level, f.Check, line(f.Says))
	if f.Do != "" {
		fmt.Fprintf(&b, "%-5s %-12s -> %s\n", "", "", line(f.Do))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Effective writes the configuration that was looked at for people, without secrets and defaults.
func Effective(w io.Writer, c config.Config) error {
	var set strings.Builder
	if err := c.PrintSet(&set); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n# In effect; what is not here has its default (inboxfs help configuration).\n%s",
		strings.TrimLeft(set.String(), "\n"))
	return err
}

// line keeps words of a server, or of a file's name, from being more than words.
func line(s string) string {
	return strings.Map(func(r rune) rune {
		if text.Hidden(r) {
			return ' '
		}
		return r
	}, s)
}

// JSON writes a finding for programs, as one line.
func JSON(w io.Writer, f Finding) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		Level Level  `json:"level"`
		Check string `json:"check"`
		Says  string `json:"says"`
		Do    string `json:"do,omitempty"`

		Effective string `json:"effective,omitempty"`
	}{f.Level, f.Check, f.Says, f.Do, f.Effective})
}
