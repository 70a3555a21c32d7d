package abort

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
	"inboxfs/queue/transfer"
	"inboxfs/queue/wake"
)

// Order is one thing that is to go, as the journal has it.
type Order = journal.Abort

// IsMedia reports whether an order is to remove what VOD made, not only the parts that it was sent.
func IsMedia(o Order) bool { return o.UploadID == "" && o.VideoID != "" }

// IsLost reports whether nobody knows the id of the multipart upload, nor whether there is one.
func IsLost(o Order) bool { return o.UploadID == "" && o.VideoID == "" }

// Why an order is not carried out, though nothing failed.
var (
	ErrNeeded = errors.New("what was to be aborted is in use again")
	ErrStays  = errors.New("what was to be removed is of use still")
)

// Server is who carries orders out.
type Server interface {
	Abort(context.Context, transfer.Multipart) error
	Sweep(ctx context.Context, lost transfer.Lost, known func(id string) bool) (done bool, err error)
}

// Options is what Orders ask of their owner. The functions but the last three are called without the lock.
type Options struct {
	Server  Server
	Log     *slog.Logger
	Visible sync.Locker                    // guards the Orders
	Pause   func(failed int) time.Duration // before the next try, after so many in a row that failed

	Due    func(Order) error                          // ErrNeeded, ErrStays, or nil: it is to be carried out
	Used   func(videoID string) bool                  // reports whether files are, or were, sent to that video
	Sends  func(videoID string) bool                  // reports whether something is still to be sent to it
	Known  func(key, id string) bool                  // reports whether a file goes on with that multipart upload
	Stage  func(commit.Change)                        // hands a change to the journal; Visible is held
	Unused func(o Order, says string) *eventlog.Event // tells that what an order is about stays; Visible is held
	Left   func(o Order) *eventlog.Event              // tells that it stays as long as the configuration; likewise
}

// Orders are those that were not carried out yet. New makes them.
type Orders struct {
	o    Options
	last uint64 // number of the last order

	due   []Order
	lost  []Order
	kept  kept
	added wake.Bell // due has something
	gone  wake.Bell // lost has something
}

// New returns Orders on which Run is to be called.
func New(o Options) *Orders {
	return &Orders{o: o, added: wake.NewBell(), gone: wake.NewBell()}
}

// Number gives an order the next number, by which the journal knows it.
func (l *Orders) Number(o Order) Order {
	l.last++
	o.N = l.last
	return o
}

// Numbered notes that an order of an earlier life has its number.
func (l *Orders) Numbered(o Order) { l.last = max(l.last, o.N) }

// Add hands over orders that the journal has. It does not wait.
func (l *Orders) Add(all ...Order) {
	for _, o := range all {
		if IsLost(o) {
			l.lost = append(l.lost, o)
			l.gone.Ring()
		} else {
			l.due = append(l.due, o)
			l.added.Ring()
		}
	}
}

// Lost returns how many lost Initiates are still to be looked for.
func (l *Orders) Lost() int { return len(l.lost) }

// Run carries orders out until ctx ends. What is left then is in the journal.
func (l *Orders) Run(ctx context.Context) {
	var looking sync.WaitGroup
	looking.Go(func() { l.runLost(ctx) })
	l.runDue(ctx)
	looking.Wait()
}

// done takes an order out of the journal.
func (l *Orders) done(o Order) {
	l.o.Visible.Lock()
	defer l.o.Visible.Unlock()
	l.o.Stage(commit.Change{Batch: journal.Batch{Aborted: []uint64{o.N}}})
}
