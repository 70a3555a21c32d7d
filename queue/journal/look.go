package journal

import (
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
)

// Look says what Open would say of a journal, without changing it: ErrDamaged, ErrNewer, ErrLocked, or the system's
// error, os.ErrNotExist among them. It holds the file's lock for as long as it looks.
func Look(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() == 0 { // Open lays out a new one, as in one that was killed before it came to that
		return err
	}
	j := &Journal{}
	err = guard(func() (err error) {
		o := j.options()
		o.ReadOnly = true
		if j.db, err = bolt.Open(path, 0, o); err != nil {
			return err
		}
		_, err = j.known()
		return err
	})
	if err != nil {
		j.abandon(err)
		return fmt.Errorf("look at journal %s: %w", path, classify(err))
	}
	return j.db.Close()
}
