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
		Version:       version(), // for --version and -v
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          known,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.SetVersionTemplate("inboxfs {{.Version}}\n")
	c.SetFlagErrorFunc(badFlag)
	c.SetUsageTemplate(usage)
	c.AddCommand(demoCommand(), mountCommand(), unmountCommand(), statusCommand(), controlCommand(), checkCommand(),
		devserverCommand(), versionCommand(), completionCommand(), configurationCommand())
	c.SetHelpCommand(helpCommand())
	c.InitDefaultHelpCmd()
	for _, sub := range c.Commands() {
		sub.DisableFlagsInUseLine = true // help lists them
		for _, verb := range sub.Commands() {
			verb.DisableFlagsInUseLine = true
		}
	}
	c.DisableFlagsInUseLine = true
	return c
}
