package command

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"inboxfs/control/check"
	"inboxfs/control/config"
)

func checkCommand() *cobra.Command {
	var (
		load  func() (config.Config, error)
		limit time.Duration
		lines bool
	)
	c := &cobra.Command{
		Use: "check [--config FILE] [MOUNTPOINT]", ValidArgsFunction: folder,
		Short: "say what is wrong with configuration, machine or bucket",
		Long: "Look at everything that a mount and its uploads need, one line each, and say\n" +
			"what to do: ok, warn, fail, or skip for what cannot be known while something\n" +
			"before it fails. Nothing is changed, and no object is made in the bucket. The\n" +
			"configuration in effect comes last, without secrets and defaults. Exit code 0:\n" +
			"nothing fails, 1: something does, 2: the configuration is wrong, and that\nis all.",
		Args: args(0, 1, "MOUNTPOINT is where you mean to mount"),
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := load()
			if err != nil {
				return usageError{err}
			}
			if err := config.Proxies(os.Environ()); err != nil {
				return usageError{err}
			}
			if limit <= 0 {
				return usageError{fmt.Errorf("--timeout is %v, in which nobody can answer", limit)}
			}
			o := check.Options{Config: conf, Missing: conf.Missing(), File: c.Flag("config").Value.String(),
				Limit: limit}
			if len(args) == 1 {
				o.MountPoint = args[0]
			}
			write := check.Text
			if lines {
				write = check.JSON
			}
			err = check.Report(c.Context(), o, c.OutOrStdout(), write)
			if !lines {
				err = errors.Join(err, check.Effective(c.OutOrStdout(), conf))
			}
			return err
		},
	}
	c.Flags().BoolVar(&lines, "json", false, "print each finding as a JSON object on a line of its own")
	c.Flags().DurationVar(&limit, "timeout", 10*time.Second, "longest wait for each answer")
	load = configured(c.Flags())
	return c
}
