package queue

import (
	"os"
	"path"
	"path/filepath"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// baseKeys has files of one name share a key, whatever folder they are in.
type baseKeys struct{ *fakeUploader }

func (baseKeys) Key(name string, _ transfer.ID) (bucket, key string, err error) {
	return "b", path.Base(name), nil
}

// TestReplacedStaysDoubtful has a rival replace half a file. That is known to be half of one for as long as it has this
// content, also after a restart, without the journal, and under another name.
func TestReplacedStaysDoubtful(t *testing.T) {
	t.Parallel()
	byBase := func(o *Options) { o.Uploader = baseKeys{o.Uploader.(*fakeUploader)} }
	held := func(r *rig) { r.half("d/w") }
	for what, c := range map[string]struct {
		before func(r *rig)
		after  func(r *rig) (dir string)
	}{
		"restart": {held, func(r *rig) string { r.close(); return r.dir }},
		"kill":    {held, func(r *rig) string { r.commit(); return r.killed() }},
		"kill while it is written": {func(r *rig) {
			r.drop("d/w", "half")
			r.up.next(t)
			r.refusedNot(r.DoFile(t.Context(), Cancel, r.Open("d/w", false)))
		}, func(r *rig) string { r.commit(); return r.killed() }},
		"the journal is lost": {held, func(r *rig) string {
			r.close()
			if err := os.Remove(filepath.Join(r.dir, "journal.db")); err != nil {
				t.Fatal(err)
			}
			return r.dir
		}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, byBase)
			c.before(r)
			r.drop("w", "newer")
			u := r.up.next(t)
			u.succeed()
			r.until(func() bool { i, _ := r.Status("d/w"); return i.Error == codeReplaced },
				func() string { return "it is not replaced" })
			r.gone("w")
			r = openRig(t, c.after(r), byBase)
			if i := r.state("d/w", list.Canceled); i.Error != codeReplaced {
				t.Errorf("it is %+v", i)
			}
			r.rename("d/w", "d/v", 0)
			r.verb(Restore, "d/v")
			r.state("d/v", list.Held)
			r.up.none(t)
		})
	}
}
