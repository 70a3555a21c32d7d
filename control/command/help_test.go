package command

import (
	"bytes"
	"strings"
	"testing"

	"inboxfs/control/manual"
)

// shown is what a command line prints.
func shown(t *testing.T, args ...string) string {
	t.Helper()
	var b bytes.Buffer
	c := root()
	c.SetArgs(args)
	c.SetOut(&b)
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestHelpShowsTheManual: help lists each topic and shows its page. A word that is a command as well shows how that is
// called, and completion offers both.
func TestHelpShowsTheManual(t *testing.T) {
	listed, offered := shown(t, "help"), shown(t, "__complete", "help", "")
	for _, page := range manual.Pages() {
		if !strings.Contains(listed, "\n  "+page.Name+" ") || !strings.Contains(listed, page.Title+"\n") {
			t.Errorf("help does not list %s", page.Name)
		}
		if !strings.Contains(offered, page.Name+"\t"+page.Title+"\n") {
			t.Errorf("completion does not offer %s", page.Name)
		}
		if text := shown(t, "help", page.Name); !strings.HasPrefix(text, page.Text(columns)) {
			t.Errorf("help %s shows %.200s", page.Name, text)
		}
	}
	for _, c := range root().Commands() {
		if text := shown(t, "help", c.Name()); text != shown(t, c.Name(), "--help") && c.Name() != "help" {
			t.Errorf("help %s shows %.200s", c.Name(), text)
		}
		if !strings.Contains(offered, c.Name()+"\t"+c.Short+"\n") {
			t.Errorf("completion does not offer %s", c.Name())
		}
	}
	if text := shown(t, "help", "control", "pause"); !strings.Contains(text, "inboxfs control pause") {
		t.Errorf("help control pause shows %s", text)
	}
	if text := shown(t, "help", "configuration"); !strings.Contains(text, "--upload-part-size") {
		t.Errorf("help configuration shows %s", text)
	}
	for line, says := range map[string]string{"help verb": "did you mean inboxfs help verbs?",
		"verbs":          "did you mean inboxfs help verbs?",
		"ls":             "MOUNTPOINT/list",
		"stat":           "MOUNTPOINT/status/NAME",
		"log":            "MOUNTPOINT/events",
		"rm":             "MOUNTPOINT/inbox/NAME",
		"control ls":     "MOUNTPOINT/list",
		"deletefle":      "see inboxfs --help", // nobody is led to a verb that deletes
		"control clera":  "see inboxfs control --help",
		"help verbs now": "has no command", "help xyzzy": "see inboxfs --help"} {
		if said, code := try(t, strings.Fields(line)...); code != exitUsage || !strings.Contains(said, says) {
			t.Errorf("inboxfs %s ends with %d: %s", line, code, said)
		}
	}
}

// TestWordsOfOtherPrograms: what people write by habit does what they mean.
func TestWordsOfOtherPrograms(t *testing.T) {
	for line, says := range map[string]string{"--version": "inboxfs " + newest, "-v": "inboxfs " + newest,
		"help retry": "inboxfs control retry", "help umount": "inboxfs unmount"} {
		if said := shown(t, strings.Fields(line)...); !strings.Contains(said, says) {
			t.Errorf("inboxfs %s shows %.200s", line, said)
		}
	}
}
