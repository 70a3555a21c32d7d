package story

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// examined is what inboxfs check says of a story: by the name of each check its lines, as "level says" and "-> do".
type examined struct {
	t      *testing.T
	all    string // but for the configuration in effect
	config string
	by     map[string][]string
	code   int
}

// check runs inboxfs check, which must say no secret whatever it finds.
func (s *story) check(args ...string) examined {
	s.t.Helper()
	c := exec.Command(program, append([]string{"check", "--timeout", "5s"}, args...)...)
	c.Dir, c.Env = s.dir, s.env
	out, err := c.CombinedOutput()
	e := examined{t: s.t, all: string(out), by: map[string][]string{}}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		e.code = exit.ExitCode()
	} else if err != nil {
		s.t.Fatal(err)
	}
	for _, word := range []string{secret, "story-token", keyID, "STS.story"} {
		if strings.Contains(e.all, word) {
			s.t.Errorf("it shows %s:\n%s", word, e.all)
		}
	}
	e.all, e.config, _ = strings.Cut(e.all, "\n# In effect") // e.all is what tests that fail show
	name := ""
	for line := range strings.Lines(e.all) {
		words := strings.Fields(line)
		switch {
		case len(words) > 2 && strings.Contains(" ok skip warn fail ", " "+words[0]+" ") &&
			line[:6] == fmt.Sprintf("%-6s", words[0]):
			name = words[1]
			e.by[name] = append(e.by[name], words[0]+" "+strings.TrimSpace(line[19:]))
		case len(words) > 1 && words[0] == "->":
			e.by[name] = append(e.by[name], strings.Join(words, " "))
		}
	}
	return e
}

// has fails unless a line of a check begins so, and says all of the words; the advice below it counts, too.
func (e examined) has(check, level string, words ...string) {
	e.t.Helper()
	text := strings.Join(e.by[check], "\n")
	if !strings.HasPrefix(text, level+" ") {
		e.t.Errorf("%s is not %s:\n%s", check, level, e.all)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			e.t.Errorf("%s does not say %q:\n%s", check, w, e.all)
		}
	}
	if bad := level == "fail" || level == "warn"; bad && !strings.Contains(text, "\n-> ") {
		e.t.Errorf("%s does not say what to do:\n%s", check, e.all)
	}
}

// traceless fails if a check left something in the bucket.
func (s *story) traceless() {
	s.t.Helper()
	if n := len(s.server.Uploads()); n != 0 {
		s.t.Errorf("%d multipart uploads are left", n)
	}
	for _, r := range s.server.Requests() {
		switch r.Action {
		case "PutObject", "CompleteMultipartUpload", "CreateUploadVideo", "CreateUploadImage",
			"CreateUploadAttachedMedia":
			s.t.Errorf("it asked for %s", r.Action)
		}
	}
	if n := len(s.server.Media()); n != 0 {
		s.t.Errorf("%d videos are left", n)
	}
}
