package queue

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/opened"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// Recovered is what the journal of an earlier life says.
type Recovered struct {
	records []journal.Record
	parts   map[uint64][]transfer.Part
	moves   []journal.Move // of folders
	// what they are called in their rows, of entries whose folders have other names since
	moved  map[transfer.ID]string
	aborts []journal.Abort
	late   []journal.Late
	outbox []journal.Pending
	taken  []journal.Taken
	given  []journal.Taken
	meta   journal.Meta
	known  spool.Known    // what the spool says of itself
	path   string         // where
	holes  bool           // some of its records are damaged
	lost   bool           // the journal is gone or damaged, or there was none
	last   time.Time      // when the journal was last written; zero: there was none
	now    spool.Instance // in which the inbox is, by now

	table   *opened.Table
	past    *opened.Past                   // which files were open at the end; nil: nothing is known
	wasOpen []transfer.ID                  // those that were, as their rows say
	writing map[transfer.ID]journal.Record // their rows, until their files are found

	strayed map[uint64]bool // ids that labels name, of entries whose files have other names than the journal says
}

// Opened is what remembers which files are open, for the filesystem; nil: nothing does.
func (r *Recovered) Opened() *opened.Table { return r.table }

// open reads which files were open when the last daemon ended, and begins to remember that for this one. What cannot be
// remembered must not look as if it were.
func (r *Recovered) open(path string, log *slog.Logger) (err error) {
	const lost = "which files are open cannot be remembered; should inboxfs be killed, " +
		"those that were closed just before are held"
	r.table, r.past, err = opened.Open(path, string(spool.ThisInstance(filepath.Dir(path))),
		func(err error) { log.Error(lost, "error", err) })
	if err == nil {
		return nil
	}
	if gone := os.Remove(path); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		return errors.Join(err, gone)
	}
	log.Warn(lost, "error", err)
	return nil
}

// powerless reports whether the machine went down since the journal was written, or the spool's file system did,
// without an orderly end of ours: then of all that was not synced nothing is sure, neither content nor times. A kill
// leaves that with the kernel, which writes it by and by.
func (r *Recovered) powerless() bool {
	return !r.meta.Clean && !spool.Instance(r.meta.Boot).Same(r.now)
}

// Recover opens the journal and reads it. A damaged one is set aside, which is said, and a new one begun: the drops are
// still in the spool and New finds them there.
func Recover(path string, log *slog.Logger) (*journal.Journal, *Recovered, error) {
	r := &Recovered{writing: make(map[transfer.ID]journal.Record), path: filepath.Join(filepath.Dir(path), "known")}
	known, err := spool.ReadKnown(r.path)
	if err != nil {
		return nil, nil, err
	}
	r.known = known
	if err := r.open(filepath.Join(filepath.Dir(path), "opened"), log); err != nil {
		return nil, nil, err
	}
	info, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	fresh := err != nil
	j, err := journal.Open(path)
	if err == nil {
		if err = r.read(j, log); err == nil {
			if fresh || r.meta.QueueState == "" { // nothing was ever committed to it
				r.lost = true
				r.last, err = lastAside(path)
			} else {
				r.last = info.ModTime()
			}
		}
		if err == nil {
			return j, r, nil
		}
		err = errors.Join(err, j.Close())
	}
	if !errors.Is(err, journal.ErrDamaged) {
		return nil, nil, err
	}
	killpoint.At("journal: found damaged")
	aside, asideErr := journal.SetAside(path)
	if asideErr != nil {
		return nil, nil, errors.Join(err, asideErr)
	}
	log.Error("the journal is damaged; it was set aside and the queue is made anew from the spool", "error", err,
		"kept as", aside)
	killpoint.At("journal: set aside")
	j, err = journal.Open(path)
	if err != nil {
		return nil, nil, err
	}
	last, err := lastAside(path)
	if err != nil {
		return nil, nil, errors.Join(err, j.Close())
	}
	return j, &Recovered{last: last, lost: true, known: r.known, path: r.path, table: r.table, past: r.past,
		writing: r.writing}, nil
}

// lastAside is when the last journal was written that was set aside; zero: there is none. A kill may have come before
// the new one knew anything.
func lastAside(path string) (last time.Time, err error) {
	aside, err := filepath.Glob(path + ".damaged-*")
	if err != nil {
		return last, err
	}
	for _, old := range aside {
		info, err := os.Stat(old)
		if err != nil {
			return last, err
		}
		if info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last, nil
}

// read takes everything out of the journal. Records that cannot be read cost only themselves: their files are found in
// the spool.
func (r *Recovered) read(j *journal.Journal, log *slog.Logger) error {
	var err error
	if r.meta, err = j.Meta(); err != nil {
		return err
	}
	err = j.Load(func(rec journal.Record) error {
		r.records = append(r.records, rec)
		return nil
	})
	var bad *journal.BadRecords
	if errors.As(err, &bad) {
		log.Error("records of the journal are damaged; their files count as new drops", "error", bad)
		r.holes, err = true, nil
	}
	if err != nil {
		return err
	}
	if r.moves, err = j.Moves(); err != nil {
		return err
	}
	r.follow()
	r.parts = make(map[uint64][]transfer.Part)
	for _, rec := range r.records {
		if rec.UploadID == "" {
			continue
		}
		parts, err := j.Parts(rec.ID)
		if err != nil {
			log.Error("finished parts cannot be read from the journal; they are looked up on the server", "file",
				rec.Name, "error", err)
		}
		r.parts[rec.ID] = parts
	}
	if r.aborts, err = j.Aborts(); err != nil {
		return err
	}
	if r.taken, err = j.Taken(); err != nil {
		return err
	}
	if r.given, err = j.Given(); err != nil {
		return err
	}
	if r.late, err = j.Late(); err != nil {
		return err
	}
	r.outbox, err = j.Outbox()
	return err
}

// follow gives the records below folders that moved their new names. We were ended before their rows had those.
func (r *Recovered) follow() {
	if len(r.moves) == 0 {
		return
	}
	r.moved = make(map[transfer.ID]string)
	for i := range r.records {
		rec := &r.records[i]
		name := rec.Name
		for _, m := range r.moves {
			if name, ok := m.Follow(rec); ok {
				rec.Name, rec.Maker = name, uint8(Who(rec.Maker).then(Who(m.By)))
			}
		}
		if rec.Name != name {
			r.moved[transfer.ID(rec.ID)] = name
		}
	}
}
