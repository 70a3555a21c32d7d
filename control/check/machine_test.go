package check

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inboxfs/control/config"
)

// found is the only finding of a check.
func found(t *testing.T, all []Finding) Finding {
	t.Helper()
	if len(all) != 1 {
		t.Fatalf("%d findings: %+v", len(all), all)
	}
	return all[0]
}

func TestFuseMissing(t *testing.T) {
	t.Parallel()
	m := &machine{config: config.Default(), able: func(bool) error {
		return errors.New("/dev/fuse: no such file or directory; load the kernel's module with `modprobe fuse`")
	}}
	f := found(t, m.fuse(t.Context()))
	if f.Level != Fail || f.Says != "nothing can be mounted: /dev/fuse: no such file or directory" ||
		!strings.Contains(f.Do, "modprobe") {
		t.Errorf("%+v", f)
	}
}

func TestUpdatedb(t *testing.T) {
	t.Parallel()
	m := &machine{config: config.Default(), updatedb: filepath.Join(t.TempDir(), "updatedb.conf")}
	m.config.AllowOther = true
	if all := m.locate(t.Context()); len(all) != 0 {
		t.Errorf("without locate: %+v", all)
	}
	for text, level := range map[string]Level{
		"PRUNEFS=\"NFS nfs afs fuse.sshfs\"\n":                         Warn,
		"# PRUNEFS=\"fuse.inboxfs\"\n":                                 Warn,
		"PRUNEPATHS=\"/tmp\"\n PRUNEFS = \"NFS fuse.inboxfs tmpfs\"\n": OK,
	} {
		if err := os.WriteFile(m.updatedb, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if f := found(t, m.locate(t.Context())); f.Level != level || (f.Do != "") != (level == Warn) {
			t.Errorf("%q: %+v", text, f)
		}
	}
}

// TestAHangingDisk gives up on a file system that does not answer.
func TestAHangingDisk(t *testing.T) {
	t.Parallel()
	answer := make(chan error)
	t.Cleanup(func() { answer <- nil })
	m := &machine{config: config.Default(), able: func(bool) error { return <-answer }}
	f := found(t, step{"fuse", m.fuse}.within(t.Context(), 10*time.Millisecond))
	if f.Level != Fail || !strings.Contains(f.Says, "does not answer within 10ms") {
		t.Errorf("%+v", f)
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"": "…", "a": "a…", "short": "sh…",
		"LTAI5tAbCdEfGhIjKlMnOpQr": "LTAI…OpQr"} {
		if got := mask(id); got != want {
			t.Errorf("%q is shown as %q", id, got)
		}
	}
}

// TestText keeps what a server says on its line.
func TestText(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := Text(&b, Finding{Level: Fail, Check: "bucket", Says: "no\nok    forged \x1b[1mline",
		Do: "a\rb"}); err != nil {
		t.Fatal(err)
	}
	if want := "fail  bucket       no ok    forged  [1mline\n                   -> a b\n"; b.String() != want {
		t.Errorf("%q", b.String())
	}
}
