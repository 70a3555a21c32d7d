package command

import (
	"fmt"
	"regexp"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// newest is the first version in .package/changelog.yaml.
const newest = "0.2.0"

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

// version is that of the package, or of the tag or commit that the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return newest
	}
	return describe(release, info) + " " + info.GoVersion
}

// describe is a release, or the newest version and the commit that it was built from.
func describe(release string, info *debug.BuildInfo) string {
	if release != "" {
		return release
	}
	if tag := regexp.MustCompile(`^v(\d+\.\d+\.\d+)$`).FindStringSubmatch(info.Main.Version); tag != nil {
		return tag[1]
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = "+" + s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ".changed"
		}
	}
	return newest + commit + changed
}
