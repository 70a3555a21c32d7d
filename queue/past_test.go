package queue

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"inboxfs/queue/list"
)

// TestHalfFileOfAnotherSpool kills the queue while a file is half written, and has somebody change the spool before the
// next start, so that the table of open files speaks of others than those that are there.
func TestHalfFileOfAnotherSpool(t *testing.T) {
	t.Parallel()
	const older = "cat older.opened > opened"
	for what, script := range map[string]string{
		"copied":                   `cp -a . "$NEW"`,
		"packed":                   `tar cf - . | tar xf - -C "$NEW"`,
		"copied and put back":      `cp -a . "$NEW/copy"; rm -r ./*; mv "$NEW"/copy/* .`,
		"replaced":                 `cd inbox; cp -p half.bin t; mv t half.bin`,
		"replaced by another name": `cd inbox; cp -p half.bin t; rm half.bin`,
		"inbox put back":           `cp -a inbox t; rm -r inbox; mv t inbox`,
		"inbox put back, shuffled": `cp -a inbox/half.bin t; rm -r inbox; mkdir inbox; echo a > inbox/a; echo b > inbox/b; mv t inbox/half.bin`,
		"older table":              older,
		"older table, no journal":  older + `; rm journal.db`,
	} {
		for _, heard := range []bool{true, false} {
			if what == "older table" && !heard { // nobody is left who knows of it
				continue
			}
			t.Run(what, func(t *testing.T) {
				t.Parallel()
				m := newMovedRig(t, "a", "b")
				before, err := os.ReadFile(filepath.Join(m.dir, "opened"))
				if err != nil {
					t.Fatal(err)
				}
				release := func() {}
				if !heard {
					release = m.held.hold()
				}
				id := m.Open("half.bin", true)
				m.write("half.bin", "half")
				if heard {
					m.journaled()
					release = m.held.hold()
				}
				dir, next := m.killedInPlace(release), t.TempDir()
				m.Close(id, Closed{Changed: true, Size: 4})
				if err := os.WriteFile(filepath.Join(dir, "older.opened"), before, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := noCopyOf(filepath.Join(dir, "older.opened"), filepath.Join(dir, "opened")); err != nil {
					t.Fatal(err)
				}
				c := exec.Command("sh", "-ec", script)
				c.Dir, c.Env = dir, append(os.Environ(), "NEW="+next)
				if out, err := c.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				if _, err := os.Stat(filepath.Join(next, "inbox")); err != nil {
					next = dir
				}
				again := openRig(t, next, func(o *Options) { o.Start = false })
				name := "half.bin"
				if _, err := os.Stat(again.path("t")); err == nil {
					name = "t"
				}
				again.state(name, list.Held)
			})
		}
	}
}

// TestIDsWithoutAnyRecord loses the journal and what the spool says of itself: no id is given that a label names.
func TestIDsWithoutAnyRecord(t *testing.T) {
	t.Parallel()
	r, _, last := barredRig(t)
	r.close()
	for _, name := range []string{"journal.db", "known"} {
		if err := os.Remove(filepath.Join(r.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	r = openRig(t, r.dir)
	r.drop("fresh", "content")
	for _, i := range r.Infos() {
		if i.ID <= last {
			t.Errorf("#%d is given again, to %s", i.ID, i.Name)
		}
	}
}
