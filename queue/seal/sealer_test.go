package seal

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/spool"
)

// drop is a drop of the tests.
type drop struct {
	Drop
	name   string
	unlike bool // it is not wanted any more
}

func (*drop) Look(io.ReaderAt, fs.FileInfo) {}

// rig is the owner of a Sealer: it lets the drops go whose turn has come.
type rig struct {
	*Sealer[*drop]
	mu    sync.Mutex
	turns Turns[*drop]
	added []string // names, with the error behind, if there is one
	slow  map[string]chan error
}

// newRig runs a Sealer over a folder of the test; with slow ones, which end when the test says so.
func newRig(t *testing.T, slow ...string) *rig {
	r := &rig{slow: make(map[string]chan error)}
	for _, name := range slow {
		r.slow[name] = make(chan error)
	}
	top, mounted, stop := t.TempDir(), make(chan struct{}), make(chan struct{})
	close(mounted)
	var running sync.WaitGroup
	wanted := func(d *drop) bool { return !d.unlike }
	follow := func(d *drop) { d.Err = r.wait(d.name) }
	r.Sealer = New(Options[*drop]{Top: top, Mounted: mounted, Visible: &r.mu, Now: time.Now, Wanted: wanted,
		Begin:  func(d *drop) { d.Path = filepath.Join(top, d.name) },
		Before: func() {}, Guard: func(*drop) error { return nil }, Follow: follow, Sure: func(*drop) {},
		Ended: func(_ <-chan struct{}, all ...*drop) {
			r.mu.Lock()
			defer r.mu.Unlock()
			for _, d := range all {
				if d.Synced(false) && wanted(d) {
					r.addLocked(d)
				}
			}
			r.lookLocked()
		}, Go: running.Go})
	r.Sync = func(path string, look func(io.ReaderAt, fs.FileInfo)) (fs.FileInfo, error) {
		if err := r.wait(filepath.Base(path)); err != nil {
			return nil, err
		}
		return spool.Sync(path, look)
	}
	running.Go(func() { r.Run(stop) })
	t.Cleanup(func() {
		close(stop)
		for _, end := range r.slow {
			close(end)
		}
		running.Wait()
	})
	return r
}

func (r *rig) wait(name string) error {
	if end := r.slow[name]; end != nil {
		return <-end
	}
	return nil
}

func (r *rig) addLocked(d *drop) {
	says := d.name
	if d.Err != nil {
		says += ": " + d.Err.Error()
	}
	r.added = append(r.added, says)
}

// lookLocked has those added whose turn it is.
func (r *rig) lookLocked() {
	for {
		d, turn := r.turns.Next(time.Now(), func(d *drop) bool { return !d.unlike })
		switch turn {
		case Nobody, Waits:
			return
		case Add:
			r.addLocked(d)
		}
	}
}

// settle hands over a drop of so many bytes.
func (r *rig) settle(t *testing.T, name string, size int64, foreign bool) *drop {
	t.Helper()
	if !foreign {
		if err := os.WriteFile(filepath.Join(r.o.Top, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := &drop{Drop: Of(size, foreign), name: name}
	r.mu.Lock()
	r.turns.Join(d, time.Now())
	r.Add(d)
	r.mu.Unlock()
	return d
}

// want fails the test unless exactly these are added after so long.
func (r *rig) want(t *testing.T, after time.Duration, want ...string) {
	t.Helper()
	time.Sleep(after)
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lookLocked()
	if !slices.Equal(r.added, want) {
		t.Errorf("added: %q\n want: %q", r.added, want)
	}
}

// TestOrder adds what is synced in the order in which it settled, however long each takes.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "large", "far", "bad")
		r.settle(t, "large", LargeSize, false)
		r.settle(t, "far", 1, true)
		r.settle(t, "a", 1, false)
		r.settle(t, "bad", 1, false)
		r.settle(t, "b", 1, false)
		r.want(t, time.Second)
		r.slow["bad"] <- errors.New("input/output error")
		r.slow["far"] <- nil
		r.want(t, time.Second)
		r.slow["large"] <- nil
		r.want(t, time.Second, "large", "far", "a", "bad: input/output error", "b")
	})
}

// TestHangs has what hangs keep the others for its time, and come last.
func TestHangs(t *testing.T) {
	for name, most := range map[string]time.Duration{"far": turnForeign, "small": TurnSync,
		"large": TurnSync + LargeSize/turnRate*time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, name)
				size := int64(1)
				if name == "large" {
					size = LargeSize
				}
				r.settle(t, name, size, name == "far")
				r.settle(t, "beside", 1, false)
				r.want(t, most-time.Second)
				r.want(t, 2*time.Second, "beside")
				r.settle(t, "later", 1, false)
				r.want(t, time.Second, "beside", "later")
				r.slow[name] <- nil
				r.want(t, time.Second, "beside", "later", name)
			})
		})
	}
}

// TestHangingFollows has many references that hang, and a file in the spool beside them.
func TestHangingFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var names []string
		for i := range 2 * foreignMost {
			names = append(names, "far"+strconv.Itoa(i))
		}
		r := newRig(t, names...)
		for _, name := range names {
			r.settle(t, name, 1, true)
		}
		r.settle(t, "near", 1, false)
		r.want(t, turnForeign+time.Second, "near")
	})
}

// TestUnlike drops what is not wanted any more, wherever it is.
func TestUnlike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "slow")
		before := r.settle(t, "before", 1, false)
		slow := r.settle(t, "slow", 1, false)
		r.settle(t, "behind", 1, false)
		r.mu.Lock()
		before.unlike = true
		r.mu.Unlock()
		r.want(t, time.Second)
		r.mu.Lock()
		slow.unlike = true
		r.mu.Unlock()
		r.want(t, 0)
		r.slow["slow"] <- nil
		r.want(t, time.Second, "behind")
	})
}

// TestBatches takes more than one batch holds.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var want []string
		for i := range 2*BatchMost + 1 {
			want = append(want, "f"+strconv.Itoa(i))
			r.settle(t, want[i], 1, false)
		}
		r.want(t, time.Minute, want...)
	})
}
