package command

import (
	"context"

	"github.com/spf13/cobra"
)

// Run runs the command line of this process until it is done or ctx ends.
func Run(ctx context.Context) error { return root().ExecuteContext(ctx) }

func root() *cobra.Command {
	cobra.EnableCaseInsensitive = true // as the verbs of control are
	cobra.EnableCommandSorting = false // the order says what matters
	cobra.AddTemplateFunc("flags", func(c *cobra.Command) string { return brief(c.Flags()) })
	c := &cobra.Command{
		Use:   "inboxfs COMMAND",
		Short: "a folder that uploads to Alibaba Cloud OSS",
		Long: "Mount a folder; whatever lands in its inbox/ is uploaded to Alibaba Cloud OSS.\n" +
			"Its list shows the queue, words written to control drive it, events is a log.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          known,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.SetFlagErrorFunc(badFlag)
	c.SetUsageTemplate(usage)
	c.AddCommand(demoCommand(), mountCommand(), unmountCommand(), statusCommand(), controlCommand(), checkCommand(), devserverCommand(),
		versionCommand(), completionCommand(), &cobra.Command{Use: "configuration", Short: "its keys, each a flag, a variable and a line of the file",
			Long: "Each key of the configuration is a flag of demo, mount and check, a variable,\n" +
				"and a line of the file: --upload-part-size 16MiB is the same as\n" +
				"INBOXFS_UPLOAD_PART_SIZE=16MiB, and as part_size = \"16MiB\" in [upload].\n\n" + allKeys()})
	c.InitDefaultHelpCmd()
	if help, _, err := c.Find([]string{"help"}); err == nil {
		help.Use, help.Short, help.Long = "help COMMAND", "the same as COMMAND --help", ""
		help.Args = func(_ *cobra.Command, args []string) error {
			if found, _, err := c.Find(args); err == nil && found != c || len(args) == 0 {
				return nil
			}
			return known(c, args)
		}
	}
	for _, sub := range c.Commands() {
		sub.DisableFlagsInUseLine = true // help lists them
		for _, verb := range sub.Commands() {
			verb.DisableFlagsInUseLine = true
		}
	}
	c.DisableFlagsInUseLine = true
	return c
}
