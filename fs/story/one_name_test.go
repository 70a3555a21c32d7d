package story

import (
	"strings"
	"testing"
)

// TestOneName has a file take the name of a folder of older files, and the other way round. The newer one is found
// under its name, the older one by its id.
func TestOneName(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("cd $MNT/inbox; mkdir clips; echo a > clips/a; echo wait > $MNT/control; rmdir clips; echo file > clips; " +
		"echo wait > $MNT/control; " +
		"echo b > both; echo wait > $MNT/control; mkdir both; echo c > both/c; echo wait > $MNT/control")
	id := func(name string) string {
		return s.sh("awk -F'\\t' '$6 == \"" + name + "\" {print $1}' $MNT/list")
	}
	if got := s.field("clips", "id"); got != id("clips") {
		t.Errorf("status/clips is of %s", got)
	}
	if got := s.sh("ls -F $MNT/status"); got != "both/\nclips" {
		t.Errorf("status has %s", got)
	}
	if got := s.field("both/c", "name"); got != "both/c" {
		t.Errorf("status/both/c is of %s", got)
	}
	for _, name := range []string{"clips/a", "both", "clips", "both/c"} {
		if got := s.sh("grep ^name '" + s.mnt + "/status/#" + id(name) + "'"); got != "name "+name {
			t.Errorf("by its id, %s is %s", name, got)
		}
	}
	s.sh("mkdir $MNT/inbox/clips.d; echo more > $MNT/inbox/#1; echo wait > $MNT/control")
	if got := s.sh("grep ^name '" + s.mnt + "/status/#1'"); got != `name "#1"` {
		t.Errorf("a file called #1 is %s", got)
	}
	if out, err := s.try("cat '" + s.mnt + "/status/#999'"); err == nil || !strings.Contains(out, "No such file") {
		t.Errorf("of no entry: %v, %s", err, out)
	}
}
