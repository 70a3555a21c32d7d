package story

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"inboxfs/fs/text"
	"inboxfs/queue/ossdev"
)

// TestHook has a script told what became of the files, also after a kill, while the uploads do not wait for it.
func TestHook(t *testing.T) {
	t.Parallel()
	s := begin(t,
		`INBOXFS_HOOKS_COMMAND=["sh", "-c", "sleep 0.2; read -r line; echo \"$EVENT $FILE $(echo \"$line\" | grep -c request_id)\" >> $HOME/told; env >> $HOME/env"]`,
		`INBOXFS_HOOKS_EVENTS=OnUploadSucceed,OnUploadFailed`)
	s.sh("for i in 1 2 3 4 5 6; do echo $i > $MNT/inbox/$i; done; echo wait > $MNT/control")
	s.kill()
	s.mount()
	var told []string
	s.until("all are told", func() bool {
		out, err := s.try("sort -u told 2>/dev/null")
		told = strings.Split(out, "\n")
		return err == nil && len(told) == 6
	})
	want := []string{"OnUploadSucceed 1 1", "OnUploadSucceed 2 1", "OnUploadSucceed 3 1", "OnUploadSucceed 4 1",
		"OnUploadSucceed 5 1", "OnUploadSucceed 6 1"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q", told)
	}
	if out := s.fails("grep -e " + secret + " -e " + keyID + " env"); out != "" {
		t.Errorf("the hook's environment has %s", out)
	}
	s.seen()
}

// hookRecipe is the command and the events of a recipe of the manual for hooks.
func hookRecipe(t *testing.T, program string) []string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^    command = (.*` + program + `.*)\n    events = (.*)$`).FindStringSubmatch(
		page(t, "hooks"))
	if found == nil {
		t.Fatalf("the manual has no recipe with %s", program)
	}
	return []string{"INBOXFS_HOOKS_COMMAND=" + found[1], "INBOXFS_HOOKS_EVENTS=" + found[2]}
}

// stand puts a program in the place of another, which writes its arguments to a file, each in a line that begins with
// <, and says what the environment of the story must be for that.
func stand(t *testing.T, program string) string {
	t.Helper()
	bin := t.TempDir()
	text := "#!/bin/sh\nprintf '<%s>\\n' \"$@\" >> $HOME/shown\n"
	if err := os.WriteFile(filepath.Join(bin, program), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return "PATH=" + bin + ":" + os.Getenv("PATH")
}

// TestRecipesOfHooks has the recipes of the manual for a mail and for a desktop tell of files that fail and have names
// which are to lead them astray, with programs of our own in place of mail and notify-send.
func TestRecipesOfHooks(t *testing.T) {
	t.Parallel()
	for program, before := range map[string][]string{"mail": {"-s", "OnUploadFailed "},
		"notify-send": {"-a", "inboxfs", "--", "UploadFailed "}} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			s := begin(t, append(hookRecipe(t, program), stand(t, program), "INBOXFS_INBOX_SETTLE=100ms")...)
			s.server.AddFault(ossdev.Fault{Action: "PutObject", Code: "AccessDenied"})
			// A child that another test starts just while this process has a file open closes it, too, and may fail
			// after that.
			for _, name := range hostile {
				path := filepath.Join(s.dir, "hostile", name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755),
					os.WriteFile(path, []byte(name), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			s.sh("cp -r hostile/. $MNT/inbox/")
			words := "\n<" + before[len(before)-1]
			shown := ""
			s.until("all are told", func() bool {
				shown, _ = s.try("cat shown 2>/dev/null") // there is nothing before the first
				return strings.Count("\n"+shown, words) == len(hostile)
			})
			for _, name := range hostile {
				if want := words + text.Name(name) + ">\n"; !strings.Contains("\n"+shown+"\n", want) {
					t.Errorf("of %q nothing is told as %q", name, want)
				}
			}
			for _, line := range strings.Split(shown, "\n") {
				if !strings.HasPrefix(line, "<") || !strings.HasSuffix(line, ">") ||
					strings.ContainsFunc(line, text.Hidden) {
					t.Errorf("told is %q", line)
				}
			}
			if out := s.sh("find . -name owned"); out != "" {
				t.Errorf("there is %s", out)
			}
		})
	}
}
