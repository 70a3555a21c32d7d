package story

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
)

// biting are names that a shell or a verb takes for something else.
var biting = []string{"a b", "it's", "$(touch pwned)", "two\nlines", "#2", "-x", `"q"`, "x;touch pwned", "夜景 é", "\u202egpj"}

// shown is an entry in list.json.
type shown struct {
	ID              int
	Name, State     string
	Do, Or, Message string
}

func (s *story) shown() (all []shown) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.sh("cat $MNT/list.json")), &all); err != nil {
		s.t.Fatal(err)
	}
	return all
}

// pasted runs what a hint says in a shell elsewhere, and fails unless it ends with 0.
func (s *story) pasted(command string) {
	s.t.Helper()
	c := exec.Command("/bin/sh")
	c.Dir, c.Env, c.Stdin = s.t.TempDir(), s.env, strings.NewReader(command+"\n")
	if out, err := c.CombinedOutput(); err != nil || command == "" {
		s.t.Errorf("%q pasted: %v: %s", command, err, out)
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "pwned")); err == nil {
		s.t.Errorf("%q ran what a name says", command)
	}
}

// TestPasted pastes every command that files in each state, the queue in each of its states, and refusals show into a
// shell, while there is another mount, and with names that mean something to a shell.
func TestPasted(t *testing.T) {
	t.Parallel()
	begin(t) // with a second mount nobody knows which is meant
	s := begin(t)
	s.server.AddFault(ossdev.Fault{Action: "PutObject", Code: "AccessDenied"})
	all := func(state string) []shown {
		t.Helper()
		s.until("all are "+state, func() bool {
			list := s.shown()
			return len(list) == len(biting) &&
				!slices.ContainsFunc(list, func(i shown) bool { return i.State != state })
		})
		return s.shown()
	}
	for _, name := range biting {
		if err := os.WriteFile(filepath.Join(s.mnt, "inbox", name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.sh("echo flush > $MNT/control")
	for _, i := range all("failure") {
		s.pasted(i.Do)
	}
	for _, i := range all("failure") {
		s.refusal(i, "release")
		s.sh(fmt.Sprintf("echo 'cancelFile #%d' > $MNT/control", i.ID))
	}
	for _, i := range all("canceled") {
		s.refusal(i, "retry")
	}
	all("failure")
	for _, name := range biting {
		c := exec.Command("/bin/sh", "-c", `bash -c 'head -c 30000 /dev/zero; kill -9 $BASHPID' > "$1"`, "sh",
			filepath.Join(s.mnt, "inbox", name))
		if c.Run() == nil {
			t.Fatalf("the writer of %q was not killed", name)
		}
	}
	for _, i := range all("held") {
		s.refusal(i, "retry")
	}
	for _, i := range all("failure") {
		s.pasted(i.Or)
	}
	if left := s.shown(); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	for _, verb := range []string{"pause", "stop"} {
		s.sh("echo " + verb + " > $MNT/control; echo x > $MNT/inbox/later; echo flush > $MNT/control")
		s.until("it is ready", func() bool { return strings.Contains(s.sh("cat $MNT/queue"), "\nready 1\n") })
		s.pasted(strings.TrimPrefix(s.sh("grep '^do ' $MNT/queue"), "do "))
		s.until("it goes on", func() bool { return strings.Contains(s.sh("cat $MNT/queue"), "state running") })
	}
}

// refusal has a verb refused, and pastes what it says instead.
func (s *story) refusal(i shown, verb string) {
	s.t.Helper()
	said := s.fails(fmt.Sprintf(program+" control --mount $MNT %s '#%d'", verb, i.ID))
	at := strings.LastIndex(said, program+" control")
	if at < 0 {
		s.t.Fatalf("%s of a %s file says %s", verb, i.State, said)
	}
	s.pasted(said[at:])
}

// TestHintsAreWords: no text of the program tells to write a verb, which pasted is a comment, or does nothing.
func TestHintsAreWords(t *testing.T) {
	t.Parallel()
	pseudo := regexp.MustCompile(`\bwrite (release|retry|start|resume|resumeFile|deleteFile|flush NAME)\b|` +
		`write (to )?control\b|write \w+ (\w+ )*to control`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") ||
			strings.HasSuffix(path, "hint/way.go") { // has what earlier versions said
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING && pseudo.MatchString(l.Value) {
				t.Errorf("%s: %s cannot be pasted", path, l.Value)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
