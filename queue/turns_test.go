package queue

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/seal"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// slowDisk brings files to stable storage when the test says so.
type slowDisk struct {
	mu   sync.Mutex
	slow map[string]chan error // by path; a sync ends with what comes
	over chan struct{}
}

// newSlowRig is a queue with nothing but turns to see: it is stopped.
func newSlowRig(t *testing.T, set ...func(*Options)) (*rig, *slowDisk) {
	r := newRig(t, append([]func(*Options){func(o *Options) { o.Start = false }}, set...)...)
	d := &slowDisk{slow: make(map[string]chan error), over: make(chan struct{})}
	t.Cleanup(func() { close(d.over) }) // before the rig ends
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sealer.Sync = func(path string, look func(io.ReaderAt, fs.FileInfo)) (fs.FileInfo, error) {
		d.mu.Lock()
		end := d.slow[path]
		d.mu.Unlock()
		if end != nil {
			select {
			case err := <-end:
				if err != nil {
					return nil, err
				}
			case <-d.over:
			}
		}
		return spool.Sync(path, look)
	}
	return r, d
}

// hang makes syncs of a file take until it is told how they end.
func (d *slowDisk) hang(path string) (end chan<- error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := make(chan error)
	d.slow[path] = c
	return c
}

// dropLarge is drop for a file that counts as large.
func (r *rig) dropLarge(name string) transfer.ID {
	r.t.Helper()
	id := r.Open(name, true)
	r.write(name, "")
	if err := os.Truncate(r.path(name), seal.LargeSize); err != nil {
		r.t.Fatal(err)
	}
	info, err := os.Stat(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	return id
}

// order is the names of the entries that were added, in order of addition.
func (r *rig) order() (names []string) {
	for _, row := range r.List() {
		if row.State == list.Ready {
			names = append(names, row.Name)
		}
	}
	return names
}

// TestAddedInOrder drops files of which the first ones take long to sync, small and large.
func TestAddedInOrder(t *testing.T) {
	t.Parallel()
	for _, end := range []error{nil, errors.New("input/output error")} {
		t.Run(fmt.Sprint(end), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, disk := newSlowRig(t)
				large, small := disk.hang(r.path("1-large")), disk.hang(r.path("4-small"))
				r.dropLarge("1-large")
				for _, name := range []string{"3", "2"} {
					r.drop(name, name)
					time.Sleep(time.Second)
				}
				for _, name := range []string{"4-small", "6", "5"} {
					r.drop(name, name)
				}
				for _, step := range []struct {
					end  chan<- error
					want []string
				}{{large, nil}, {small, []string{"1-large", "3", "2"}},
					{nil, []string{"1-large", "3", "2", "4-small", "6", "5"}}} {
					time.Sleep(10 * time.Second)
					synctest.Wait()
					want := slices.DeleteFunc(step.want, func(name string) bool { return end != nil && len(name) > 1 })
					if got := r.order(); !slices.Equal(got, want) {
						t.Errorf("added: %q, want %q", got, want)
					}
					if step.end != nil {
						step.end <- end
					}
				}
				for name, failed := range map[string]bool{"1-large": end != nil, "4-small": end != nil, "5": false} {
					want := list.Ready
					if failed {
						want = list.Held
					}
					r.state(name, want)
				}
			})
		})
	}
}

// TestSyncThatHangs keeps those behind it only for a time, and is added last.
func TestSyncThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, disk := newSlowRig(t)
		var ends []chan<- error
		for i := range seal.LargeMost {
			name := fmt.Sprint("large", i)
			ends = append(ends, disk.hang(r.path(name)))
			r.dropLarge(name)
		}
		ends = append(ends, disk.hang(r.path("hangs")))
		r.drop("hangs", "content")
		r.drop("beside", "content")
		time.Sleep(time.Second)
		r.drop("behind", "content")
		time.Sleep(seal.TurnSync - 3*time.Second)
		if got := r.order(); got != nil {
			t.Errorf("added while they may yet come: %q", got)
		}
		time.Sleep(10 * time.Second)
		if got, want := r.order(), []string{"beside", "behind"}; !slices.Equal(got, want) {
			t.Errorf("added beside what hangs: %q", got)
		}
		r.drop("later", "content")
		time.Sleep(time.Second)
		r.state("later", list.Ready)
		for _, end := range slices.Backward(ends) {
			end <- nil
			time.Sleep(time.Second)
		}
		if got, want := r.order(), []string{"beside", "behind", "later", "hangs", "large3", "large2", "large1",
			"large0"}; !slices.Equal(got, want) {
			t.Errorf("in the end: %q", got)
		}
	})
}

// TestChangedWhileItsTurnComes takes the first one off the way: nobody waits for it.
func TestChangedWhileItsTurnComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, disk := newSlowRig(t)
		end := disk.hang(r.path("first"))
		id := r.dropLarge("first")
		r.drop("second", "content")
		time.Sleep(time.Second)
		if got := r.order(); got != nil {
			t.Errorf("added: %q", got)
		}
		if err := r.DoFile(t.Context(), Delete, id); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * turnLook)
		r.state("second", list.Ready)
		end <- nil
	})
}

// TestOrderStays when all settle at once, when their folder gets another name, and over a restart.
func TestOrderStays(t *testing.T) {
	t.Parallel()
	for what, do := range map[string]func(r *rig) *rig{
		"flush": func(r *rig) *rig { r.FlushAll(); return r },
		"rename": func(r *rig) *rig {
			r.rename("d", "e", 0)
			r.FlushAll()
			return r
		},
		"restart": func(r *rig) *rig {
			r.close()
			r = openRig(r.t, r.dir, func(o *Options) { o.Start, o.Settle = false, time.Hour })
			r.FlushAll()
			return r
		},
		"unknown": func(r *rig) *rig {
			dir := r.dir
			r.close()
			if err := os.Remove(dir + "/journal.db"); err != nil {
				r.t.Fatal(err)
			}
			r = openRig(r.t, dir, func(o *Options) { o.Start, o.Settle = false, time.Hour })
			r.FlushAll()
			return r
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *Options) { o.Start, o.Settle = false, time.Hour })
			var want []string
			var last time.Time
			for i := range 12 {
				name := fmt.Sprintf("d/%d/%d", 7*i%4, 5*i%12)
				for now := last; !now.After(last); { // clocks of files are coarse
					now = changed(r.write(name, name))
					time.Sleep(time.Millisecond)
				}
				last = changed(r.write(name, name))
				r.drop(name, name)
				want = append(want, name[1:])
			}
			r = do(r)
			r.until(func() bool { return len(r.order()) == len(want) }, func() string { return "not all are added" })
			got := r.order()
			for i := range got {
				got[i] = got[i][1:]
			}
			if !slices.Equal(got, want) {
				t.Errorf("added as\n%q, closed as\n%q", got, want)
			}
		})
	}
}
