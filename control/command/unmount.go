package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"inboxfs/control/client"
	"inboxfs/fs/mountpoint"
)

func unmountCommand() *cobra.Command {
	var wait bool
	c := &cobra.Command{
		Use: "unmount [--wait] [MOUNTPOINT]", Aliases: []string{"umount"}, ValidArgsFunction: mountpoints,
		Short: "unmount, from another shell; what is pending is kept",
		Args:  args(0, 1, "MOUNTPOINT is where inboxfs is mounted, if there are several"),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := "", error(nil)
			if len(args) == 1 {
				dir = args[0] // as it was written: it may be a dead mount
			} else if dir, err = theMount("", "unmount MOUNTPOINT"); err != nil {
				return err
			}
			var before func(string) error
			if wait {
				before = func(dir string) error { return drained(c.Context(), dir, c.OutOrStdout()) }
			}
			return mountpoint.Unmount(c.Context(), dir, before)
		},
	}
	c.Flags().BoolVar(&wait, "wait", false, "first wait until everything has been uploaded")
	return c
}

// drained waits until everything in the mount at dir has been uploaded, and says on out what was left out before: what
// failed, is held, canceled or set aside. Its error is that something ended in another way meanwhile.
func drained(ctx context.Context, dir string, out io.Writer) error {
	said, err := client.Tell(ctx, dir, "wait")
	if err != nil {
		return waited(fmt.Errorf("not everything was uploaded, so it stays mounted: %w", err))
	}
	_, err = fmt.Fprintln(out, said)
	return err
}
