package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"inboxfs/queue/transfer"
)

func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	for id := uint64(1); id <= 300; id++ {
		commit(t, j, entryOf(id))
	}
	used := usedSize(t, j)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	good := bytesOf(t, path)
	noise := make([]byte, 100_000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	metaOf := func(n int) []byte { // with everything behind the meta pages replaced
		p := bytes.Clone(good)
		copy(p[n:], bytes.Repeat(noise, len(p)/len(noise)+1))
		return p
	}
	files := map[string][]byte{
		"one byte":              {0},
		"text":                  []byte("this is not a journal\n"),
		"a page of zeros":       make([]byte, 4096),
		"many zeros":            make([]byte, 1<<20),
		"noise":                 noise,
		"half a meta page":      good[:2048],
		"one meta page":         good[:4096],
		"meta pages only":       good[:8192],
		"three pages":           good[:3*4096],
		"cut in half":           good[:used/2],
		"noise behind the meta": metaOf(2 * os.Getpagesize()),
		"zeros behind the meta": append(bytes.Clone(good[:2*os.Getpagesize()]), make([]byte, len(good))...),
	}
	for lost := int64(1); lost <= 8; lost++ { // most of them are not needed to open it
		files[fmt.Sprint("pages lost ", lost)] = good[:used-lost*int64(os.Getpagesize())]
	}
	for name, p := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := fileOf(t, p)
			j, err := Open(path)
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("Open: %v, %v", j, err)
			}
			if !bytes.Equal(bytesOf(t, path), p) {
				t.Error("Open changed the damaged file")
			}
			aside, err := SetAside(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(bytesOf(t, aside), p) {
				t.Error("the file set aside is another")
			}
			commit(t, openJournal(t, path), entryOf(1)) // and nothing of the old one holds the lock
		})
	}
}

// usedSize is how much of the file holds pages; what follows is room to grow.
func usedSize(t testing.TB, j *Journal) int64 {
	t.Helper()
	var n int64
	if err := j.view(func(tx *bolt.Tx) error { n = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRandomDamage overwrites parts of a good file. Whatever bbolt makes of it, the process lives on, and what is read
// without an error was once written.
func TestRandomDamage(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	b := &Batch{}
	for id := uint64(1); id <= 2000; id++ {
		e := entryOf(id)
		b.Put, b.Parts, b.Outbox = append(b.Put, e.Put...), append(b.Parts, e.Parts...), append(b.Outbox, e.Outbox...)
	}
	commit(t, j, b)
	commit(t, j, &Batch{Delete: []uint64{5, 700, 701}})
	good := bytesOf(t, path)[:usedSize(t, j)]
	dir := t.TempDir()
	const seeds = 100
	var opened, loaded, whole int
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 7))
		p := bytes.Clone(good)
		for range 1 + r.IntN(4) {
			at, n := r.IntN(len(p)), 1+r.IntN(64)
			if r.IntN(3) == 0 {
				at, n = at&^4095, 4096
			}
			for i := at; i < min(at+n, len(p)); i++ {
				p[i] = byte(r.Uint32())
			}
		}
		path := filepath.Join(dir, fmt.Sprint(seed))
		if err := os.WriteFile(path, p, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := Open(path)
		if err != nil {
			continue
		}
		opened++
		err = j.Load(func(rec Record) error {
			if rec.ID == 0 || rec.ID > 2000 || rec.Name != entryOf(rec.ID).Put[0].Name {
				t.Errorf("seed %d: entry %d was never written as %+v", seed, rec.ID, rec)
			}
			loaded++
			return nil
		})
		if err == nil {
			whole++
		}
		// Neither may these end the process; what they answer depends on the place of the damage.
		_, outboxErr := j.Outbox()
		commitErr := j.Commit(entryOf(3000))
		t.Logf("seed %d: load: %.60v, outbox: %.60v, commit: %.60v, close: %.60v", seed, err, outboxErr, commitErr,
			j.Close())
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // it may have been set aside
			t.Fatal(err)
		}
	}
	if opened == 0 || loaded == 0 || whole == seeds {
		t.Errorf("%d opened, %d without damage, %d records", opened, whole, loaded)
	}
}

// TestZeroPages clears one page after the other, as a disk does that has lost it. A journal is never taken for a new
// one then: it is whole, or says what is wrong, and who is refused by Open has the file as it was.
func TestZeroPages(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	const entries = 300
	for id := uint64(1); id <= entries; id++ {
		commit(t, j, entryOf(id))
	}
	good := bytesOf(t, path)[:usedSize(t, j)]
	page := os.Getpagesize()
	damaged := 0
	for at := 0; at < len(good); at += page {
		p := bytes.Clone(good)
		clear(p[at : at+page])
		path := fileOf(t, p)
		j, err := Open(path)
		if err != nil {
			damaged++
			if !errors.Is(err, ErrDamaged) || !bytes.Equal(bytesOf(t, path), p) {
				t.Errorf("page %d: %v, and the file is another", at/page, err)
			}
			continue
		}
		found := 0
		err = j.Load(func(Record) error { found++; return nil })
		// without the newer of the first two pages the last commit is lost
		if err == nil && found != entries && at > page {
			t.Errorf("page %d: %d entries of %d, and all is well", at/page, found, entries)
		}
		if err := j.Close(); err != nil || !bytes.Equal(bytesOf(t, path), p) {
			t.Errorf("page %d: closed with %v, and the file is another", at/page, err)
		}
	}
	if damaged == 0 {
		t.Error("no page is needed to open it")
	}
}

// TestDamageThatACommitFinds damages a file where only a commit meets it. The journal is set aside then when it is
// closed, or who starts again would meet it for ever.
func TestDamageThatACommitFinds(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	for id := uint64(1); id <= 30; id++ {
		commit(t, j, entryOf(id))
	}
	good := bytesOf(t, path)[:usedSize(t, j)]
	page, found := os.Getpagesize(), 0
	for at := 2 * page; at < len(good); at += page {
		p := bytes.Clone(good)
		for i := range 16 { // its header: number, kind, count
			p[at+i] ^= 0x55
		}
		path := fileOf(t, p)
		j, err := Open(path)
		if err != nil {
			continue
		}
		_, metaErr := j.Meta()
		if err := errors.Join(metaErr, j.Load(func(Record) error { return nil })); err != nil {
			_ = j.Close() // it is damaged
			continue
		}
		err = j.Commit(&Batch{Put: []Record{fullRecord(t, 5)}, Outbox: []Pending{{N: 1000, Line: []byte("x")}},
			Abort: []Abort{{N: 1000, UploadID: "u"}}})
		if !errors.Is(err, ErrDamaged) {
			if err := j.Close(); err != nil {
				t.Errorf("page %d: closed with %v", at/page, err)
			}
			continue
		}
		found++
		if err := j.Close(); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path+".damaged-") {
			t.Errorf("page %d: closed with %v", at/page, err)
		}
		commit(t, openJournal(t, path), entryOf(1))
	}
	if found == 0 {
		t.Error("no damage was found by a commit")
	}
}

func TestBadRecordCostsOnlyItself(t *testing.T) {
	t.Parallel()
	j := openJournal(t, newPath(t))
	b := &Batch{}
	for id := uint64(1); id <= 10; id++ {
		b.Put = append(b.Put, fullRecord(t, id))
		b.Parts = append(b.Parts, PartOf{id, transfer.Part{Number: 1}}, PartOf{id, transfer.Part{Number: 2}})
		b.Abort = append(b.Abort, Abort{N: id, UploadID: "u"})
	}
	commit(t, j, b)
	spoil := func(bucket, key []byte, how func(v []byte) []byte) {
		t.Helper()
		err := j.db.Update(func(tx *bolt.Tx) error {
			b := tx.Bucket(bucket)
			return b.Put(key, how(bytes.Clone(b.Get(key))))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	flip := func(v []byte) []byte { v[len(v)/2] ^= 0x10; return v }
	spoil(bucketEntries, number(2), flip)
	spoil(bucketEntries, number(4), func([]byte) []byte { return nil })
	spoil(bucketEntries, number(6), func(v []byte) []byte { return v[:len(v)-1] })
	spoil(bucketEntries, number(8), func([]byte) []byte { // the value of another key
		var a arena
		return (&Record{Name: "x"}).encode(&a, number(9))
	})
	spoil(bucketEntries, number(10), func([]byte) []byte { // a frame of the future
		a := arena{buf: []byte{codecVersion + 1}}
		return a.end(number(10))
	})
	spoil(bucketParts, partKey(1, 1), flip)
	spoil(bucketAborts, number(3), flip)

	var got []uint64
	err := j.Load(func(r Record) error { got = append(got, r.ID); return nil })
	if fmt.Sprint(got) != "[1 3 5 7 9]" {
		t.Errorf("loaded %v", got)
	}
	var bad *BadRecords
	if !errors.As(err, &bad) {
		t.Fatalf("Load: %v", err)
	}
	var ids []uint64
	for _, r := range bad.Records {
		ids = append(ids, r.ID)
	}
	if fmt.Sprint(ids) != "[2 4 6 8 10]" || !errors.Is(err, errChecksum) || !errors.Is(err, errShort) {
		t.Errorf("bad are %v: %v", ids, err)
	}
	if p, err := j.Parts(1); err != nil || len(p) != 1 || p[0].Number != 2 {
		t.Errorf("parts: %v, %v", p, err)
	}
	aborts, err := j.Aborts()
	if err != nil || len(aborts) != 10 || aborts[2] != (Abort{N: 3}) || aborts[3] != b.Abort[3] {
		t.Errorf("aborts: %v, %v", aborts, err)
	}
	// A record that cannot be read can be replaced and deleted.
	commit(t, j, &Batch{Put: []Record{{ID: 2}}, Delete: []uint64{4, 6, 8, 10}})
	if err := j.Load(func(Record) error { return nil }); err != nil {
		t.Errorf("after the repair: %v", err)
	}
}

func TestNewerLayout(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	err := j.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put(metaFormat, []byte{layoutLast + 1}) })
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if j, err := Open(path); !errors.Is(err, ErrNewer) || errors.Is(err, ErrDamaged) {
		t.Errorf("Open: %v, %v", j, err)
	}
}

func TestForeignBboltFile(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if j, err := Open(path); !errors.Is(err, ErrDamaged) {
		t.Errorf("Open: %v, %v", j, err)
	}
}

func TestOpenErrorsThatAreNoDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "missing", "journal")} {
		if j, err := Open(path); err == nil || errors.Is(err, ErrDamaged) {
			t.Errorf("Open(%s): %v, %v", path, j, err)
		}
	}
}

func TestSetAside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "journal")
	if _, err := SetAside(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
	names := map[string]bool{}
	for n := range 50 { // faster than the clock's milliseconds
		if err := os.WriteFile(path, []byte{byte(n)}, 0o600); err != nil {
			t.Fatal(err)
		}
		name, err := SetAside(path)
		if err != nil {
			t.Fatal(err)
		}
		stamp, ok := strings.CutPrefix(name, path+".damaged-")
		if !ok || names[name] {
			t.Fatalf("set aside as %s", name)
		}
		stamp, _, _ = strings.Cut(stamp, "-")
		at, err := time.Parse("20060102T150405.000Z", stamp)
		if err != nil || time.Since(at) > time.Hour || time.Since(at) < -time.Hour {
			t.Errorf("time in %s: %v, %v", name, at, err)
		}
		if got := bytesOf(t, name); !bytes.Equal(got, []byte{byte(n)}) {
			t.Errorf("%s holds %v, want %d", name, got, n)
		}
		names[name] = true
	}
}
