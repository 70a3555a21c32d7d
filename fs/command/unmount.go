package command

import (
	"github.com/spf13/cobra"

	"inboxfs/fs"
)

func unmountCommand() *cobra.Command {
	var wait bool
	c := &cobra.Command{
		Use: "unmount [--wait] MOUNTPOINT", ValidArgsFunction: mountpoints,
		Short: "unmount, from another shell; what is pending is kept",
		Args:  args(1, 1, "MOUNTPOINT is where inboxfs is mounted"),
		RunE: func(c *cobra.Command, args []string) error {
			return fs.Unmount(c.Context(), args[0], wait)
		},
	}
	c.Flags().BoolVar(&wait, "wait", false, "first wait until everything has been uploaded")
	return c
}
