package story

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"inboxfs/queue/oss/ossdev"
)

// TestHook has a script told what became of the files, also after a kill, while the uploads do not wait for it.
func TestHook(t *testing.T) {
	t.Parallel()
	s := begin(t, `INBOXFS_HOOKS_COMMAND=["sh", "-c", "sleep 0.2; read -r line; echo \"$EVENT $FILE $(echo \"$line\" | grep -c request_id)\" >> $HOME/told; env >> $HOME/env"]`,
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
	want := []string{"OnUploadSucceed 1 1", "OnUploadSucceed 2 1", "OnUploadSucceed 3 1", "OnUploadSucceed 4 1", "OnUploadSucceed 5 1", "OnUploadSucceed 6 1"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q", told)
	}
	if out := s.fails("grep -e " + secret + " -e " + keyID + " env"); out != "" {
		t.Errorf("the hook's environment has %s", out)
	}
	s.seen()
}

// TestNotifications has the recipe of README.md for a desktop tell of a failure and of the end, with a notify-send of our own.
func TestNotifications(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	recipe := regexp.MustCompile(`(?m)^    command = (.*notify-send.*)\n    events = (.*)$`).FindSubmatch(readme)
	if recipe == nil {
		t.Fatal("README.md has no such recipe")
	}
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "notify-send"), []byte("#!/bin/sh\nprintf '<%s>' \"$@\" >> $HOME/shown; echo >> $HOME/shown\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := begin(t, "INBOXFS_HOOKS_COMMAND="+string(recipe[1]), "INBOXFS_HOOKS_EVENTS="+string(recipe[2]), "PATH="+bin+":"+os.Getenv("PATH"))
	s.server.AddFault(ossdev.Fault{Action: "PutObject", Key: `-$(id) "film".mp4`, Code: "AccessDenied"})
	s.sh(`echo x > "$MNT/inbox/a.mp4"; echo wait > $MNT/control; echo x > "$MNT/inbox/-\$(id) \"film\".mp4"; ! echo wait > $MNT/control`)
	want := "<-a><inboxfs><--><UploadEnd >\n<-a><inboxfs><--><UploadFailed -$(id) \"film\".mp4>\n<-a><inboxfs><--><UploadEnd >"
	shown := ""
	s.until("all was shown", func() bool {
		shown, _ = s.try("cat shown 2>/dev/null") // there is nothing before the first
		return strings.Count(shown, "\n") == 2
	})
	if shown != want {
		t.Errorf("it shows\n%s\nnot\n%s", shown, want)
	}
}
