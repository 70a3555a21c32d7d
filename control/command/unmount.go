package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"inboxfs/control/client"
	"inboxfs/fs/mountpoint"
)

func unmountCommand() *cobra.Command {
	var wait bool
	c := &cobra.Command{
		Use: "unmount [--wait] MOUNTPOINT", ValidArgsFunction: mountpoints,
		Short: "unmount, from another shell; what is pending is kept",
		Args:  args(1, 1, "MOUNTPOINT is where inboxfs is mounted"),
		RunE: func(c *cobra.Command, args []string) error {
			var before func(string) error
			if wait {
				before = func(dir string) error { return drained(c.Context(), dir) }
			}
			return mountpoint.Unmount(c.Context(), args[0], before)
		},
	}
	c.Flags().BoolVar(&wait, "wait", false, "first wait until everything has been uploaded")
	return c
}

// drained waits until everything in the mount at dir has been uploaded; its error is that something was not.
func drained(ctx context.Context, dir string) error {
	if _, err := client.Tell(ctx, dir, "wait"); err != nil {
		return fmt.Errorf("not everything was uploaded, so it stays mounted: %w", err)
	}
	return nil
}
