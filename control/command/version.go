package command

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "what this program is",
		Args:  args(0, 0, "it takes no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), "inboxfs", version())
			return err
		},
	}
}

// release is the version of a package, which its build sets.
var release string

// version is that of the package, or the module's, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision := info.Main.Version
	if release != "" {
		revision = release
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (revision == "" || revision == "(devel)") {
			revision = s.Value
		}
	}
	return fmt.Sprintf("%s %s", revision, info.GoVersion)
}
