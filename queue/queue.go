package queue

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"inboxfs/queue/abort"
	"inboxfs/queue/commit"
	"inboxfs/queue/hint"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/reference"
	"inboxfs/queue/seal"
	"inboxfs/queue/transfer"
	"inboxfs/queue/wake"
)

// Options is what a Queue is made of.
type Options struct {
	Inbox    string // the drops' tree in the spool
	Journal  commit.Journal
	Events   commit.Events
	Uploader transfer.Uploader
	Names    *names.Rules // which names are never uploaded, or not yet
	// Check says why a file of that size is not a whole one; "" if it may be. Such a file is held. nil: none is.
	Check func(r io.ReaderAt, size int64) (cut string, err error)

	Files       int           // files at once, at least 1
	Settle      time.Duration // quiet time after the last writer closed
	RelaySettle time.Duration // the same where the last writer was a relay such as smbd
	WriterWait  time.Duration // for how long a file waits at most whose writer works on beside it; 0: it does not
	MaxRetries  int           // runs given up in a row before a file fails; 0: never
	Keep        bool          // keep the spool copy after the upload
	// unless copies are kept, hold what lies in a folder that a sync program keeps alike elsewhere
	HoldSynced  bool
	KeepFolders bool  // keep folders that came with their files after these were uploaded
	Fresh       bool  // start unfinished files over after a restart instead of going on from their parts
	Start       bool  // begin running instead of stopped
	Owned       bool  // what belongs to us in the spool was made by us: we are root, or let nobody else in
	Stream      bool  // send files ahead while they are written
	HLS         bool  // a playlist and what it names go to VOD as one video
	Replace     bool  // an object takes the place of an older one: what was added later wins
	Limit       int64 // bytes per second, 0 = none

	Log *slog.Logger
	Now func() time.Time // nil: time.Now
}

// Queue holds the entries and moves them from state to state. Its methods may be called from anywhere at once.
type Queue struct {
	o      Options
	now    func() time.Time
	ctx    context.Context // of the runs
	cancel context.CancelFunc
	drain  chan struct{} // closed when runs shall end after what is in flight

	mounted chan struct{}       // closed when finder is set
	finder  *reference.Resolver // finds what is added by reference

	syncTold sync.Map   // folders of which the log has said that a sync program keeps them alike elsewhere
	sweeping sync.Mutex // held while spool copies of uploaded files are removed
	names    guard

	// mu guards everything below but the committer and the sealer's list, which have locks of their own. Nothing waits
	// for a disk or the network while it is held. doc.go has the order of the locks.
	mu      sync.Mutex
	state   list.QueueState
	closing bool
	version uint64
	// entries up to this place in the order may have been sent by a daemon that was killed
	doubt     uint64
	list      *list.List[*entry]         // the entries, their states, order and counts
	uploads   list.Index[string, *entry] // by the id of the multipart upload that they go on with
	videos    list.Index[string, *entry] // by VOD's id of the video
	asks      bool                       // a server says for each file where it goes; only then is the next of use
	addresses list.Index[uint64, *entry] // by bucket and key, uploaded ones, too
	places    list.Index[uint64, *entry] // not uploaded, by the place of their object
	renamings uint64                     // moves of folders so far
	tree      tree
	fair      list.Fair            // which of both comes next
	lookAt    time.Time            // when that may be another; zero: not by itself
	arrived   time.Time            // when something last arrived
	hurry     int                  // how many of retrying need not wait any more
	active    int                  // runs whose goroutines have not ended
	sending   map[uint64]*run      // the same by place
	mutes     mutes                // which of them have no place
	streams   map[*entry]*stream   // what is sent ahead
	streaming int                  // runs of these; only runStreams makes more
	twins     map[FileID]int       // handles that can write, of files with several names
	turns     seal.Turns[*sealing] // what is on its way to stable storage, in the order in which it is added
	behind    map[*entry]struct{}  // their turn had come, and they were passed over: see blockedLocked
	mediums   mediums
	starting  *run            // the last one started, until it has begun
	busySince int64           // unix ms; 0: nothing that was begun is left
	expiry    *transfer.Error // why the queue is expired, when it is
	grants    grants
	renewals  int   // how often there were new credentials
	succeeded int64 // since busySince
	failed    int64
	done      int64    // bytes of those that succeeded; 0 while not busy
	totals    Totals   // without its Summary
	way       hint.Way // how a shell reaches the mount
	meter     transfer.Meter
	limit     int64
	waiters   map[*entry][]*waiter // for one entry; nil: for all
	aborts    *abort.Orders
	leaving   []*entry             // uploaded; their spool copies go
	staying   []*entry             // uploaded; their spool copies could not be removed
	moving    []*relocation        // folders that not all entries have followed
	adoptions []*adoption          // folders whose files nobody knows yet
	lastMove  uint64               // number of the last move of a folder in the journal
	moves     []uint64             // those that are there
	taken     takenNames           // uploaded, and the copy was removed, in the list or not
	given     given                // for what was uploaded and is not in the list any more
	unlike    []*entry             // uploaded; their spool copies are to be compared with that
	emptied   map[*dir]struct{}    // folders that uploads took a file from
	folders   Folders              // who may remove them; nil: nobody yet
	used      map[string]time.Time // when something last happened in a top folder of the inbox

	late   map[uint64]straggler // by place
	fading []fading             // stragglers of which nobody will hear, in the order in which they are over
	asking []uint64             // places of those that are over, of which it is asked what came
	// places of those for which it is to be read first what was sent, by who has the file
	heirs  map[transfer.ID][]uint64
	unsure time.Time // until then requests of a daemon that was killed may be stragglers

	journalError string
	isBroken     bool // broken is closed

	// names whose rows may still say in the journal that they are not to be uploaded, and how many changes end that
	unbarred map[string]int

	labels    labels
	known     known
	commits   *commit.Committer
	sealer    *seal.Sealer[*sealing]
	clockWake wake.Bell
	relocated wake.Bell // holds one token when moving or adoptions has something
	bits      bits      // usualBits
	askWake   wake.Bell // holds one token when asking has something
	sweepWake wake.Bell

	compareWake wake.Bell

	runs      sync.WaitGroup // uploads
	looks     sync.WaitGroup // at files outside the spool; they may hang as long as a disk far away does
	workers   sync.WaitGroup // clock, sealer, aborter, sweeper
	committed sync.WaitGroup // the committer, which outlives them
	stop      chan struct{}
	stopLast  chan struct{}
	broken    chan struct{} // closed when the journal is lost until it is opened anew

	shutdown sync.Once
	ended    error // what Shutdown said
}

// New brings a queue back to where the journal and the spool say it was, and starts it. The Journal must be a loaded
// one: Recover reads it.
func New(o Options, recovered *Recovered) (*Queue, error) {
	if o.Files < 1 {
		return nil, fmt.Errorf("files at once: %d, but at least 1 is needed", o.Files)
	}
	inbox, err := filepath.Abs(o.Inbox)
	if err != nil {
		return nil, err
	}
	o.Inbox = inbox
	q := &Queue{o: o, now: o.Now, drain: make(chan struct{}), mounted: make(chan struct{}), state: list.Stopped,
		list: list.New[*entry](), waiters: make(map[*entry][]*waiter),
		sending: make(map[uint64]*run), behind: make(map[*entry]struct{}), streams: make(map[*entry]*stream),
		twins: make(map[FileID]int),
		names: guard{seed: maphash.MakeSeed()}, emptied: make(map[*dir]struct{}), used: make(map[string]time.Time),
		clockWake: wake.NewBell(),
		askWake:   wake.NewBell(), relocated: wake.NewBell(), bits: usualBits,
		sweepWake: wake.NewBell(), compareWake: wake.NewBell(),
		stop: make(chan struct{}), stopLast: make(chan struct{}), broken: make(chan struct{})}
	if q.now == nil {
		q.now = time.Now
	}
	q.mediums = newMediums()
	q.ctx, q.cancel = context.WithCancel(context.Background())
	q.commits = q.newCommitter()
	q.sealer, q.aborts = q.newSealer(), q.newOrders()
	q.limit = o.Limit
	o.Uploader.Limit(o.Limit)
	_, key, err := o.Uploader.Key("any", 0)
	q.asks = err == nil && key == ""
	if err := q.restore(recovered); err != nil { // stopped, so that nothing starts yet
		return nil, err
	}
	if o.Start {
		q.state = list.Running
	}
	if err := q.commits.First(journal.Batch{QueueState: q.state.String(), Doubt: q.doubt}); err != nil {
		return nil, fmt.Errorf("writing the journal: %w", err)
	}
	killpoint.At("start: queue journaled")
	q.committed.Go(func() { q.commits.Run(q.stopLast) })
	q.workers.Go(func() { q.runClock(q.stop) })
	q.workers.Go(func() { q.sealer.Run(q.stop) })
	q.workers.Go(func() { q.aborts.Run(q.ctx) })
	q.workers.Go(func() { q.runAsking(q.ctx) })
	q.workers.Go(func() { q.runLabels(q.stop) })
	q.workers.Go(func() { q.runSweeper(q.stop) })
	q.workers.Go(func() { q.runRelocations(q.stop) })
	q.workers.Go(func() { q.runComparer(q.stop) })
	if o.Stream {
		q.workers.Go(func() { q.runStreams(q.stop) })
	}
	q.wakeScheduler()
	return q, nil
}

// SetLimit sets the bandwidth of all uploads together, in bytes per second, now; 0 means none.
func (q *Queue) SetLimit(bytesPerSecond int64) {
	q.mu.Lock()
	q.limit = bytesPerSecond
	q.touchLocked()
	q.mu.Unlock()
	q.o.Uploader.Limit(bytesPerSecond)
}

// Drain begins the end: no upload starts any more, those under way end after the requests in flight, waits are over,
// and verbs are refused. Drops are still received. Shutdown follows.
func (q *Queue) Drain() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closing {
		return
	}
	q.closing = true
	close(q.drain)
	for e := range q.streams {
		q.drainStreamLocked(e)
	}
}

// Shutdown stops the queue and discards nothing. Requests in flight may end until ctx does, then they are cut. It
// returns when no goroutine of the queue runs any more and all is in the journal, or says what could not be written.
// Calls that come later find a queue that does nothing and waits for nothing. A look at a
// referenced file whose disk does not answer is not waited for longer than ctx. A second Shutdown waits for the first.
func (q *Queue) Shutdown(ctx context.Context) error {
	q.shutdown.Do(func() { q.ended = q.end(ctx) })
	return q.ended
}

// syncGrace is for bringing what is received to stable storage at the end.
const syncGrace = 5 * time.Second

func (q *Queue) end(ctx context.Context) error {
	q.Drain()
	ended := make(chan struct{})
	go func() {
		q.runs.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	q.cancel()
	<-ended
	killpoint.At("end: runs ended")
	close(q.stop)
	q.workers.Wait()
	looked := make(chan struct{})
	go func() {
		q.looks.Wait()
		close(looked)
	}()
	select {
	case <-looked:
	case <-ctx.Done(): // who still looks finds that it is too late, and does nothing
	}
	// Requests that hung have used up ctx, which says nothing of the disk.
	syncing, cancel := context.WithTimeout(context.WithoutCancel(ctx), syncGrace)
	q.syncReceived(syncing)
	cancel()
	close(q.stopLast)
	q.committed.Wait()
	killpoint.At("end: all committed")
	known := q.knowExactly()
	q.mu.Lock()
	failed := q.journalError
	doubt := q.doubtfulLocked()
	q.mu.Unlock()
	if failed != "" {
		return fmt.Errorf("the journal could not be written: %s", failed)
	}
	if known != nil {
		return fmt.Errorf("what the spool says of itself could not be written: %w", known)
	}
	return q.commits.Last(journal.Batch{Doubt: doubt})
}

// doubtfulLocked is the last place in the order of an entry that a run may have sent without hearing of it; 0 when that
// is remembered already.
func (q *Queue) doubtfulLocked() (last uint64) {
	for e := range q.list.All() {
		if e.sent && e.State != list.Success && e.Order > q.doubt {
			last = max(last, e.Order)
		}
	}
	return last
}

// Broken is closed when a disk error has left the journal unusable until it is opened anew (journal.ErrBroken). Nothing
// is lost, but nothing can be remembered: drops are still received, no upload starts, and verbs fail. The daemon should
// end and be started again.
func (q *Queue) Broken() <-chan struct{} { return q.broken }

// Left is what is pending, for the last words of a daemon that stops.
func (q *Queue) Left() (c list.Count) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, s := range []list.State{list.Receiving, list.Ready, list.Uploading, list.Paused, list.Held} {
		c.Entries += q.list.Of(s).Entries
		c.Bytes += q.list.Of(s).Bytes
	}
	return c
}
