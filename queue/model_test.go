package queue

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/transfer"
)

var (
	modelSeed = flag.Uint64("model.seed", 0, "tell only this one of TestModel's stories")
	modelTime = flag.Duration("model.time", 0, "how long TestModel tells stories, others each time; 0: the same few")
)

const (
	modelSteps = 60
	modelFew   = 40 // stories that are told where nobody asks for others
)

// TestModel does what comes to the dice's mind, through the doors that filesystem and control use, with an uploader
// that fails, kills and restarts in between, and looks whether the books add up all the time. In the end it lets
// everything go well: then all that was ever closed must have become an object, as it was written. Time passes as fast
// as it can.
//
// Without flags the same few stories are told, so that a landing is no matter of luck. To look for trouble for an hour,
// with others each time, or at what one has found (more than once, because goroutines do not follow the dice):
//
//	go test ./queue -run 'TestModel$' -v -model.time 1h -timeout 0
//	go test ./queue -run 'TestModel$' -model.seed SEED -count 10
func TestModel(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	first, end, most := uint64(time.Now().UnixNano()), time.Now().Add(*modelTime), uint64(math.MaxUint64)
	switch {
	case *modelSeed != 0:
		first, most = *modelSeed, 1
	case *modelTime == 0:
		first, most = 1, modelFew
	}
	stories := uint64(0)
	for stories < most && (most != math.MaxUint64 || stories == 0 || time.Now().Before(end)) {
		seed := first + stories
		stories++
		synctest.Test(t, func(t *testing.T) { modelStory(t, seed) })
	}
	t.Logf("%d stories from seed %d on", stories, first)
}

// modelDir is a new directory for a story: in memory, where there is such, because nothing here is about the disk, and
// syncs take most of the time.
func modelDir(t *testing.T) string {
	t.Helper()
	if info, err := os.Stat("/dev/shm"); err != nil || !info.IsDir() {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "inboxfs-model-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func modelStory(t *testing.T, seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 0))
	m := &model{dice: dice, want: make(map[string]string), offList: make(map[string]string),
		released: make(map[transfer.ID]bool), doubted: make(map[transfer.ID]bool),
		halves: make(map[transfer.ID]bool), vacant: make(map[string]bool),
		makers: make(map[string]Who), bucket: &bucket{dice: rand.New(rand.NewPCG(seed, 1)), server: newServer(),
			late: make(map[string]int)}}
	m.keep, m.owned, m.far = dice.IntN(4) == 0, dice.IntN(2) == 0 && os.Geteuid() == 0, modelDir(t)
	m.start(t, modelDir(t))
	defer func() {
		if t.Failed() {
			t.Logf("told again by go test ./queue -run 'TestModel$' -model.seed %d -count 10; what was done:\n%s", seed,
				strings.Join(m.said, "\n"))
			if tail, err := m.log.Tail(10_000); err == nil {
				t.Logf("what was told:\n%s", tail)
			}
		}
	}()
	for range modelSteps {
		m.step()
		time.Sleep(time.Duration(dice.IntN(30)) * time.Millisecond)
		if dice.IntN(8) == 0 {
			time.Sleep(time.Minute)
		}
		m.check()
		if t.Failed() {
			return
		}
	}
	m.end()
}

// start opens a queue in dir. What the one before was told to keep stays, whatever this one is told.
func (m *model) start(t *testing.T, dir string) {
	if m.dice.IntN(6) == 0 {
		m.keep = !m.keep
		m.say("uploaded files are kept: %v", m.keep)
	}
	m.kept = m.kept || m.keep
	files := 1 + m.dice.IntN(3)
	m.configure()
	m.journal = &heldJournal{slow: m.bucket.disk}
	m.bucket.mu.Lock()
	m.bucket.reported = func(key string, crc uint64, made time.Time) bool { return reported(t, dir, key, crc, made) }
	m.bucket.mu.Unlock()
	m.rig = openRig(t, dir, func(o *Options) {
		o.Files, o.Uploader, o.Settle, o.Start, o.Keep = files, m.bucket, 50*time.Millisecond, m.dice.IntN(4) > 0,
			m.keep
		o.Owned = m.owned
		o.Stream = m.dice.IntN(2) == 0
		m.journal.Journal, o.Journal = o.Journal, m.journal
	})
	m.showFolders()
	m.mu.Lock()
	m.sealer.Sync = m.bucket.slowSync
	m.mu.Unlock()
	if m.dice.IntN(2) == 0 { // what is below a folder follows bit by bit, as if there were much of it
		m.crowd()
	}
	synctest.Wait()
	for _, name := range m.stay {
		if _, err := os.Lstat(m.path(name)); err != nil {
			t.Errorf("a copy is gone that was to be kept: %v", err)
		}
	}
	m.stay = nil
}

// noteKept notes which uploaded files are there and are kept, as the daemon is about to end.
func (m *model) noteKept() {
	for _, name := range modelNames {
		if i, ok := m.Status(name); m.keep && ok && i.State == list.Success && m.stat(name) != nil {
			m.stay = append(m.stay, name)
		}
	}
}

// check looks at the books.
func (m *model) check() {
	m.t.Helper()
	synctest.Wait()
	for _, wrong := range m.inconsistent() {
		m.t.Errorf("after %q: %s", m.said[len(m.said)-1], wrong)
	}
	m.lasting()
	m.checkStrangers()
	m.bucket.mu.Lock()
	defer m.bucket.mu.Unlock()
	for _, wrong := range m.bucket.wrong {
		m.t.Error(wrong)
	}
}

// step does one thing.
func (m *model) step() {
	steps := []struct {
		weight int
		do     func()
	}{{12, m.openOne}, {10, m.writeOne}, {14, m.closeOne}, {5, m.renameOne}, {2, m.removeOne}, {2, m.linkOne},
		{2, m.exchangeOne},
		{3, m.symlinkOne}, {1, m.addOne}, {2, m.renameFolder}, {4, m.takeOver}, {2, m.touchOne}, {2, m.pastAny},
		{4, m.crossOne}, {3, m.lateOne},
		{3, m.closePast}, {2, m.disguiseFar}, {4, m.pieceOne}, {8, m.verbQueue}, {10, m.verbFile}, {1, m.restart},
		{1, m.kill}, {1, m.fillDisk}}
	sum := 0
	for _, s := range steps {
		sum += s.weight
	}
	n := m.dice.IntN(sum)
	for _, s := range steps {
		if n -= s.weight; n < 0 {
			s.do()
			return
		}
	}
}

func (m *model) verbQueue() {
	ctx := m.t.Context()
	var err error
	switch n := m.dice.IntN(14); {
	case n < 8:
		v := []Verb{Start, Start, Stop, Pause, Resume, Resume, Start, Resume}[n]
		m.say("%v", v)
		err = m.Do(ctx, v)
	case n < 10:
		m.say("renewed")
		m.Renewed()
	case n == 10:
		m.say("flush all")
		m.FlushAll()
	case n == 11:
		m.say("retry all")
		_, err = m.RetryAll(ctx)
	case n == 12:
		m.say("clear finished")
		_, err = m.ClearFinished(ctx)
	case m.dice.IntN(4) == 0:
		m.say("clear")
		_, err = m.Clear(ctx)
		m.forgetGone()
	}
	m.refused(err)
}

// refused looks at what a verb said: refusals are fine, and so is a full disk while it is one.
func (m *model) refused(err error) {
	for _, fine := range []error{nil, transfer.ErrBusy, transfer.ErrInvalid, transfer.ErrKeyExpired,
		transfer.ErrNoEntry, errFull} {
		if errors.Is(err, fine) {
			return
		}
	}
	m.t.Errorf("it says %v", err)
}

func (m *model) verbFile() {
	listed := m.List()
	if len(listed) == 0 {
		return
	}
	row := listed[m.dice.IntN(len(listed))]
	v := []Verb{Cancel, Restore, Restore, Retry, Retry, Release, Flush, Delete}[m.dice.IntN(8)]
	m.say("%v #%d %s, which is %v", v, row.ID, row.Name, row.State)
	if v == Release && row.State == list.Held {
		m.folders.mayBeFile(row.Name)
		if m.stat(row.Name) != nil {
			m.trust(row.Name)
		}
	}
	// of a failed one, too, the answer may be lost
	if newest, _ := m.Status(row.Name); v == Delete && newest.ID == row.ID {
		m.offList[row.Name] = m.want[row.Name]
	}
	err := m.DoFile(m.t.Context(), v, row.ID)
	if v == Release && row.State == list.Held && err == nil {
		m.released[row.ID] = true
	}
	m.refused(err)
	m.forgetGone()
	if m.released[row.ID] && m.dice.IntN(4) == 0 { // before it is sealed
		m.kill()
	}
}

// toldReleased is those that wait for their upload because somebody released them, who was told so.
func (m *model) toldReleased() (ids []transfer.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range m.released {
		if e := m.list.Get(id); e != nil && e.trusted && e.State == list.Receiving && e.writers == 0 &&
			e.fault() == "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// checkReleased looks whether they wait still.
func (m *model) checkReleased(ids []transfer.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		if e := m.list.Get(id); e != nil && e.trusted && e.fault() != "" {
			m.t.Errorf("#%d %s was released, and is to be held again because %q", id, e.name(), e.fault())
		}
	}
}

// trust says that a content is fine as it is, whoever wrote it; but for what the link of another user leads to.
func (m *model) trust(name string) {
	if m.maker(name) == Stranger {
		delete(m.want, name)
		return
	}
	content := m.read(name)
	m.bucket.finished(content)
	m.want[name] = content
}

// forgetGone wants nothing more of files that are gone: they arrived, or were deleted.
func (m *model) forgetGone() {
	for name, content := range m.want {
		if m.stat(name) == nil && !m.arrived(name, content) {
			delete(m.want, name)
		}
	}
}

func (m *model) fillDisk() {
	m.say("the disk is full")
	m.journal.fail(errFull, m.dice.IntN(2))
	defer func() {
		m.say("the disk has room")
		m.journal.fail(nil, 0)
		time.Sleep(2 * time.Minute)
	}()
	for range m.dice.IntN(6) {
		time.Sleep(time.Duration(m.dice.IntN(3000)) * time.Millisecond)
		[]func(){m.openOne, m.writeOne, m.closeOne, m.renameOne, m.verbFile, m.verbQueue, m.touchOne}[m.dice.IntN(7)]()
		m.lasting()
	}
}

// checkStrangers looks whether a link of another user is followed. What has yet to follow its folder may look as it
// did, and what was uploaded before stays so. What another's own link leads to is never uploaded: see private.
func (m *model) checkStrangers() {
	for name := range m.makers {
		info, ok := m.Status(name)
		if !ok || m.maker(name) != Stranger || info.State != list.Ready && info.State != list.Uploading {
			continue
		}
		m.mu.Lock()
		unmoved := m.unmovedLocked(m.list.Get(info.ID))
		m.mu.Unlock()
		if !unmoved {
			m.t.Errorf("after %q: %s is %v, though it is another user's link", m.said[len(m.said)-1], name, info.State)
		}
	}
}

// strangers deletes a link that is held for who made it, or because nobody knows who did. The owner's own are none of
// these.
func (m *model) strangers(row list.Row) {
	info, ok := m.Status(row.Name)
	who := m.maker(row.Name)
	if !ok || info.ID != row.ID || info.State != list.Held || info.Error != codeLink {
		return
	}
	if who == Owner || who == Unknown && m.owned && !m.lchowned(row.Name) {
		m.t.Errorf("%s is held, though it is %v: %s", row.Name, who, info.Message)
	}
	m.refused(m.DoFile(m.t.Context(), Delete, row.ID))
	m.forgetGone()
}

// end lets everything go well, and looks at what came of it.
func (m *model) end() {
	for len(m.open) > 0 {
		m.closeOne()
	}
	m.closePast()
	m.say("from here on all goes well")
	if m.kept {
		m.restart() // which is when copies that are kept are looked at
	}
	m.remove("a.part") // a waits for that
	m.bucket.mu.Lock()
	m.bucket.kind = true
	m.bucket.mu.Unlock()
	for range 4 {
		m.Renewed()
		m.refused(m.Do(m.t.Context(), Resume))
		m.refused(m.Do(m.t.Context(), Start))
		for _, row := range m.List() {
			switch row.State {
			case list.Held:
				m.trust(row.Name)
				m.folders.mayBeFile(row.Name)
				m.refused(m.DoFile(m.t.Context(), Release, row.ID))
				m.strangers(row)
			case list.Canceled:
				m.refused(m.DoFile(m.t.Context(), Restore, row.ID))
			case list.Failure:
				m.refused(m.DoFile(m.t.Context(), Retry, row.ID))
			}
		}
		time.Sleep(5 * time.Minute)
		m.check()
	}
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Hour)
	defer cancel()
	if err := m.WaitAll(ctx); err != nil {
		m.t.Errorf("in the end something is left: %v", err)
	}
	replaced := m.checkObjects()
	m.bucket.mu.Lock()
	defer m.bucket.mu.Unlock()
	if len(m.bucket.uploads) > 0 {
		m.t.Errorf("multipart uploads are left on the server: %v", m.bucket.uploads)
	}
	if m.kept {
		return
	}
	err := filepath.WalkDir(m.path(""), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && m.o.Names.Class(m.nameOf(path)) == names.Final && !replaced[m.nameOf(path)] {
			err = fmt.Errorf("%s is still in the spool", m.nameOf(path))
		}
		return err
	})
	if err != nil {
		m.t.Error(err)
	}
}
