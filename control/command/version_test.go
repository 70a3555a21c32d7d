package command

import (
	"os"
	"regexp"
	"runtime/debug"
	"testing"
)

// TestVersion: what has a tag or a package has its number, what has none the newest number and its commit.
func TestVersion(t *testing.T) {
	commit := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"},
		{Key: "vcs.modified", Value: "false"}}
	changed := append(commit[:1:1], debug.BuildSetting{Key: "vcs.modified", Value: "true"})
	for _, c := range []struct {
		release, module string
		settings        []debug.BuildSetting
		want            string
	}{
		{"0.3.0", "v0.2.0", commit, "0.3.0"},
		{"", "v0.2.0", commit, "0.2.0"},
		{"", "v0.1.1-0.20261130191219-0123456789ab", commit, newest + "+0123456789ab"},
		{"", "(devel)", changed, newest + "+0123456789ab.changed"},
		{"", "", nil, newest},
	} {
		got := describe(c.release, &debug.BuildInfo{Main: debug.Module{Version: c.module}, Settings: c.settings})
		if got != c.want {
			t.Errorf("%+v is %s", c, got)
		}
	}
	changelog, err := os.ReadFile("../../.package/changelog.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`(?m)^- semver: (.*)$`).FindSubmatch(changelog); m == nil || string(m[1]) != newest {
		t.Errorf("the changelog begins with %q, and this is %s", m, newest)
	}
}
