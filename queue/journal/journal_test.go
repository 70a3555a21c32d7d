package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/transfer"
)

func openJournal(t testing.TB, path string) *Journal {
	t.Helper()
	j, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), "journal") }

func commit(t testing.TB, j *Journal, b *Batch) {
	t.Helper()
	if err := j.Commit(b); err != nil {
		t.Fatal(err)
	}
}

// state is everything that a journal holds.
type state struct {
	Records []Record
	Parts   map[uint64][]transfer.Part
	Aborts  []Abort
	Outbox  []Pending
	Meta    Meta
}

func read(t testing.TB, j *Journal) state {
	t.Helper()
	s, err := tryRead(j)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func tryRead(j *Journal) (s state, err error) {
	s.Parts = make(map[uint64][]transfer.Part)
	err = j.Load(func(r Record) error {
		s.Records = append(s.Records, r)
		return nil
	})
	if err != nil {
		return s, err
	}
	for _, r := range s.Records {
		p, err := j.Parts(r.ID)
		if err != nil {
			return s, err
		}
		if p != nil {
			s.Parts[r.ID] = p
		}
	}
	if s.Aborts, err = j.Aborts(); err != nil {
		return s, err
	}
	if s.Outbox, err = j.Outbox(); err != nil {
		return s, err
	}
	s.Meta, err = j.Meta()
	return s, err
}

func wantState(t testing.TB, got, want state) {
	t.Helper()
	if want.Parts == nil {
		want.Parts = map[uint64][]transfer.Part{}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("state (-want +got):\n%s", d)
	}
}

// fullRecord has another value in each field, none of them zero.
func fullRecord(t testing.TB, id uint64) Record {
	t.Helper()
	var r Record
	v := reflect.ValueOf(&r).Elem()
	for i := range v.NumField() {
		n := int64(id)*100 + int64(i)
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(fmt.Sprintf("%s %d", v.Type().Field(i).Name, n))
		case reflect.Int64:
			f.SetInt(-n)
		case reflect.Uint64, reflect.Uint32:
			f.SetUint(uint64(n))
		case reflect.Uint8:
			f.SetUint(uint64(n%255 + 1))
		case reflect.Bool:
			f.SetBool(true)
		default:
			t.Fatalf("no value for %s", v.Type().Field(i).Name)
		}
	}
	r.ID = id
	return r
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	large := Record{ID: 3, Size: 1<<63 - 1, ModTime: -1 << 63, Order: 1<<64 - 1, CRC64: 1<<64 - 1, Gen: 1<<32 - 1,
		HasCRC: true}
	zeroCRC := Record{ID: 4, HasCRC: true}
	want := state{
		Records: []Record{fullRecord(t, 1), {ID: 2}, large, zeroCRC, fullRecord(t, 1<<63)},
		Parts: map[uint64][]transfer.Part{
			2: {{Number: 1, Size: 8 << 20, CRC64: 1<<64 - 1, ETag: `"A"`}, {Number: 2}, {Number: 256, ETag: "x"},
				{Number: 10000}},
			1 << 63: {{Number: 1<<31 - 1, Size: 1}},
		},
		Aborts: []Abort{{N: 1, Bucket: "b", Key: "k\xff", UploadID: "u", Told: true, Given: true, Left: true},
			{N: 300}},
		Outbox: []Pending{{N: 5, Line: []byte("five\x00")}, {N: 6, Line: []byte{}},
			{N: 1000, Line: []byte("thousand")}},
		Meta: Meta{NextID: 77, NextOrder: 78, QueueState: "running"},
	}
	b := &Batch{NextID: 77, NextOrder: 78, QueueState: "running"}
	// Given in another order than it is read.
	for i := len(want.Records) - 1; i >= 0; i-- {
		b.Put = append(b.Put, want.Records[i])
	}
	for id, parts := range want.Parts {
		for i := len(parts) - 1; i >= 0; i-- {
			b.Parts = append(b.Parts, PartOf{ID: id, Part: parts[i]})
		}
	}
	b.Abort = []Abort{want.Aborts[1], want.Aborts[0]}
	b.Outbox = []Pending{want.Outbox[2], want.Outbox[0], want.Outbox[1]}
	commit(t, j, b)
	wantState(t, read(t, j), want)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	want.Meta.Clean = true
	wantState(t, read(t, openJournal(t, path)), want)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
}

func TestNamesOfAnyBytes(t *testing.T) {
	t.Parallel()
	j := openJournal(t, newPath(t))
	names := []string{"bad\xff\xfe", "\xc3\x28", "two\nlines", "cr\r", "\x1b[2J", "\"quoted\"", `back\slash`, " ",
		"日本語.mp4",
		strings.Repeat("long/", 800), "cut\xe4\xb8"}
	for b := 1; b < 256; b++ {
		names = append(names, string([]byte{byte(b)}))
	}
	b := &Batch{}
	for i, name := range names {
		b.Put = append(b.Put, Record{ID: uint64(i + 1), Name: name, Key: name, Message: name})
	}
	commit(t, j, b)
	wantState(t, read(t, j), state{Records: b.Put})
}

func TestDeleteTakesParts(t *testing.T) {
	t.Parallel()
	j := openJournal(t, newPath(t))
	b := &Batch{}
	parts := make(map[uint64][]transfer.Part)
	for id := uint64(1); id <= 4; id++ {
		b.Put = append(b.Put, Record{ID: id})
		for n := 1; n <= 3000; n++ {
			p := transfer.Part{Number: n, Size: int64(id)}
			b.Parts = append(b.Parts, PartOf{id, p})
			parts[id] = append(parts[id], p)
		}
	}
	commit(t, j, b)
	fresh := transfer.Part{Number: 7, ETag: "new"}
	commit(t, j, &Batch{Delete: []uint64{2, 99}, DropParts: []uint64{3}, Parts: []PartOf{{3, fresh}}})
	wantState(t, read(t, j), state{
		Records: []Record{{ID: 1}, {ID: 3}, {ID: 4}},
		Parts:   map[uint64][]transfer.Part{1: parts[1], 3: {fresh}, 4: parts[4]},
	})
	// The deleted entry's parts are gone, not only out of sight.
	if p, err := j.Parts(2); err != nil || p != nil {
		t.Errorf("parts of a deleted entry: %v, %v", p, err)
	}
	// What one batch puts and deletes is gone.
	commit(t, j, &Batch{Put: []Record{{ID: 5}}, Parts: []PartOf{{5, fresh}}, Delete: []uint64{5, 1}})
	wantState(t, read(t, j), state{
		Records: []Record{{ID: 3}, {ID: 4}},
		Parts:   map[uint64][]transfer.Part{3: {fresh}, 4: parts[4]},
	})
	if p, err := j.Parts(5); err != nil || p != nil {
		t.Errorf("parts of an entry that was put and deleted: %v, %v", p, err)
	}
}

func TestOutboxAndAborts(t *testing.T) {
	t.Parallel()
	j := openJournal(t, newPath(t))
	var want []Pending
	for n := uint64(1); n <= 600; n++ {
		p := Pending{N: n, Line: fmt.Appendf(nil, "line %d", n)}
		commit(t, j, &Batch{Outbox: []Pending{p}})
		want = append(want, p)
		if n%50 == 0 {
			commit(t, j, &Batch{Sent: n - 20})
			want = want[len(want)-20:]
		}
		if n%97 == 0 {
			wantState(t, read(t, j), state{Outbox: want})
		}
	}
	commit(t, j, &Batch{Sent: 1 << 40})
	wantState(t, read(t, j), state{})
	commit(t, j, &Batch{Abort: []Abort{{N: 1, UploadID: "a"}, {N: 2, UploadID: "b"}, {N: 3, UploadID: "c"}}})
	commit(t, j, &Batch{Aborted: []uint64{2, 50}})
	wantState(t, read(t, j), state{Aborts: []Abort{{N: 1, UploadID: "a"}, {N: 3, UploadID: "c"}}})
}

func TestCleanMark(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	clean := func(j *Journal) bool {
		t.Helper()
		m, err := j.Meta()
		if err != nil {
			t.Fatal(err)
		}
		return m.Clean
	}
	j := openJournal(t, path)
	if clean(j) {
		t.Error("a new journal is clean")
	}
	commit(t, j, &Batch{NextID: 1})
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = openJournal(t, path)
	if !clean(j) {
		t.Error("not clean after Close")
	}
	commit(t, j, &Batch{})
	if !clean(j) {
		t.Error("an empty batch took the mark away")
	}
	killed := copyOf(t, path)
	if k := openJournal(t, killed); !clean(k) {
		t.Error("not clean although nothing was committed since")
	}
	commit(t, j, &Batch{NextID: 2})
	if clean(j) {
		t.Error("clean after a commit")
	}
	killed = copyOf(t, path)
	before := bytesOf(t, killed)
	for range 2 { // the first one only looks
		k := openJournal(t, killed)
		if clean(k) {
			t.Error("clean after a kill")
		}
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(bytesOf(t, killed), before) {
		t.Error("who only looked has changed the file")
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if j = openJournal(t, path); !clean(j) {
		t.Error("not clean after the second Close")
	}
}

func TestRefusedBatches(t *testing.T) {
	t.Parallel()
	j := openJournal(t, newPath(t))
	for name, b := range map[string]*Batch{
		"no id":         {Put: []Record{{ID: 1}, {Name: "x"}}},
		"part 0":        {Put: []Record{{ID: 1}}, Parts: []PartOf{{1, transfer.Part{}}}},
		"negative part": {Put: []Record{{ID: 1}}, Parts: []PartOf{{1, transfer.Part{Number: -1}}}},
	} {
		if err := j.Commit(b); err == nil {
			t.Errorf("%s: committed", name)
		}
	}
	if err := j.Commit(nil); err != nil {
		t.Errorf("no batch: %v", err)
	}
	wantState(t, read(t, j), state{})
	commit(t, j, &Batch{Put: []Record{{ID: 1}}}) // and goes on
}

func TestConcurrentCommits(t *testing.T) {
	t.Parallel()
	j := openJournal(t, newPath(t))
	const writers, each = 8, 25
	var work sync.WaitGroup
	for w := range writers {
		work.Go(func() {
			for i := range each {
				id := uint64(w*each + i + 1)
				b := &Batch{Put: []Record{{ID: id, Name: fmt.Sprint("n", id)}},
					Parts:  []PartOf{{id, transfer.Part{Number: 1}}},
					Outbox: []Pending{{N: id}}}
				if err := j.Commit(b); err != nil {
					t.Error(err)
				}
				if p, err := j.Parts(id); err != nil || len(p) != 1 {
					t.Errorf("entry %d: parts %v, %v", id, p, err)
				}
			}
		})
	}
	work.Go(func() {
		for range 50 {
			if _, err := tryRead(j); err != nil {
				t.Error(err)
			}
		}
	})
	work.Wait()
	s := read(t, j)
	if len(s.Records) != writers*each || len(s.Outbox) != writers*each || len(s.Parts) != writers*each {
		t.Errorf("%d records, %d events, parts of %d", len(s.Records), len(s.Outbox), len(s.Parts))
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	j := openJournal(t, newPath(t))
	b := &Batch{}
	for id := uint64(1); id <= 3*loadChunk; id++ {
		b.Put = append(b.Put, Record{ID: id, State: "ready"})
	}
	commit(t, j, b)
	// fn may commit; what is deleted behind it or ahead of it does no harm.
	next := uint64(1)
	err := j.Load(func(r Record) error {
		if r.ID != next {
			t.Fatalf("got entry %d, want %d", r.ID, next)
		}
		next++
		if r.ID == loadChunk/2 || r.ID == 2*loadChunk {
			return j.Commit(&Batch{Delete: []uint64{r.ID}, NextID: r.ID})
		}
		return nil
	})
	if err != nil || next != 3*loadChunk+1 {
		t.Errorf("ended before entry %d: %v", next, err)
	}
	stop := errors.New("enough")
	if err := j.Load(func(Record) error { return stop }); err != stop {
		t.Errorf("fn's error came back as %v", err)
	}
}

func TestAfterClose(t *testing.T) {
	t.Parallel()
	j := openJournal(t, newPath(t))
	for range 2 {
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Commit(&Batch{NextID: 1}); !errors.Is(err, ErrClosed) {
		t.Errorf("Commit: %v", err)
	}
	if err := j.Load(func(Record) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("Load: %v", err)
	}
	if _, err := j.Meta(); !errors.Is(err, ErrClosed) {
		t.Errorf("Meta: %v", err)
	}
}

func TestLocked(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	if other, err := Open(path); !errors.Is(err, ErrLocked) {
		t.Fatalf("second Open: %v, %v", other, err)
	}
	commit(t, j, &Batch{NextID: 9})
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	m, err := openJournal(t, path).Meta()
	if err != nil || m.NextID != 9 {
		t.Errorf("after the lock was gone: %+v, %v", m, err)
	}
}

// copyOf copies the file as a kill would leave it: without Close.
func copyOf(t testing.TB, path string) string {
	t.Helper()
	p, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := newPath(t)
	if err := os.WriteFile(to, p, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}
