package hint

import (
	"os/exec"
	"strings"
	"testing"
)

// TestShell has a real shell take each word, and says that it gets what was meant.
func TestShell(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "a", "a b", "it's", "$(x)", "`x`", "a\nb", "#2", "-n", "~", "*", "!!", `\`, "夜景", "'"} {
		for _, sh := range []string{"sh", "bash"} {
			out, err := exec.Command(sh, "-c", "printf '%s.' "+Shell(s)).Output()
			if err != nil || string(out) != s+"." {
				t.Errorf("%s takes %s for %q: %v", sh, Shell(s), out, err)
			}
		}
	}
}

// TestWord: a name that cannot be typed, or that a verb takes for something else, is named by its number.
func TestWord(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.mp4": "'a.mp4'", "a b": "'a b'", "it's": `'it'\''s'`, "$(x)": "'$(x)'", "夜/景": "'夜/景'", "~": "'~'",
		"": "'#7'", "a\nb": "'#7'", "#2": "'#7'", "-n": "'#7'", `"a"`: "'#7'", " a": "'#7'", "a ": "'#7'",
		"\u202egpj": "'#7'", "caf\xe9": "'#7'", "a\u00a0b": "'#7'",
	} {
		if got := Word(name, 7, true); got != want {
			t.Errorf("%q is %s, not %s", name, got, want)
		}
	}
	if got := Word("a.mp4", 7, false); got != "'#7'" {
		t.Errorf("an older one of that name is %s", got)
	}
	if got := (Way{"/mnt/up load"}).Do("retry", "'a'"); got != "inboxfs control --mount '/mnt/up load' retry 'a'" {
		t.Error(got)
	}
	if got := (Way{}).Do("start", ""); got != "inboxfs control start" {
		t.Error(got)
	}
}

// TestPlain: what earlier versions stored does not look like a command any more.
func TestPlain(t *testing.T) {
	t.Parallel()
	for _, old := range []string{"write release to upload it all the same, or deleteFile",
		"mend that and write release, or deleteFile", "drop the whole file, or write deleteFile",
		"give new credentials: write resumeUploadWithToken ID SECRET TOKEN to control",
		"write setUploadAuthAndAddress AUTH ADDRESS VIDEOID NAME to control"} {
		if got := Plain(old); strings.Contains(got, "write ") || strings.Contains(got, "deleteFile") {
			t.Errorf("%q became %q", old, got)
		}
	}
}
