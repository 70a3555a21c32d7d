package story

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// lateMove is what a user does with ready files a moment before a kill.
type lateMove struct {
	files, script string            // in inbox
	same          map[string]string // which names have the entries of which files then
}

var lateMoves = []lateMove{
	{"a", `mv a b`, map[string]string{"b": "a"}},
	{"d/a d/e/b", `mv d c`, map[string]string{"c/a": "d/a", "c/e/b": "d/e/b"}},
	{"{1..30}", `for i in {1..30}; do mv $i n$i; done`, numbered(30)},
	{"a b", `python3 -c 'import ctypes, os
exit(-ctypes.CDLL(None).renameat2(-100, b"a", -100, b"b", 2))'`, map[string]string{"a": "b", "b": "a"}},
	{"a b", `mv a b`, map[string]string{"b": "b"}}, // one drop replaces the other
	{"a b", `mv a c; mv b a`, map[string]string{"c": "a", "a": "b"}},
	{"a", `touch a`, map[string]string{"a": "a"}},
	{"a", `touch -d @1 a`, map[string]string{"a": "a"}},
	{"a", `ln a b`, map[string]string{"a": "a", "b": ""}},
	{"a", `chmod 600 a; exec 3<> a`, map[string]string{"a": "a"}},
}

func numbered(n int) map[string]string {
	all := make(map[string]string)
	for i := range n {
		all[fmt.Sprint("n", i+1)] = strconv.Itoa(i + 1)
	}
	return all
}

// TestReadyFilesMovedBeforeTheKill does something to ready files that changes none of their bytes, kills the daemon at
// once, and looks at what the next one says: none is held, and each has the entry that it had.
func TestReadyFilesMovedBeforeTheKill(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	needPrograms(t, "python3")
	for _, passthrough := range []bool{true, false} {
		t.Run(fmt.Sprint("passthrough ", passthrough), func(t *testing.T) {
			t.Parallel()
			m := newClosing(t, fmt.Sprint("INBOXFS_INBOX_PASSTHROUGH=", passthrough), "INBOXFS_START=false")
			l := m.again()
			for _, move := range lateMoves {
				files := strings.Fields(m.sh("echo " + move.files))
				m.sh("cd $MNT/inbox; for f in " + move.files +
					"; do mkdir -p $(dirname $f); head -c 5000 /dev/urandom > $f; done")
				ids := make(map[string]string)
				for _, f := range files {
					m.until(f+" is ready", func() bool { return m.line("state", f) == "ready" })
					ids[f] = m.line("id", f)
				}
				m.sh("cd $MNT/inbox; " + move.script)
				if err := l.cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				<-l.over
				l = m.again()
				for name, was := range move.same {
					state := ""
					m.until(name+" is ready or held",
						func() bool { state = m.line("state", name); return state == "ready" || state == "held" })
					if id := m.line("id", name); state != "ready" || was != "" && id != ids[was] {
						t.Errorf("%s of %s: %s is %s as #%s, was #%s: %s", move.script, move.files, name, state, id,
							ids[was], m.line("message", name))
					}
				}
				m.sh("echo clear > $MNT/control; rm -rf $MNT/inbox/*")
			}
			m.finish(l)
		})
	}
}

// line is what the status of a file says of one thing.
func (m *matrix) line(key, name string) string {
	return m.sh("sed -n 's/^" + key + " //p' $MNT/status/" + name + " 2>&1 || true")
}
