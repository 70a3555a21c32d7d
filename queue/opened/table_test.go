package opened

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const boot = "2e1b6a35-4be0-4d3c-a92b-8f7a3d1c9e77"

// rig is one table file, which processes open one after another.
type rig struct {
	t    *testing.T
	path string
	lost error
}

func (r *rig) open() (*Table, *Past) {
	r.t.Helper()
	t, past, err := Open(r.path, boot, func(err error) { r.lost = err })
	if err != nil {
		r.t.Fatal(err)
	}
	return t, past
}

func newRig(t *testing.T) *rig {
	return &rig{t: t, path: filepath.Join(t.TempDir(), "opened")}
}

var when = time.Unix(1e9, 7)

// TestPast leaves slots in each state.
func TestPast(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	table, past := r.open()
	if past != nil {
		t.Error("of a new table something is known")
	}
	table.Forget() // what there was before
	table.Making("making")
	table.Making("made").Made(1, 2)
	table.Open(1, 3).Close()
	table.Open(1, 4).Flushed(7, when)
	again := table.Open(1, 5)
	again.Flushed(7, when)
	again.Opened()
	table.Open(1, 6).Doubt()
	table.Open(1, 7).Appended()
	table.Open(1, 8).Whole(7, when)
	for _, m := range []Mark{table.Open(1, 9), table.Open(1, 9)} { // the one is closed, the other is not
		m.Flushed(7, when)
	}
	table.Open(1, 9)
	for _, state := range []func(Mark){Mark.Doubt, Mark.Appended, func(m Mark) { m.Whole(7, when) },
		func(m Mark) { m.Flushed(7, when) }} {
		state(table.Open(1, 10))
	}
	for range 2 { // until it is forgotten
		_, past = r.open()
		for _, want := range []struct {
			path  string
			ino   uint64
			size  int64
			state State
		}{
			{"making", 99, 0, Writing}, {"other", 99, 0, Closed}, {"made", 2, 7, Writing}, {"renamed", 2, 7, Writing},
			{"closed", 3, 7, Closed},
			{"flushed", 4, 7, Closed}, {"written since", 4, 8, Writing}, {"opened", 5, 7, Writing},
			{"doubtful", 6, 7, Doubtful},
			{"appended", 7, 7, Appended}, {"whole", 8, 7, Whole}, {"changed since", 8, 8, Closed},
			{"both", 9, 7, Writing}, {"all", 10, 7, Doubtful},
		} {
			if got := past.Of(want.path, 1, want.ino, want.size, when); got != want.state {
				t.Errorf("%s: %v, want %v", want.path, got, want.state)
			}
		}
		if got := past.Of("x", 2, 2, 7, when); got != Closed {
			t.Errorf("a file on another device: %v", got)
		}
	}
	table, _ = r.open()
	table.Forget()
	if _, past = r.open(); past == nil || len(past.files)+len(past.paths) != 0 {
		t.Errorf("after it was forgotten: %+v", past)
	}
}

// TestUnknown opens tables that say nothing.
func TestUnknown(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func(r *rig) error{
		"gone":  func(r *rig) error { return os.Remove(r.path) },
		"empty": func(r *rig) error { return os.Truncate(r.path, 0) },
		"short": func(r *rig) error { return os.Truncate(r.path, fileSize-1) },
		"other": func(r *rig) error { return os.WriteFile(r.path, make([]byte, fileSize), 0o600) },
		"boot": func(r *rig) error {
			_, _, err := Open(r.path, "another", nil)
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			table, _ := r.open()
			table.Open(1, 2)
			if err := table.Close(); err != nil {
				t.Fatal(err)
			}
			if err := spoil(r); err != nil {
				t.Fatal(err)
			}
			for range 2 { // also when a kill comes before it is decided about what was open
				table, past := r.open()
				if past != nil {
					t.Error("something is known")
				}
				table.Open(1, 3).Close()
			}
			table, _ = r.open()
			table.Forget()
			if _, past := r.open(); past == nil || len(past.files) > 0 {
				t.Errorf("of the one after it: %+v", past)
			}
		})
	}
	if _, past, err := Open(filepath.Join(t.TempDir(), "opened"), "", nil); past != nil || err != nil {
		t.Errorf("a machine that names no boot: %v, %v", past, err)
	}
}

// TestMoreHandlesThanSlots leaves nothing known while there are.
func TestMoreHandlesThanSlots(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	table, _ := r.open()
	table.Forget()
	var all []Mark
	for i := range uint64(slotsMost + 2) {
		all = append(all, table.Open(1, i))
	}
	known := func() bool {
		b, err := os.ReadFile(r.path)
		if err != nil {
			t.Fatal(err)
		}
		return parse(b, boot) != nil
	}
	for _, m := range all[slotsMost:] {
		if known() {
			t.Error("something is known of handles that have no slot")
		}
		m.Close()
	}
	if !known() {
		t.Error("nothing is known, and all handles have a slot")
	}
	if _, past := r.open(); len(past.files) != slotsMost {
		t.Errorf("%d files were open", len(past.files))
	}
}

// TestLoss has the disk fail below the table.
func TestLoss(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	table, _ := r.open()
	m := table.Open(1, 2)
	if err := os.Truncate(r.path, 0); err != nil {
		t.Fatal(err)
	}
	m.Opened()
	if r.lost == nil {
		t.Error("nobody is told")
	}
	if _, err := os.Stat(r.path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the table is still there: %v", err)
	}
	m.Close()
	table.Open(1, math.MaxUint64).Close()
}

// TestNothing is what uses no table.
func TestNothing(t *testing.T) {
	t.Parallel()
	var table *Table
	m := table.Making("x")
	m.Made(1, 2)
	m.Flushed(1, when)
	table.Open(1, 2).Close()
	table.Forget()
	m.Close()
	if err := table.Close(); err != nil {
		t.Error(err)
	}
}
