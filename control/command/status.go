package command

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"inboxfs/control/status"
)

func statusCommand() *cobra.Command {
	var watch, asJSON bool
	c := &cobra.Command{
		Use: "status [--watch|--json] [MOUNTPOINT]", ValidArgsFunction: mountpoints,
		Short: "the queue, with progress bars in a terminal",
		Args:  args(0, 1, "MOUNTPOINT is where inboxfs is mounted; with only one mount it is that"),
		RunE: func(c *cobra.Command, args []string) error {
			if watch && asJSON {
				return usageError{errors.New("write one of --watch and --json")}
			}
			dir, err := theMount(strings.Join(args, ""), "status MOUNTPOINT")
			switch {
			case err != nil:
				return err
			case asJSON:
				return status.JSON(c.Context(), dir, os.Stdout)
			case watch:
				return status.Watch(c.Context(), dir, os.Stdout)
			}
			return status.Show(c.Context(), dir, os.Stdout)
		},
	}
	c.Flags().BoolVar(&watch, "watch", false, "keep it up to date, until Ctrl-C")
	c.Flags().BoolVar(&asJSON, "json", false, "one object: queue, and list as in list.json")
	return c
}
