package control

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLinesOfACommandLine(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		verb, secret string
		args, want   []string
		err          string
	}{
		{verb: "start", want: []string{"start"}},
		{verb: "start", args: []string{"now"}, err: "takes no argument"},
		{verb: "rm", args: []string{"a b", "#3"}, want: []string{"deleteFile a b", "deleteFile #3"}},
		{verb: "rm", err: "write inboxfs control deleteFile NAME..."},
		{verb: "retry", want: []string{"retry"}},
		{verb: "retry", args: []string{"a"}, want: []string{"retry a"}},
		{verb: "add", args: []string{"film.mp4", "/x/y z"}, want: []string{"addFile " + filepath.Join(here, "film.mp4"),
			"addFile /x/y z"}},
		{verb: "limit", args: []string{"off"}, want: []string{"limit off"}},
		{verb: "limit", err: "write inboxfs control limit RATE|off"},
		{verb: "clear", args: []string{"finished"}, want: []string{"clearFiles finished"}},
		{verb: "token", secret: "{\n  \"AccessKeyId\": 1\n}\n",
			want: []string{`resumeUploadWithToken { "AccessKeyId": 1 }`}},
		{verb: "token", secret: "i s t\n", args: []string{"2026-12-01T12:00:00Z"},
			want: []string{"resumeUploadWithToken i s t 2026-12-01T12:00:00Z"}},
		{verb: "setUploadAuthAndAddress", secret: "auth\naddress\n", args: []string{"video", "a b"},
			want: []string{"setUploadAuthAndAddress auth address video a b"}},
	} {
		got, err := lookup(c.verb).Lines(c.args, c.secret)
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s %q: %v", c.verb, c.args, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", c.verb, c.args, diff)
		}
	}
}

// TestUsage: no secret is an argument.
func TestUsage(t *testing.T) {
	t.Parallel()
	var got []string
	for _, v := range Verbs() {
		if v.Argument != "" {
			got = append(got, strings.TrimSpace(v.Usage()+" < "+v.Secret()))
		}
	}
	want := strings.Split(`addFile PATH... <
deleteFile NAME... <
cancelFile NAME... <
resumeFile NAME... <
retry [NAME]... <
release NAME... <
flush [NAME]... <
clearFiles [finished] <
limit RATE|off <
wait [NAME]... <
resumeUploadWithToken [EXPIRY] < ID SECRET TOKEN
resumeUploadWithAuth [NAME] < AUTH
setUploadAuthAndAddress [VIDEOID] NAME < AUTH ADDRESS`, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if words := append(lookup("limit").Words(), lookup("clear").Words()...); strings.Join(words,
		" ") != "off finished" {
		t.Errorf("the words are %q", words)
	}
}

// TestNames: the verbs with a NAME are those that say for which states of a file.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, v := range verbs {
		if v.Names() != strings.Contains(v.Argument, "NAME") {
			t.Errorf("%s %s: for files: %v", v.Name, v.Argument, v.Names())
		}
	}
}
