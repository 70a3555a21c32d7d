package command

import (
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"
)

func completionCommand() *cobra.Command {
	shells := map[string]func(*cobra.Command, io.Writer) error{
		"bash": func(c *cobra.Command, w io.Writer) error {
			if err := c.GenBashCompletionV2(w, true); err != nil {
				return err
			}
			_, err := io.WriteString(w, quoting)
			return err
		},
		"zsh":  (*cobra.Command).GenZshCompletion,
		"fish": func(c *cobra.Command, w io.Writer) error { return c.GenFishCompletion(w, true) },
	}
	names := slices.Sorted(maps.Keys(shells))
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "print what makes bash, zsh or fish complete commands and names",
		Long: "Print what makes a shell complete commands, flags, verbs and names with TAB. The\n" +
			"package installs it; otherwise, in this shell or in its start file:\n\n" +
			"  source <(inboxfs completion bash)    bash, with the package bash-completion\n" +
			"  source <(inboxfs completion zsh)     zsh, after compinit\n" +
			"  inboxfs completion fish | source     fish",
		ValidArgs: names,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 || shells[args[0]] == nil {
				return usageError{errors.New("write inboxfs completion SHELL; SHELL is bash, fish or zsh")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return shells[args[0]](c.Root(), c.OutOrStdout()) },
	}
}

// quoting follows cobra's script, which has bash insert what several names have in common without quoting it: blanks
// then make words of it. Bash itself quotes what it takes for names of files. COMP_TYPE 9 and 33 are the TABs that
// insert.
const quoting = `
__inboxfs_quoted()
{
    __start_inboxfs
    if ((${#COMPREPLY[@]} > 1 && (COMP_TYPE == 9 || COMP_TYPE == 33))); then
        compopt -o filenames
    fi
}
if [[ $(type -t compopt) = "builtin" ]]; then
    complete -o default -F __inboxfs_quoted inboxfs
fi
`
