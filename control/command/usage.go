package command

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"inboxfs/control/client"
	"inboxfs/control/config"
	"inboxfs/control/manual"
)

// Exit codes; the page on commands lists them.
const (
	exitFailed = 1 // it did not work; the message says why
	exitUsage  = 2 // the command line or the configuration is wrong; nothing was done
	// of control wait and unmount --wait
	exitEnded   = 3 // a file failed, was deleted, or ended in another way than the next one
	exitHeld    = 4 // a file is held or canceled
	exitNoEntry = 5 // there is no such file in the list
	exitNoMount = 6 // no inboxfs is mounted there
)

// coded is an error with an exit code of its own.
type coded struct {
	error
	code int
}

func (c coded) Unwrap() error { return c.error }

// waited gives the error of a wait the exit code by which scripts tell what it was.
func waited(err error) error {
	if err == nil {
		return nil
	}
	state := err.Error()
	state = state[max(0, strings.IndexByte(state, '"')):]
	name, _ := strconv.QuotedPrefix(state) // an error is that none is named
	state = strings.TrimPrefix(state, name)
	switch {
	case errors.Is(err, client.ErrNoMount), errors.Is(err, errNone):
		return coded{err, exitNoMount}
	case errors.Is(err, syscall.ENOENT):
		return coded{err, exitNoEntry}
	case errors.Is(err, syscall.EIO) &&
		(strings.HasPrefix(state, " is held") || strings.HasPrefix(state, " is canceled")):
		return coded{err, exitHeld}
	case errors.Is(err, syscall.EIO):
		return coded{err, exitEnded}
	}
	return err
}

// ExitCode is how a process ends for which Run said err.
func ExitCode(err error) int {
	own, told := coded{}, toldError{}
	switch usage := (usageError{}); {
	case err == nil:
		return 0
	case errors.As(err, &own):
		return own.code
	case errors.As(err, &told):
		return told.code
	case errors.As(err, &usage):
		return exitUsage
	}
	return exitFailed
}

// usageError marks what is wrong with how the command was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// args says how many arguments a command takes, and what they are.
func args(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return usageError{fmt.Errorf("write %s; %s", c.UseLine(), what)}
		}
		return nil
	}
}

// known refuses a word that is none of a command's commands, and says what may have been meant.
func known(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	commands := make(map[string]string) // by their words, and what to write
	for _, parent := range append([]*cobra.Command{c}, c.Commands()...) {
		for _, sub := range parent.Commands() {
			for _, word := range append(sub.Aliases, sub.Name()) {
				if commands[word] == "" && guessable(word) {
					commands[word] = sub.CommandPath()
				}
			}
		}
	}
	if !c.HasParent() {
		for _, page := range manual.Pages() {
			if commands[page.Name] == "" {
				commands[page.Name] = c.CommandPath() + " help " + page.Name
			}
		}
	}
	hint := "see " + c.CommandPath() + " --help"
	if do := meant[args[0]]; do != "" {
		hint = do
	} else if near := config.Nearest(args[0], slices.Sorted(maps.Keys(commands))); near != "" {
		hint = "did you mean " + commands[near] + "?"
	}
	return usageError{fmt.Errorf("%s has no command %q; %s", c.CommandPath(), args[0], hint)}
}

// badFlag says what is wrong with the flags of a command, and what may have been meant.
func badFlag(c *cobra.Command, err error) error {
	hint := "see " + c.CommandPath() + " --help"
	unknown, invalid := new(pflag.NotExistError), new(pflag.InvalidValueError)
	switch {
	case errors.As(err, &unknown):
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := config.Nearest(unknown.GetSpecifiedName(), names); near != "" {
			hint = "did you mean --" + near + "?"
		}
	case errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == "duration":
		hint = "a duration is such as 10s or 1h30m"
	}
	return usageError{fmt.Errorf("%w; %s", err, hint)}
}

// usage is how a command is called; cobra has what it does print before it.
const usage = `Usage:
  {{.UseLine}}
{{if .HasAvailableSubCommands}}{{range .Commands}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}
{{end}}{{with flags .}}
{{.}}{{end}}{{if .HasAvailableSubCommands}}
Each has a --help of its own; inboxfs help lists the pages of the manual.
{{end}}`
