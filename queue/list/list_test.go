package list

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"inboxfs/queue/transfer"
)

// node is an entry with nothing but its place in the list.
type node struct {
	Item[*node]
	tries  int
	failed bool
}

func (n *node) Tried() (int, bool) { return n.tries, n.failed }

func (n *node) String() string { return fmt.Sprint(n.ID) }

func newNode(l *List[*node]) *node {
	n := &node{Item: NewItem[*node](l.NextID(), 0, Receiving, 10)}
	l.Add(n)
	l.Count(n)
	return n
}

// TestRandomSteps does whatever can be done to a list, in any order, and recounts it after each step.
func TestRandomSteps(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		l := New[*node]()
		var all []*node
		for range 500 {
			var n *node
			if len(all) > 0 {
				n = all[r.IntN(len(all))]
			}
			switch what := r.IntN(10); {
			case n == nil || what == 0:
				all = append(all, newNode(l))
			case what == 1:
				l.Remove(n)
				all = slices.DeleteFunc(all, func(o *node) bool { return o == n })
			case what == 2 && n.State == Receiving:
				l.Park(n, !n.Parked)
			case what == 3:
				l.Resize(n, r.Int64N(100))
			case what == 4:
				l.SetUploaded(n, r.Int64N(10))
			case what == 5 && (n.State == Receiving || n.State == Uploading):
				l.Wake(n, now.Add(time.Duration(r.IntN(100))*time.Second))
			case what == 6:
				l.OutOfLine(n)
				if n.tries, n.failed = r.IntN(5), r.IntN(2) == 0; n.State == Ready {
					l.LineUp(n)
				}
			case what == 7 && n.State == Receiving:
				l.Rank(n)
			default:
				if to := moves[n.State]; len(to) > 0 {
					l.Move(n, to[r.IntN(len(to))])
				}
			}
			if wrong := l.Verify(); len(wrong) > 0 {
				t.Fatalf("seed %d: %q", seed, wrong)
			}
		}
		if l.Len() != len(all) {
			t.Errorf("seed %d: %d entries of %d", seed, l.Len(), len(all))
		}
	}
}

// TestIllegalMove: a move that is not in the table is a fault of the program.
func TestIllegalMove(t *testing.T) {
	t.Parallel()
	l := New[*node]()
	n := newNode(l)
	defer func() {
		if recover() == nil || n.State != Receiving {
			t.Errorf("it is %v now", n.State)
		}
	}()
	l.Move(n, Success)
}

// TestOrder: what never failed goes in order of addition; what failed goes by how often it did, then by that order.
func TestOrder(t *testing.T) {
	t.Parallel()
	l := New[*node]()
	ready := func(tries int) *node {
		n := newNode(l)
		n.tries, n.failed = tries, tries > 0
		l.Rank(n)
		l.Move(n, Ready)
		return n
	}
	often, first, once, second := ready(3), ready(0), ready(1), ready(0)
	if got := l.NextReady(10); !slices.Equal(got, []*node{first, second, once, often}) {
		t.Errorf("they go as %v", got)
	}
	if l.First() != first || l.FirstAgain() != once {
		t.Errorf("first %v, and of those that failed %v", l.First(), l.FirstAgain())
	}
	l.Move(first, Uploading)
	l.OutOfLine(first)
	if ready, again := l.InLine(); ready != 1 || again != 2 || l.First() != second {
		t.Errorf("in line %d and %d", ready, again)
	}
	if got := slices.Collect(l.All()); !slices.Equal(got, []*node{often, first, once, second}) {
		t.Errorf("listed as %v", got)
	}
}

// TestTimers: the soonest comes first, each once, and those that are received wait apart from those to be tried again.
func TestTimers(t *testing.T) {
	t.Parallel()
	l, now := New[*node](), time.Unix(1000, 0)
	late, soon := newNode(l), newNode(l)
	if !l.Wake(late, now.Add(2*time.Second)) || !l.Wake(soon, now.Add(time.Second)) ||
		l.Wake(late, now.Add(3*time.Second)) {
		t.Error("who is first is told wrongly")
	}
	if _, wait, ok := l.Settled(now); ok || wait != time.Second {
		t.Errorf("the next one has %v", wait)
	}
	var order []transfer.ID
	for e, _, ok := l.Settled(now.Add(time.Minute)); ok; e, _, ok = l.Settled(now.Add(time.Minute)) {
		order = append(order, e.ID)
	}
	if !slices.Equal(order, []transfer.ID{soon.ID, late.ID}) || soon.Due != nil || soon.Waits() {
		t.Errorf("they settle as %v", order)
	}
	l.Move(soon, Ready)
	l.Move(soon, Uploading)
	l.Wake(soon, now.Add(time.Hour))
	if _, _, ok := l.ToRetry(now, false); ok || l.Retrying() != 1 {
		t.Error("it need not wait")
	}
	if e, _, ok := l.ToRetry(now, true); !ok || e != soon {
		t.Error("it waits, though it need not any more")
	}
}

// TestResize: a file that was cut while it was sent shows no more sent than it has.
func TestResize(t *testing.T) {
	t.Parallel()
	r := Row{State: Receiving, Size: 100, Uploaded: 60, Sent: 80}
	if r.Resize(70); r.Size != 70 || r.Uploaded != 60 || r.Sent != 70 {
		t.Errorf("%+v", r)
	}
	if r.Resize(0); r.Uploaded != 0 || r.Sent != 0 || r.Percent() != 0 {
		t.Errorf("%+v", r)
	}
}
