package command

import (
	"github.com/spf13/cobra"

	"inboxfs/control/config"
	inboxfs "inboxfs/control/daemon"
	"inboxfs/control/demo"
)

func demoCommand() *cobra.Command {
	var load func() (config.Config, error)
	c := &cobra.Command{
		Use: "demo [DIR]", ValidArgsFunction: folder,
		Short: "the main job without an account: mount and endpoint in one",
		Args:  args(0, 1, "DIR holds mnt/, spool/ and objects/"),
		RunE: func(c *cobra.Command, args []string) error {
			dir := "inboxfs-demo"
			if len(args) == 1 {
				dir = args[0]
			}
			conf, err := load()
			if err != nil {
				return usageError{err}
			}
			out, err := inboxfs.Foreground(conf)
			if err != nil {
				return err
			}
			return demo.Run(c.Context(), dir, conf, c.OutOrStdout(), inboxfs.Logger(conf, out))
		},
	}
	load = configured(c.Flags())
	if err := c.Flags().MarkHidden("start"); err != nil { // a demo always starts
		panic(err)
	}
	return c
}
