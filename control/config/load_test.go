package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var home = []string{"HOME=/home/u"}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	path := write(t,
		"[upload]\nfiles = 11\nparts = 11\npart_size = 1048576\nlimit = \"off\"\n[inbox]\nsettle = \"3s\"\nwait = "+
			"[\"*.x\"]\npassthrough = false\n")
	environ := append([]string{"INBOXFS_UPLOAD_FILES=22", "INBOXFS_UPLOAD_FILES=23", "INBOXFS_UPLOAD_PARTS=22",
		"INBOXFS_UPLOAD_PART_SIZE=", "INBOXFS_UPLOAD_LIMIT=1MiB/s", "PATH=/bin"}, home...)
	got, err := Load(path, environ, map[string]string{"upload-files": "33", "start": "true", "inbox-ignore": "*.y,*.z"})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Load("", home, nil)
	if err != nil {
		t.Fatal(err)
	}
	want.Start = true
	want.Upload.Files, want.Upload.Parts, want.Upload.PartSize, want.Upload.Limit = 33, 22, 1<<20,
		Bandwidth{always: 1 << 20}
	want.Inbox.Settle, want.Inbox.Passthrough = 3e9, false
	want.Inbox.Wait, want.Inbox.Ignore = []string{"*.x"}, []string{"*.y", "*.z"}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(Bandwidth{}, change{})); d != "" {
		t.Errorf("want -, got +:\n%s", d)
	}
}

// All problems are told, each with its place.
func TestAllProblems(t *testing.T) {
	t.Parallel()
	path := write(t, strings.Join([]string{
		`spol = "/x"`,                      // 1
		`start = "yes"`,                    // 2
		`uplod.files = 1`,                  // 3
		`"upload.files" = 1`,               // 4
		`log = 7`,                          // 5
		`[inbox]`,                          // 6
		`settle = 2`,                       // 7
		`  "sètle" = "1s"`,                 // 8
		`ignore = ["ok", 5]`,               // 9
		`wait = ["[a", "b/c"]`,             // 10
		`after_upload = "delete"`,          // 11
		`[upload]`,                         // 12
		`files = 101`,                      // 13
		`parts = 2.5`,                      // 14
		`part_size = "8 apples"`,           // 15
		`partsize = "8MiB"`,                // 16
		`limit = true`,                     // 17
		`multipart_threshold = 5368709121`, // 18
		`[events]`,                         // 19
		`max_size = [1]`,                   // 20
		`keep = -1`,                        // 21
		`[oss]`,                            // 22
		`bucket = "B"`,                     // 23
		`region = "oss-cn-hangzhou"`,       // 24
		`endpoint = "https://h/path"`,      // 25
		`[uploads]`,                        // 26
		`files = 3`,                        // 27
		`[[credential]]`,                   // 28
	}, "\n"))
	environ := append([]string{"INBOXFS_UPLOAD_PARTSIZE=1", "INBOXFS_LOG_FORMAT=xml", "INBOXFS_START=maybe"}, home...)
	_, err := Load(path, environ, map[string]string{"upload-prefix": "/a", "inbox-reserve": "lots",
		"uplaod-files": "1"})
	if err == nil {
		t.Fatal("no error")
	}
	got := strings.Split(strings.ReplaceAll(err.Error(), path, "F"), "\n")
	want := []string{
		`unknown key spol at F:1:1; did you mean spool?`,
		`start at F:2:9: is text where true or false belongs`,
		`unknown key uplod at F:3:1; did you mean upload?`,
		`unknown key "upload.files" at F:4:2; did you mean upload.files?`,
		`log at F:5:7: is a whole number where a table belongs; write [log]`,
		`inbox.settle at F:7:10: is a whole number where a duration such as "2s" belongs`,
		`unknown key inbox.sètle at F:8:4; did you mean inbox.settle?`,
		`inbox.ignore at F:9:11: has a whole number as item 2, where text in quotes belongs`,
		`inbox.wait at F:10:9: wait pattern "[a": is not a glob: a [ without its ], an empty set, or a \ at the end; wait pattern "b/c": holds a slash; a pattern is held against one name of a path, and only a slash at its end has a meaning (folders)`,
		`inbox.after_upload at F:11:16: "delete" is not one of its words; use remove or keep`,
		`upload.files at F:13:9: 101 is out of range; use 1 to 100`,
		`upload.parts at F:14:9: is a number with a fraction where a whole number or "auto" belongs`,
		`upload.part_size at F:15:13: "8 apples" is not a size; write bytes, or a number with KiB, MiB, GiB, TiB or kB, MB, GB, TB`,
		`unknown key upload.partsize at F:16:1; did you mean upload.part_size?`,
		`upload.limit at F:17:9: is true or false where a rate such as "20MiB/s" or "off", or a timetable belongs`,
		`upload.multipart_threshold at F:18:23: 5368709121 is out of range; use 0 to 5GiB`,
		`events.max_size at F:20:13: is a list where a size such as "8MiB" belongs`,
		`events.keep at F:21:8: -1 is out of range; use 0 to 10000`,
		`oss.bucket at F:23:10: "B" cannot be a bucket; its name has 3 to 63 small letters, digits and hyphens, without a hyphen at either end`,
		`oss.region at F:24:10: "oss-cn-hangzhou" is the name of an endpoint; the region is cn-hangzhou`,
		`oss.endpoint at F:25:12: has something after the host "h"; only a host and a port belong there`,
		`unknown key uploads at F:26:1; did you mean upload?`,
		`credential at F:28:1: is a list of tables where a table belongs; write [credential]`,
		`start from INBOXFS_START: "maybe" is neither true nor false`,
		`unknown environment variable INBOXFS_UPLOAD_PARTSIZE; did you mean INBOXFS_UPLOAD_PART_SIZE?`,
		`inbox.reserve from --inbox-reserve: "lots" is not a size; write bytes, or a number with KiB, MiB, GiB, TiB or kB, MB, GB, TB`,
		`unknown flag --uplaod-files; did you mean --upload-files?`,
		`log.format from INBOXFS_LOG_FORMAT: "xml" is not one of its words; use text or json`,
		`upload.prefix from --upload-prefix: an object key cannot begin with "/"; leave it out`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("want -, got +:\n%s", d)
	}
}

// A file that cannot be read hides nothing that is wrong elsewhere.
func TestMalformedFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	long := write(t, strings.Repeat("# a comment\n", longestFile/10))
	for what, c := range map[string]struct{ path, says string }{
		"syntax": {write(t, "[upload]\nfiles = 4\nlimit = off\n"),
			`:3:9: expected value but found "off" instead; a text stands in double quotes (the last key before it is upload.limit)`},
		"twice":     {write(t, "start = true\nstart = true\n"), ":2:1: Key 'start' has already been defined."},
		"not there": {filepath.Join(folder, "none.toml"), "none.toml: no such file or directory"},
		"folder":    {folder, "is a directory"},
		"too long":  {long, "is longer than 1MiB"},
		"not text":  {write(t, "start = \"\xff\"\n"), "invalid UTF-8 byte"},
		"UTF-16":    {write(t, "s\x00t\x00a\x00"), ":1:2: files cannot contain NULL bytes"},
	} {
		_, err := Load(c.path, append([]string{"INBOXFS_UPLOAD_FILES=x"}, home...), nil)
		if err == nil {
			t.Errorf("%s: no error", what)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != 2 || !strings.Contains(lines[0], c.says) ||
			!strings.Contains(lines[1], "upload.files from INBOXFS_UPLOAD_FILES") {
			t.Errorf("%s: want one line that says %q and one about the variable:\n%v", what, c.says, err)
		}
	}
}

func TestByteOrderMark(t *testing.T) {
	t.Parallel()
	path := write(t, bom+"start = true\nupload.files = 0")
	_, err := Load(path, home, nil)
	if err == nil || err.Error() != "upload.files at "+path+":2:16: 0 is out of range; use 1 to 100" {
		t.Errorf("error is %v", err)
	}
}

func TestPrintComesBack(t *testing.T) {
	t.Parallel()
	c, err := Load("", home, map[string]string{"upload-limit": "3MiB/s", "upload-prefix": "a \"b\"\\\t日本/",
		"inbox-wait": "[]", "inbox-ignore": `["Icon\r", "x"]`,
		"oss-bucket": "my-bucket", "inbox-settle": "1500ms"})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	again, err := Load(write(t, b.String()), nil, nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, &b)
	}
	if !reflect.DeepEqual(again, c) {
		t.Errorf("want -, got +:\n%s\nfrom\n%s", cmp.Diff(c, again, cmp.AllowUnexported(Bandwidth{}, change{})), &b)
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if len(line) > wide+10 {
			t.Errorf("a line of %d bytes: %s", len(line), line)
		}
	}
}

// TestPrintHides has secrets wherever people write them.
func TestPrintHides(t *testing.T) {
	t.Parallel()
	c, err := Load("", home, map[string]string{"hooks-command": `["curl", "-H", "hush: 1", "https://h/hush"]`,
		"vod-auth-process": `["auth", "--hush"]`})
	if err != nil {
		t.Fatal(err)
	}
	c.Credential.STSEndpoint = "sts.example.com?token=hush"
	c.VOD.Endpoint = "https://vod.example.com/?token=hush"
	c.OSS.Endpoint = "https://name:hush@oss.example.com"
	var b bytes.Buffer
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Contains(text, "hush") || strings.Count(text, "is set and not shown") != 5 {
		t.Error(text)
	}
	if _, err := Load(write(t, b.String()), nil, nil); err != nil {
		t.Error(err)
	}
}
