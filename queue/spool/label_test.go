package spool

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestLabels puts labels on files and takes them away.
func TestLabels(t *testing.T) {
	t.Parallel()
	inbox := place(t, map[string]string{"inbox/d/a": "1", "inbox/l": "-> outside/f", "outside/f": "2",
		"inbox/out": "-> outside"})
	held := Label{ID: 7, State: "held", Code: "WriteFailed", Message: "write answered \"EIO\"\nü",
		Hint: "write release", Changed: 5}
	put := func(name string, l Label) (there bool) {
		t.Helper()
		before, now, there, err := Relabel(inbox, name, l)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if there && before.Inode != now.Inode {
			t.Errorf("%s looks like %v, and then like %v", name, before, now)
		}
		return there
	}
	labels := func(name string, want ...Label) {
		t.Helper()
		if is, err := Labels(filepath.Join(inbox, name)); err != nil || len(is)+len(want) > 0 &&
			!reflect.DeepEqual(is, want) {
			t.Errorf("%s has %v, %v, not %v", name, is, err, want)
		}
	}
	for _, name := range []string{"no", "no/no", "l", "out/f", "d"} {
		if put(name, held) {
			t.Errorf("%s has got a label", name)
		}
	}
	labels("../outside/f")
	put("d/a", held)
	labels("d/a", held)
	if err := os.Link(filepath.Join(inbox, "d/a"), filepath.Join(inbox, "b")); err != nil {
		t.Fatal(err)
	}
	other := Label{ID: 8, State: "canceled", Changed: 6}
	put("b", other)
	labels("d/a", held, other)
	put("d/a", Label{ID: 7})
	labels("b", other)
	if err := os.Remove(filepath.Join(inbox, "d/a")); err != nil {
		t.Fatal(err)
	}
	put("b", held)
	labels("b", held) // what the other name had is over
	put("b", Label{ID: 7})
	labels("b")
}

// TestLabelWithoutRoom: what a file system with little room keeps is the state.
func TestLabelWithoutRoom(t *testing.T) {
	t.Parallel()
	l := Label{ID: 7, State: "held", Message: strings.Repeat("word ", 1000), Code: "a\x00b"}
	if all := parseLabels(l.text(false)); len(all) != 1 || all[0].Code != "ab" || len(all[0].Message) != labelWords {
		t.Errorf("it is read as %v", all)
	}
	if all := parseLabels(l.text(true)); len(all) != 1 || all[0] != (Label{ID: 7, State: "held"}) {
		t.Errorf("it is read as %v", all)
	}
	for _, nonsense := range []string{"x", "\x00", "7", "held\x00\n"} {
		if all := parseLabels(nonsense); len(all) != 1 || all[0].State != "" {
			t.Errorf("%q is read as %v", nonsense, all)
		}
	}
}

// TestLabelOfAReadOnlyFile: an ordinary user may not set attributes of a file that he may not write.
func TestLabelOfAReadOnlyFile(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		program := filepath.Join(t.TempDir(), "spool.test")
		if out, err := exec.Command("sh", "-c", `cp "$0" "$1" && chmod -R a+rx "$(dirname "$(dirname "$1")")"`,
			os.Args[0], program).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		c := exec.Command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "-test.v",
			"-test.run=^TestLabelOfAReadOnlyFile$")
		c.Dir = "/"
		if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	inbox := place(t, map[string]string{"inbox/a": "1"})
	path := filepath.Join(inbox, "a")
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	l := Label{ID: 7, State: "held"}
	before, _, _, err := Relabel(inbox, "a", l)
	if err != nil {
		t.Error(err)
	}
	l.Changed = before.ChangeTime
	if all, err := Labels(path); err != nil || len(all) != 1 || all[0] != l {
		t.Errorf("it has %v, %v", all, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o444 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
}

func TestKnown(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "known")
	read := func(want Known) {
		t.Helper()
		if is, err := ReadKnown(path); err != nil || is != want {
			t.Errorf("%+v, %v, not %+v", is, err, want)
		}
	}
	read(Known{})
	for _, k := range []Known{{Next: 1001, Labeled: true}, {Next: 1 << 63, Labels: 5},
		{Next: 7, Labels: 6, Labeled: true}} {
		if err := k.Write(path); err != nil {
			t.Fatal(err)
		}
		read(k)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied := path + "2"
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		t.Fatal(err)
	}
	path = copied
	read(Known{Next: 7, Labels: 6})
	for i := range text {
		damaged := []byte(string(text))
		damaged[i] ^= 1
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		read(Known{})
	}
}
