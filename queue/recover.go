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
)

// Recovered is what the journal of an earlier life says.
type Recovered struct {
	records []journal.Record
	parts   map[uint64][]journal.Part
	moves   []journal.Move // of folders
	moved   map[ID]string  // what they are called in their rows, of entries whose folders have other names since
	aborts  []journal.Abort
	late    []journal.Late
	outbox  []journal.Pending
	taken   []journal.Taken
	meta    journal.Meta
	last    time.Time // when the journal was last written; zero: there was none
	now     instance  // in which the inbox is, by now
}

// powerless reports whether the machine went down since the journal was written, or the spool's file system did,
// without an orderly end of ours: then of all that was not synced nothing is sure, neither content nor times. A kill
// leaves that with the kernel, which writes it by and by.
func (r *Recovered) powerless() bool { return !r.meta.Clean && !instance(r.meta.Boot).same(r.now) }

// Recover opens the journal and reads it. A damaged one is set aside, which is said, and a new one begun: the drops are
// still in the spool and New finds them there.
func Recover(path string, log *slog.Logger) (*journal.Journal, *Recovered, error) {
	r := &Recovered{}
	info, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	fresh := err != nil
	j, err := journal.Open(path)
	if err == nil {
		if err = r.read(j, log); err == nil {
			if fresh || r.meta.QueueState == "" { // nothing was ever committed to it
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
	log.Error("the journal is damaged; it was set aside and the queue is made anew from the spool", "error", err, "kept as", aside)
	killpoint.At("journal: set aside")
	j, err = journal.Open(path)
	if err != nil {
		return nil, nil, err
	}
	last, err := lastAside(path)
	if err != nil {
		return nil, nil, errors.Join(err, j.Close())
	}
	return j, &Recovered{last: last}, nil
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
		err = nil
	}
	if err != nil {
		return err
	}
	if r.moves, err = j.Moves(); err != nil {
		return err
	}
	r.follow()
	r.parts = make(map[uint64][]journal.Part)
	for _, rec := range r.records {
		if rec.UploadID == "" {
			continue
		}
		parts, err := j.Parts(rec.ID)
		if err != nil {
			log.Error("finished parts cannot be read from the journal; they are looked up on the server", "file", rec.Name, "error", err)
		}
		r.parts[rec.ID] = parts
	}
	if r.aborts, err = j.Aborts(); err != nil {
		return err
	}
	if r.taken, err = j.Taken(); err != nil {
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
	r.moved = make(map[ID]string)
	for i := range r.records {
		rec := &r.records[i]
		name := rec.Name
		for _, m := range r.moves {
			if name, ok := m.Follow(rec); ok {
				rec.Name, rec.Maker = name, uint8(Who(rec.Maker).then(Who(m.By)))
			}
		}
		if rec.Name != name {
			r.moved[ID(rec.ID)] = name
		}
	}
}
