package ossdev

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// store keeps buckets and objects as files; doc.go draws them.
type store struct {
	root *os.Root // nothing outside is ever touched, whatever a key or a symbolic link says
	lock *os.File
	now  func() time.Time

	// An object's file and its record change together, under the mutex that its key falls on.
	stripes [64]sync.Mutex
	seed    maphash.Seed

	mu      sync.Mutex // guards what follows; taken after a stripe
	buckets map[string]*bucketState
}

// bucketState is a bucket and, once it was listed, the keys in it.
type bucketState struct {
	Created time.Time
	Settings
	keys   map[string]bool // nil until the first listing
	sorted []string        // the same in order; nil when it must be made again
}

// openStore opens or makes the folder dir. Only one server may have it at a time.
func openStore(dir string, now func() time.Time) (*store, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("development endpoint: make its folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("development endpoint: open its folder: %w", err)
	}
	st := &store{root: root, now: now, seed: maphash.MakeSeed(), buckets: map[string]*bucketState{}}
	if err := errors.Join(st.takeLock(dir), st.prepare()); err != nil {
		return nil, errors.Join(err, st.close())
	}
	return st, nil
}

func (st *store) takeLock(dir string) error {
	if err := st.root.MkdirAll(hidden, 0o777); err != nil {
		return fmt.Errorf("development endpoint: %w", err)
	}
	lock, err := st.root.OpenFile(path.Join(hidden, "lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return fmt.Errorf("development endpoint: %w", err)
	}
	st.lock = lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("development endpoint: %s is in use by another one, stop that first: %w", dir, err)
	}
	return nil
}

// prepare makes the folders, ends what a crash left half done, and reads the buckets.
func (st *store) prepare() error {
	for _, name := range []string{"bucket", "media", "meta", "odd", "pending", "tmp", "uploads"} {
		if err := st.root.MkdirAll(path.Join(hidden, name), 0o777); err != nil {
			return fmt.Errorf("development endpoint: %w", err)
		}
	}
	if err := st.repair(); err != nil {
		return fmt.Errorf("development endpoint: clean up after a crash: %w", err)
	}
	entries, err := st.readDir(path.Join(hidden, "bucket"))
	if err != nil {
		return fmt.Errorf("development endpoint: read the buckets: %w", err)
	}
	for _, entry := range entries {
		b := &bucketState{}
		if err := st.readJSON(path.Join(hidden, "bucket", entry.Name()), b); err != nil {
			return fmt.Errorf("development endpoint: read a bucket: %w", err)
		}
		st.buckets[entry.Name()] = b
	}
	return nil
}

func (st *store) close() error {
	err := st.root.Close()
	if st.lock != nil {
		err = errors.Join(err, st.lock.Close())
	}
	return err
}

func (st *store) stripe(bucket, key string) *sync.Mutex {
	return &st.stripes[maphash.String(st.seed, bucket+"/"+key)%uint64(len(st.stripes))]
}

// createBucket reports false when it was there already.
func (st *store) createBucket(name string) (bool, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.buckets[name] != nil {
		return false, nil
	}
	if err := st.root.MkdirAll(name, 0o777); err != nil {
		return false, fmt.Errorf("make bucket: %w", err)
	}
	b := &bucketState{Created: st.now().UTC().Truncate(time.Second)}
	if err := st.writeJSON(path.Join(hidden, "bucket", name), b); err != nil {
		return false, fmt.Errorf("make bucket: %w", err)
	}
	st.buckets[name] = b
	return true, nil
}

// deleteBucket removes an empty bucket; the caller has seen that it is empty.
func (st *store) deleteBucket(name string) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := st.root.Remove(path.Join(hidden, "bucket", name)); err != nil {
		return err
	}
	delete(st.buckets, name)
	// Files that somebody put there by hand stay where they are.
	if err := st.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) &&
		!errors.Is(err, syscall.ENOTEMPTY) {
		return err
	}
	return nil
}

// bucket says when it was created, and whether it exists.
func (st *store) bucket(name string) (time.Time, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	b := st.buckets[name]
	if b == nil {
		return time.Time{}, false
	}
	return b.Created, true
}

// bucketNames lists them in order.
func (st *store) bucketNames() []string {
	st.mu.Lock()
	defer st.mu.Unlock()
	names := make([]string, 0, len(st.buckets))
	for name := range st.buckets {
		names = append(names, name)
	}
	slices.SortFunc(names, strings.Compare)
	return names
}

func (st *store) readDir(name string) ([]fs.DirEntry, error) {
	dir, err := st.root.Open(name)
	if err != nil {
		return nil, err
	}
	entries, err := dir.ReadDir(-1)
	return entries, errors.Join(err, dir.Close())
}

func (st *store) readJSON(name string, into any) error {
	text, err := st.root.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// writeJSON writes a whole file or none.
func (st *store) writeJSON(name string, from any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	tmp := st.tmpName()
	if err := st.root.WriteFile(tmp, text, 0o666); err != nil {
		return errors.Join(err, st.discard(tmp))
	}
	return st.root.Rename(tmp, name)
}

// tmpName is a new name in the folder of unfinished files.
func (st *store) tmpName() string { return path.Join(hidden, "tmp", randomHex(8)) }

// discard removes a file that is not needed; one that is not there is fine.
func (st *store) discard(name string) error {
	if err := st.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
