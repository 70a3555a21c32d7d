package ossdev

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"time"
)

// Meta is what is known of an object beside its bytes.
type Meta struct {
	Key        string
	Path       string // its file, below Dir
	Size       int64  // bytes
	ETag       string // without the quotes that HTTP has around it
	CRC64      uint64 `json:",string"`    // ECMA; as text, for readers that keep numbers as float64
	MD5        string `json:",omitempty"` // base64, of objects put in one request
	Parts      int    `json:",omitempty"` // of how many it was made; 0 for one put in one request
	Appendable bool   `json:",omitempty"` // made by AppendObject
	Modified   time.Time
	Header     map[string]string // as sent and kept: Content-Type, x-oss-meta-*, x-oss-object-acl, ...
}

// record is an object's record as it is stored. It is written before the object appears: Tmp becomes Meta.Path, then
// the record itself gets its final place. So a crash in between leaves all that is needed to end the work.
type record struct {
	Bucket string
	Tmp    string
	Meta   Meta
}

// repair ends the commits that a crash interrupted. If the bytes have left their temporary place, they are in the
// final one and only the record is missing; otherwise nothing has happened yet. Then temporary files go.
func (st *store) repair() error {
	dir := path.Join(hidden, "pending")
	entries, err := st.readDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		var r record
		err := st.readJSON(name, &r)
		if err == nil {
			_, err = st.root.Lstat(r.Tmp)
		} // else it was being written, and the rename had not begun
		if errors.Is(err, fs.ErrNotExist) {
			err = st.publish(name, r.Bucket, r.Meta.Key)
		} else {
			err = st.discard(name)
		}
		if err != nil {
			return err
		}
	}
	tmp := path.Join(hidden, "tmp")
	if err := st.root.RemoveAll(tmp); err != nil {
		return err
	}
	return st.root.Mkdir(tmp, 0o777)
}

// publish gives a record its final place.
func (st *store) publish(intent, bucket, key string) error {
	return st.renameInto(intent, recordPath(bucket, key))
}

// commit makes the temporary file tmp the object m.Key, in place of one that was there unless forbid is set. It
// returns m with its Path. tmp is gone afterwards, whatever happened.
func (st *store) commit(bucket string, m Meta, tmp string, forbid bool) (Meta, error) {
	mutex := st.stripe(bucket, m.Key)
	mutex.Lock()
	defer mutex.Unlock()
	old, existed, err := st.lookup(bucket, m.Key)
	if err == nil && existed && forbid {
		err = fail("FileAlreadyExists")
	}
	if err != nil {
		return m, errors.Join(err, st.discard(tmp))
	}
	return st.replace(bucket, m, tmp, old)
}

// replace is commit for who holds the key's stripe and has looked at what is there.
func (st *store) replace(bucket string, m Meta, tmp string, old Meta) (Meta, error) {
	if err := st.move(bucket, &m, tmp, old.Path); err != nil {
		return m, errors.Join(err, st.discard(tmp))
	}
	if old.Path != "" && old.Path != m.Path {
		if err := st.discard(old.Path); err != nil {
			return m, fmt.Errorf("remove the object's former file: %w", err)
		}
	}
	st.noteKey(bucket, m.Key, true)
	return m, nil
}

// move brings tmp to the object's plain place or, where that cannot be, to its odd one, and records it. mine is the
// file that the object has already, or empty. The caller holds the key's stripe.
func (st *store) move(bucket string, m *Meta, tmp, mine string) error {
	places := []string{oddPath(bucket, m.Key)}
	if plain, ok := plainPath(bucket, m.Key); ok && st.free(plain, mine) {
		places = []string{plain, places[0]}
	}
	intent := path.Join(hidden, "pending", randomHex(8))
	var failed error
	for _, place := range places {
		m.Path = place
		text, err := json.Marshal(record{bucket, tmp, *m})
		if err == nil {
			err = st.root.WriteFile(intent, text, 0o666)
		}
		if err != nil {
			return errors.Join(err, st.discard(intent))
		}
		// A file in the way of a folder, or a folder in the way of a file, makes this fail; then the next place is
		// taken.
		if failed = st.renameInto(tmp, place); failed == nil {
			return st.publish(intent, bucket, m.Key)
		}
	}
	return errors.Join(failed, st.discard(intent))
}

// renameInto gives a file its place, and makes the folders that are missing.
func (st *store) renameInto(from, to string) error {
	err := st.root.Rename(from, to)
	// who deletes may remove a folder again before it is used
	for try := 0; try < 3 && errors.Is(err, fs.ErrNotExist); try++ {
		if err := st.root.MkdirAll(path.Dir(to), 0o777); err != nil {
			return err
		}
		err = st.root.Rename(from, to)
	}
	return err
}

// free reports whether a plain place may be written: nothing is there, or the object's own file. What else may be
// there is a folder, a file that somebody put there by hand, or an object whose name differs only by case.
func (st *store) free(plain, mine string) bool {
	if plain == mine {
		return true
	}
	_, err := st.root.Lstat(plain)
	return err != nil
}

// lookup reads an object's record; ok is false when there is no such object, also when its file was removed by hand,
// in which case the Path is still told.
func (st *store) lookup(bucket, key string) (m Meta, ok bool, err error) {
	var r record
	err = st.readJSON(recordPath(bucket, key), &r)
	m = r.Meta
	if errors.Is(err, fs.ErrNotExist) {
		return Meta{}, false, nil
	}
	if err != nil {
		return Meta{}, false, fmt.Errorf("read an object's record: %w", err)
	}
	info, err := st.root.Stat(m.Path)
	return m, err == nil && info.Mode().IsRegular(), nil
}

// stat returns an object's record.
func (st *store) stat(bucket, key string) (Meta, bool, error) {
	mutex := st.stripe(bucket, key)
	mutex.Lock()
	defer mutex.Unlock()
	return st.lookup(bucket, key)
}

// open returns an object's record and bytes, which belong together. The file is nil when there is no such object.
func (st *store) open(bucket, key string) (Meta, *os.File, error) {
	mutex := st.stripe(bucket, key)
	mutex.Lock()
	defer mutex.Unlock()
	m, ok, err := st.lookup(bucket, key)
	if !ok || err != nil {
		return m, nil, err
	}
	file, err := st.root.Open(m.Path)
	if err != nil {
		return m, nil, fmt.Errorf("open an object: %w", err)
	}
	return m, file, nil
}

// remove deletes an object; one that is not there is fine. Folders that it leaves empty go too.
func (st *store) remove(bucket, key string) error {
	mutex := st.stripe(bucket, key)
	mutex.Lock()
	defer mutex.Unlock()
	m, _, err := st.lookup(bucket, key)
	if err != nil || m.Path == "" {
		return err
	}
	// The bytes go first: a record without bytes is no object, but bytes without a record would block the name.
	if err := st.discard(m.Path); err != nil {
		return fmt.Errorf("remove an object: %w", err)
	}
	if err := st.discard(recordPath(bucket, key)); err != nil {
		return fmt.Errorf("remove an object's record: %w", err)
	}
	st.noteKey(bucket, key, false)
	for dir := path.Dir(m.Path); dir != bucket && path.Dir(dir) != path.Join(hidden, "odd"); dir = path.Dir(dir) {
		if st.root.Remove(dir) != nil {
			break // not empty
		}
	}
	return nil
}

// noteKey keeps the list of keys up to date, if there is one.
func (st *store) noteKey(bucket, key string, there bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	b := st.buckets[bucket]
	if b == nil || b.keys == nil || b.keys[key] == there {
		return
	}
	b.sorted = nil
	if there {
		b.keys[key] = true
	} else {
		delete(b.keys, key)
	}
}

// keys lists a bucket's keys in order. The first call reads all records.
func (st *store) keys(bucket string) ([]string, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	b := st.buckets[bucket]
	if b == nil {
		return nil, nil
	}
	if b.keys == nil {
		keys, err := st.readKeys(bucket)
		if err != nil {
			return nil, fmt.Errorf("list the objects: %w", err)
		}
		b.keys = keys
	}
	if b.sorted == nil {
		b.sorted = make([]string, 0, len(b.keys))
		for key := range b.keys {
			b.sorted = append(b.sorted, key)
		}
		slices.Sort(b.sorted)
	}
	return b.sorted, nil // never changed in place, only replaced
}

func (st *store) readKeys(bucket string) (map[string]bool, error) {
	keys := map[string]bool{}
	top := path.Join(hidden, "meta", bucket)
	shards, err := st.readDir(top)
	if errors.Is(err, fs.ErrNotExist) {
		return keys, nil
	}
	if err != nil {
		return nil, err
	}
	for _, shard := range shards {
		files, err := st.readDir(path.Join(top, shard.Name()))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			var r record
			err := st.readJSON(path.Join(top, shard.Name(), file.Name()), &r)
			if errors.Is(err, fs.ErrNotExist) {
				continue // deleted meanwhile
			}
			if err != nil {
				return nil, err
			}
			keys[r.Meta.Key] = true
		}
	}
	return keys, nil
}
