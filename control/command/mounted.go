package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"inboxfs/control/client"
	"inboxfs/fs/mountpoint"
	"inboxfs/queue/list"
)

// errNone is that of a user without a mount.
var errNone = errors.New("this user has not mounted any inboxfs")

// theMount is the mount that is named, or the only one that this user has, or that in which he works; instead is how to
// name one.
func theMount(named, instead string) (string, error) {
	if named != "" {
		return filepath.Abs(named)
	}
	mounts, err := mountpoint.Mounts()
	switch {
	case err != nil:
		return "", fmt.Errorf("looking for mounts: %w", err)
	case len(mounts) == 0:
		return "", usageError{fmt.Errorf("%w; mount one, or write inboxfs %s", errNone, instead)}
	case len(mounts) > 1:
		if here := holds(mounts); here != "" {
			return here, nil
		}
		return "", usageError{fmt.Errorf("write inboxfs %s; mounted are\n  %s", instead, strings.Join(mounts, "\n  "))}
	}
	return mounts[0], nil
}

// holds is the mount in which the working folder lies, or "".
func holds(mounts []string) string {
	here, err := os.Getwd()
	for _, m := range mounts {
		if err == nil && strings.HasPrefix(here+"/", m+"/") {
			return m
		}
	}
	return ""
}

// names completes the name of a file. A shell that waits for it gets nothing rather than late.
func names(ctx context.Context, mounted func() (string, error), acts func(list.State) bool, begun string) (
	all []cobra.Completion, _ cobra.ShellCompDirective) {
	dir, err := mounted()
	if err != nil {
		return cobra.AppendActiveHelp(nil, "no mount, or several: write inboxfs control --mount DIR first"),
			cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	choices, err := client.Names(ctx, dir, acts, begun)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	directive := cobra.ShellCompDirectiveNoFileComp
	for _, n := range choices {
		all = append(all, cobra.CompletionWithDesc(n.Text, n.About))
		if n.Open {
			directive |= cobra.ShellCompDirectiveNoSpace
		}
	}
	return all, directive
}

// mountpoints completes a MOUNTPOINT where one is mounted.
func mountpoints(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	mounts, err := mountpoint.Mounts()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return mounts, cobra.ShellCompDirectiveNoFileComp
}

// folder completes a MOUNTPOINT where one is to be.
func folder(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}
