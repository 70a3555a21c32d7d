package child

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestDiscreet(t *testing.T) {
	t.Parallel()
	args := []string{"/usr/bin/curl", "-s", "-H", "X: a", "-H", "Authorization: Bearer pass hunter2",
		"https://oapi.example.com/send?access_token=tok_77&x=1", "it's"}
	for said, want := range map[string]string{
		"curl: (22) The requested URL returned 404":                        "curl: (22) The requested URL returned 404",
		"a password, passed by a compass":                                  "a password, passed by a compass",
		"no such host: oapi.example.com":                                   "no such host: ***.***.com",
		"GET https://oapi.example.com/send?access_token=tok_77&x=1 failed": "GET *** failed",
		"access_token tok_77 is refused, pass (pass pass)":                 "*** *** is refused, *** (*** ***)",
		"is it hunter21?": "is it ***1?",
	} {
		if got := Discreet(args, said); got != want {
			t.Errorf("%q becomes %q, not %q", said, got, want)
		}
	}
	script := []string{"sh", "-c", "echo swordfish | login || { echo 'no login: k3yy' >&2; exit 1; }"}
	if got := Discreet(script, "no login: k3yy of swordfish at exit"); got != "no login: *** of *** at ***" {
		t.Error(got)
	}
	if got := Discreet([]string{"notify --key hush-hush"}, `exec: "notify --key hush-hush": not found`); got !=
		`exec: "notify ***": not found` {
		t.Error(got)
	}
}

// TestNoWordOfTheCommand has programs that fail and repeat what they were called with.
func TestNoWordOfTheCommand(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", longest-20)
	for _, args := range [][]string{
		{"sh", "-c", `echo "refused: $1" >&2; exit 7`, "sh", "hush-5ecret"},
		{"sh", "-c", "echo " + long + " hush-5ecret >&2; exit 7"},
		{"sh", "-c", "hush-5ecret"},
		{"/no/such --token=hush-5ecret"},
	} {
		_, words, err := Program{Args: args, Limit: time.Minute}.Run(t.Context())
		if err == nil || strings.Contains(err.Error()+words, "hush") {
			t.Errorf("%q: it says %q, %v", args, words, err)
		}
		if exit := (*exec.ExitError)(nil); args[0] == "sh" && !errors.As(err, &exit) {
			t.Errorf("the error is %T", err)
		}
	}
}
