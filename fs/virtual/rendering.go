package virtual

import (
	"hash/maphash"
	"sync"
	"time"
	"weak"
)

// patience is how many times what a rendering took it must age before a stat has it made anew for a newer version.
// Stats then keep at most a tenth of one processor busy, whatever the length of the list and the number of stats.
const patience = 10

// rendering makes the content of a virtual file, and remembers its size and age. The bytes are kept only as long as a
// handle holds them or the collector has not come by: a list of a million entries should not cost its size for good.
//
// However many open it at the same time, it is made once at a time: who comes while it is made gets the next one,
// together with all others who came meanwhile. Where much is held in memory already, one that is less than a second old
// will do.
type rendering struct {
	render  func(b []byte) ([]byte, error) // appends the content; an error means there is none, ErrNoEntry or worse
	version func() uint64                  // differs whenever the content may; nil: it may at any time
	since   time.Time                      // when the content took its first known form; zero: the first rendering
	held    *held                          // what handles hold of it; nil: nobody counts

	turn sync.Mutex // held while rendering

	mu      sync.Mutex // guards what follows; not held while rendering
	next    *run       // the one that is to begin when the one under way has ended; nil: nobody waits for one
	running *run       // the one under way, or nil
	last    rendered   // the newest finished one
}

// rendered is what is remembered of a finished rendering.
type rendered struct {
	ok      bool
	version uint64
	size    int64
	sum     uint64    // hash of the content
	changed time.Time // when the content was last seen to differ
	began   time.Time
	took    time.Duration
	bytes   weak.Pointer[snapshot]
}

// run is one rendering; whoever needs its version waits for it in get.
type run struct {
	version uint64
	get     func() (*snapshot, error)
}

var seed = maphash.MakeSeed()

// fresh returns the content as it is now.
func (r *rendering) fresh() (*snapshot, error) {
	v := r.label()
	r.mu.Lock()
	if s := r.last.bytes.Value(); r.last.ok && s != nil && !s.closed.Load() {
		same := r.version != nil && r.last.version == v
		if same || r.held.much(r.last.size) && time.Since(r.last.began) < youngest {
			r.mu.Unlock()
			return s, nil
		}
	}
	u := r.running
	if u == nil || r.version == nil || u.version != v {
		if r.next == nil {
			r.next = r.newRun()
		}
		u = r.next
	}
	r.mu.Unlock()
	return u.get()
}

// youngest is how young a rendering serves for a newer one where much is held.
const youngest = time.Second

// label is the version of the content now: what is newer than its label is at worst rendered again.
func (r *rendering) label() uint64 {
	if r.version == nil {
		return 0
	}
	return r.version()
}

// newRun is a rendering that begins when nobody else renders, and so after whoever waits for it has come.
func (r *rendering) newRun() *run {
	u := &run{}
	u.get = sync.OnceValues(func() (*snapshot, error) {
		r.turn.Lock()
		defer r.turn.Unlock()
		v := r.label()
		r.mu.Lock()
		u.version, r.next, r.running = v, nil, u
		r.mu.Unlock()
		return r.make(u)
	})
	return u
}

// instead has d serve where s did.
func (r *rendering) instead(s, d *snapshot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last.bytes.Value() == s {
		r.last.bytes = weak.Make(d)
	}
}

// attr returns size and time of the last change; of an older content if that is young for what it cost.
func (r *rendering) attr() (size int64, changed time.Time, err error) {
	if l, ok := r.young(); ok {
		return l.size, l.changed, nil
	}
	if _, err := r.fresh(); err != nil {
		return 0, time.Time{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last.size, r.last.changed, nil
}

func (r *rendering) young() (rendered, bool) {
	var v uint64
	if r.version != nil {
		v = r.version()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.last
	same := r.version != nil && l.version == v
	return l, l.ok && (same || time.Since(l.began) < (1+patience)*l.took)
}

// make renders for u.
func (r *rendering) make(u *run) (*snapshot, error) {
	r.mu.Lock()
	size := r.last.size
	r.mu.Unlock()

	began := time.Now()
	data, err := r.render(make([]byte, 0, size+size/16))
	s := &snapshot{data: data}
	n := rendered{ok: err == nil, version: u.version, size: int64(len(data)), sum: maphash.Bytes(seed, data),
		changed: began, began: began,
		took: time.Since(began), bytes: weak.Make(s)}

	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = nil
	if err != nil {
		r.last.ok = false
		return nil, err
	}
	switch {
	case r.last.began.IsZero() && !r.since.IsZero():
		n.changed = r.since
	case !r.last.began.IsZero() && n.sum == r.last.sum && n.size == r.last.size:
		n.changed = r.last.changed
	}
	r.last = n
	return s, nil
}
