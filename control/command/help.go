package command

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"inboxfs/control/manual"
)

// helpCommand shows how a command is called, or a page of the manual; without a word, what there is of both.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND|TOPIC]",
		Short: "how a command is called, or a page of the manual",
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			at, _, err := c.Root().Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var words []string
			for _, sub := range at.Commands() {
				words = append(words, sub.Name()+"\t"+sub.Short)
			}
			if len(args) == 0 {
				for _, page := range manual.Pages() {
					words = append(words, page.Name+"\t"+page.Title)
				}
			}
			return words, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error { return help(c.Root(), c.OutOrStdout(), args) },
	}
}

// help shows what args name. Where a command and a page have the same name it is the command.
func help(root *cobra.Command, w io.Writer, args []string) error {
	if len(args) == 0 {
		if err := root.Help(); err != nil {
			return err
		}
		_, err := io.WriteString(w, topics())
		return err
	}
	if found, left, err := root.Find(args); err == nil && found != root && len(left) == 0 {
		return found.Help()
	}
	if verb, left, err := root.Find(append([]string{"control"}, args...)); err == nil && len(left) == 0 {
		return verb.Help()
	}
	page, ok := manual.Find(args[0])
	if !ok || len(args) > 1 {
		return known(root, args)
	}
	_, err := io.WriteString(w, page.Text(columns))
	return err
}

// topics lists the pages of the manual.
func topics() string {
	var b strings.Builder
	b.WriteString("\nPages of the manual; inboxfs help TOPIC shows one:\n\n")
	for _, page := range manual.Pages() {
		fmt.Fprintf(&b, "  %-14s %s\n", page.Name, page.Title)
	}
	return b.String()
}

// configurationCommand is help alone: the page on configuration, and below it all keys.
func configurationCommand() *cobra.Command {
	c := &cobra.Command{Use: "configuration", Short: "its keys, each a flag, a variable and a line of the file"}
	c.SetHelpFunc(func(c *cobra.Command, _ []string) {
		page, _ := manual.Find(c.Name())
		_, _ = fmt.Fprintf(c.OutOrStdout(), "%s\nKeys\n\n%s", page.Text(columns), allKeys()) // as cobra prints its help
	})
	return c
}
