package command

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// These tests make a command line each, and so set what cobra has of its own: they do not run in parallel.

// TestHelpFits: what --help says fits a terminal, the first page also beside the prompt.
func TestHelpFits(t *testing.T) {
	seen := 0
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		seen++
		most := 40
		switch {
		case !c.HasParent():
			most = 23
		case c.Name() == "configuration": // a list to search in
			most = 1000
		}
		var b bytes.Buffer
		c.SetOut(&b)
		if err := c.Help(); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), "\n"); n > most || n == 0 {
			t.Errorf("%s --help has %d lines", c.CommandPath(), n)
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%s --help has a line of %d columns: %s", c.CommandPath(), n, line)
			}
		}
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look(root())
	if seen < 25 {
		t.Errorf("only %d commands have been looked at", seen)
	}
}

// try runs a command line, and says what its error tells the user.
func try(t *testing.T, args ...string) (string, int) {
	t.Helper()
	c := root()
	c.SetArgs(args)
	c.SetOut(io.Discard)
	err := c.ExecuteContext(t.Context())
	if err == nil {
		return "", 0
	}
	return err.Error(), ExitCode(err)
}

// TestMistakes makes those that anybody makes on a command line. Each message says what to write instead.
func TestMistakes(t *testing.T) {
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "INBOXFS_") {
			t.Setenv(name, "")
		}
	}
	dir := t.TempDir()
	t.Setenv("INBOXFS_SPOOL", filepath.Join(dir, "spool"))
	wrong := filepath.Join(dir, "wrong.toml")
	if err := os.WriteFile(wrong, []byte("[oss]\nbuckt = \"x\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ line, says string }{
		{"moun /mnt", "did you mean inboxfs mount?"},
		{"pause", "did you mean inboxfs control pause?"},
		{"xyzzy", "see inboxfs --help"},
		{"control strat", "did you mean inboxfs control start?"},
		{"control delet a", "see inboxfs control --help"}, // nobody is led to a verb that deletes
		{"control delete", "write inboxfs control deleteFile NAME..."},
		{"control clear", "write inboxfs control clearFiles for that, or inboxfs control clear finished"},
		{"control pause now", "pause takes no argument"},
		{"control limit", "write inboxfs control limit RATE|off"},
		{"control limit 1MiB/s --muont /mnt", "did you mean --mount?"},
		{"mount", "write inboxfs mount [--daemon] [--config FILE] MOUNTPOINT; MOUNTPOINT is an empty folder"},
		{"mount a b", "write inboxfs mount [--daemon] [--config FILE] MOUNTPOINT"},
		{"mount --upload-prts 3 " + dir + "/m", "did you mean --upload-parts?"},
		{"mount --upload-parts many " + dir + "/m",
			`upload.parts from --upload-parts: "many" is neither a whole number nor auto`},
		{"mount --config " + dir + "/none.toml " + dir + "/m",
			"--config names a TOML file such as config.example.toml"},
		{"mount --config " + wrong + " " + dir + "/m", "wrong.toml:2:1; did you mean oss.bucket?"},
		{"mount " + dir + "/m", "set INBOXFS_OSS_BUCKET or --oss-bucket"},
		{"mount --config", "see inboxfs mount --help"},
		{"unmount a b", "write inboxfs unmount [--wait] [MOUNTPOINT]"},
		{"status --watch --json", "write one of --watch and --json"},
		{"status a b", "write inboxfs status [--watch|--json] [MOUNTPOINT]"},
		{"check --timeout soon", "a duration is such as 10s or 1h30m"},
		{"completion tcsh", "SHELL is bash, fish or zsh"},
		{"completion", "SHELL is bash, fish or zsh"},
		{"devserver now", "write inboxfs devserver"},
		{"version now", "write inboxfs version"},
	} {
		if says, code := try(t, strings.Fields(c.line)...); code != exitUsage || !strings.Contains(says, c.says) {
			t.Errorf("inboxfs %s ends with %d: %s", c.line, code, says)
		}
	}
	for _, c := range []struct{ line, says string }{
		{"status " + dir, "no inboxfs is mounted at " + dir + "; inboxfs status shows what is mounted"},
		{"unmount " + dir, "inboxfs status shows what is mounted"},
		{"control --mount " + dir + " start", "no inboxfs is mounted at " + dir},
		{"devserver --dir " + dir + "/objects --listen nowhere", "--listen takes HOST:PORT"},
		{"demo " + wrong, "write inboxfs demo DIR"},
	} {
		if says, code := try(t, strings.Fields(c.line)...); code != exitFailed || !strings.Contains(says, c.says) {
			t.Errorf("inboxfs %s ends with %d: %s", c.line, code, says)
		}
	}
}
