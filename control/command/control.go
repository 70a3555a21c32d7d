package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"inboxfs/control"
	"inboxfs/control/client"
)

func controlCommand() *cobra.Command {
	var at string
	c := &cobra.Command{
		Use:   "control VERB [ARGUMENT...]",
		Short: "tell a mount what to do: pause, retry, limit, wait, ...",
		Long: "Write a verb to control of a mount, and print what that says of it. A refusal is\n" +
			"an error.",
		Args: known,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.PersistentFlags().StringVar(&at, "mount", "", "`DIR` where inboxfs is mounted, if there are several")
	if err := c.RegisterFlagCompletionFunc("mount", func(c *cobra.Command, _ []string, begun string) (
		[]cobra.Completion, cobra.ShellCompDirective) {
		return mountpoints(c, nil, begun)
	}); err != nil {
		panic(err) // there is no such flag
	}
	mounted := func() (string, error) { return theMount(at, "control --mount DIR VERB") }
	for _, v := range control.Verbs() {
		c.AddCommand(verbCommand(v, mounted))
	}
	return c
}

// verbCommand is a verb as a command.
func verbCommand(v control.Verb, mounted func() (string, error)) *cobra.Command {
	c := &cobra.Command{Use: v.Usage(), Aliases: v.Aliases(), Short: v.Help}
	switch {
	case v.Secret() != "":
		c.Long = v.Help + "\n\n" + v.Secret() +
			" come from standard input, since ps shows arguments:\n  fetch | inboxfs control " + v.Usage() +
			"\nOn a terminal it asks for them."
	case v.Names():
		c.Long = v.Help + "\n\nNAME is the path below inbox, or '#ID'. -- stands before one that begins with -."
	}
	c.ValidArgsFunction = func(c *cobra.Command, args []string, begun string) ([]cobra.Completion,
		cobra.ShellCompDirective) {
		switch {
		case v.Argument == "PATH":
			return nil, cobra.ShellCompDirectiveDefault
		case !v.Names() && len(args) > 0:
			return nil, cobra.ShellCompDirectiveNoFileComp
		case !v.Names():
			return v.Words(), cobra.ShellCompDirectiveNoFileComp
		}
		return names(c.Context(), mounted, v.Acts, begun)
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		secret := ""
		if v.Secret() != "" {
			var err error
			if secret, err = fromInput(c.ErrOrStderr(), v); err != nil {
				return err
			}
			if secret == "" {
				return usageError{
					fmt.Errorf("%s come from standard input, where there is nothing; write fetch | inboxfs control %s",
						v.Secret(), v.Usage())}
			}
		}
		if len(args) == 0 {
			if err := sure(c, v.Name); err != nil {
				return err
			}
		}
		lines, err := v.Lines(args, secret)
		if err != nil {
			return usageError{err}
		}
		of := func(err error) error { return err }
		if v.Name == "wait" {
			of = waited
		}
		dir, err := mounted()
		for i := 0; err == nil && i < len(lines); i++ {
			var said string
			if said, err = client.Tell(c.Context(), dir, lines[i]); err == nil {
				_, err = fmt.Fprintln(c.OutOrStdout(), said)
			}
		}
		return of(err)
	}
	return c
}

// sure returns nil when somebody means a verb for all files. clear alone may be meant for clear finished. A shell takes
// a
// #ID that is not quoted for a comment, so that retry #2 is retry. Both are asked on a terminal.
func sure(c *cobra.Command, verb string) error {
	asks := map[string]string{
		"clearFiles": "This drops all files, also those that are not uploaded.",
		"retry":      "This tries all failed files again; for one of them add its NAME, or '#ID', quoted.",
	}[verb]
	if asks == "" {
		return nil
	}
	if c.CalledAs() == "clear" {
		return usageError{errors.New("clear alone would drop all files, also those that are not uploaded: " +
			"write inboxfs control clearFiles for that, or inboxfs control clear finished")}
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil // a script means what it says
	}
	answer := ""
	_, err := fmt.Fprint(c.ErrOrStderr(), asks+" Write yes: ")
	if err == nil {
		_, err = fmt.Fscanln(c.InOrStdin(), &answer)
	}
	if answer != "yes" {
		return errors.Join(errors.New("nothing was done"), err)
	}
	return nil
}

// fromInput is the secret of a verb: what comes on standard input or, on a terminal, is typed or pasted there, which
// does not show it.
func fromInput(asks io.Writer, v control.Verb) (string, error) {
	if stdin := int(os.Stdin.Fd()); term.IsTerminal(stdin) {
		if _, err := fmt.Fprintf(asks, "%s: %s (not shown): ", v.Name, v.Argument); err != nil {
			return "", err
		}
		typed, err := term.ReadPassword(stdin)
		_, _ = fmt.Fprintln(asks) // only the end of the line that was typed
		return strings.TrimSpace(string(typed)), err
	}
	info, err := os.Stdin.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice != 0 {
		return "", err
	}
	given, err := io.ReadAll(io.LimitReader(os.Stdin, control.MaxLine))
	return strings.TrimSpace(string(given)), err
}
