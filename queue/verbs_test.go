package queue

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// want is what each verb for one file must do to an entry in each state: the state it has afterwards, "gone", or the
// errno in capitals, after which nothing has changed. It is written out here as a person would look it up, apart from
// the table in the code.
const wantFile = `
verb        receiving  ready      uploading  paused     success  failure   canceled  held
deleteFile  gone       gone       gone       gone       gone     gone      gone      gone
cancelFile  canceled   canceled   canceled   canceled   EINVAL   canceled  canceled  canceled
resumeFile  receiving  ready      uploading  paused     EINVAL   EINVAL    ready     EINVAL
retry       receiving  ready      uploading  paused     EINVAL   ready     EINVAL    EINVAL
release     EBUSY      ready      uploading  paused     EINVAL   EINVAL    EINVAL    ready
flush       receiving  ready      uploading  paused     success  EINVAL    EINVAL    EINVAL
`

// wantQueue is the same for the verbs for the whole queue: its state afterwards, and that of an uploading and of a
// paused file.
const wantQueue = `
verb    stopped              running                    paused                  expired
start   running              running/uploading          EBUSY                   EKEYEXPIRED
stop    stopped              stopped/ready/ready        stopped/-/ready         stopped/-/ready
pause   EBUSY                paused/paused/paused       paused/-/paused         paused/-/paused
resume  EBUSY                running/uploading          running/-/ready         EKEYEXPIRED
`

var sentinels = map[string]error{"EINVAL": transfer.ErrInvalid, "EBUSY": transfer.ErrBusy,
	"EKEYEXPIRED": transfer.ErrKeyExpired, "ENOENT": transfer.ErrNoEntry}

// still is a queue that starts nothing by itself, in the given state.
func still(t *testing.T, state list.QueueState) *rig {
	t.Helper()
	r := newRig(t, func(o *Options) { o.Start, o.Settle = false, 1e12 })
	r.mu.Lock()
	r.turn(state)
	r.mu.Unlock()
	return r
}

// turn sets the state of the queue with no slot free, so that nothing starts.
func (r *rig) turn(state list.QueueState) { r.Queue.state, r.o.Files = state, 0 }

// forge makes an entry in the given state, by the moves that lead there.
func (r *rig) forge(t *testing.T, state list.State) *entry {
	t.Helper()
	name := state.String()
	r.drop(name, "content")
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.tree.get(name)
	way := map[list.State][]list.State{list.Ready: {list.Ready}, list.Uploading: {list.Ready, list.Uploading},
		list.Paused:  {list.Ready, list.Uploading, list.Paused},
		list.Success: {list.Ready, list.Success},
		list.Failure: {list.Failure}, list.Canceled: {list.Canceled}, list.Held: {list.Held}}[state]
	for _, s := range way {
		if s == list.Ready {
			r.list.Rank(e)
			e.sealed, e.dirty = true, false
		}
		r.setLocked(e, s)
	}
	if e.State != state {
		t.Fatalf("the entry is %v", e.State)
	}
	return e
}

// rows splits a table into its lines of words.
func rows(table string) (head []string, lines [][]string) {
	for line := range strings.Lines(strings.TrimSpace(table)) {
		lines = append(lines, strings.Fields(line))
	}
	return lines[0][1:], lines[1:]
}

func TestFileVerbsInEveryState(t *testing.T) {
	t.Parallel()
	states, lines := rows(wantFile)
	if len(lines) != len(fileVerbs) || len(states) != len(list.States) {
		t.Fatalf("the table has %d verbs and %d states, the code %d and %d", len(lines), len(states), len(fileVerbs),
			len(list.States))
	}
	for _, qs := range []list.QueueState{list.Stopped, list.Running, list.Halted, list.Expired} {
		for _, line := range lines {
			for i, stateName := range states {
				t.Run(fmt.Sprintf("%s/%s/%s", qs, line[0], stateName), func(t *testing.T) {
					t.Parallel()
					checkFileVerb(t, qs, line[0], stateName, line[i+1])
				})
			}
		}
	}
}

func checkFileVerb(t *testing.T, qs list.QueueState, verbName, stateName, want string) {
	r := still(t, qs)
	state, ok := list.ParseState(stateName)
	if !ok {
		t.Fatal(stateName)
	}
	e := r.forge(t, state)
	var verb Verb
	for v := range fileVerbs {
		if v.String() == verbName {
			verb = v
		}
	}
	err := r.DoFile(t.Context(), verb, e.ID)
	if wanted := sentinels[want]; wanted != nil {
		if !errors.Is(err, wanted) {
			t.Errorf("it says %v, not %s", err, want)
		}
		want = stateName
	} else if err != nil {
		t.Error(err)
	}
	info, found := r.Status(stateName)
	switch got := info.State.String(); {
	case want == "gone" && found:
		t.Errorf("it is still there, %s", got)
	case want == "gone":
		r.gone(stateName)
	case verb == Restore && state == list.Canceled, verb == Retry && state == list.Failure, verb == Release &&
		state == list.Held:
		r.state(stateName, list.Ready) // by way of stable storage
	case got != want && !(verb == Flush && state == list.Receiving):
		t.Errorf("it is %s, not %s", got, want)
	}
	if verb == Flush && state == list.Receiving {
		r.state(stateName, list.Ready)
	}
	if s := r.Summary(); s.State != qs {
		t.Errorf("the queue went from %v to %v", qs, s.State)
	}
}

func TestQueueVerbsInEveryState(t *testing.T) {
	t.Parallel()
	states, lines := rows(wantQueue)
	for _, line := range lines {
		for i, queueState := range states {
			t.Run(line[0]+"/"+queueState, func(t *testing.T) {
				t.Parallel()
				checkQueueVerb(t, line[0], queueState, line[i+1])
			})
		}
	}
}

func checkQueueVerb(t *testing.T, verbName, queueState, want string) {
	var qs list.QueueState
	for _, s := range []list.QueueState{list.Stopped, list.Running, list.Halted, list.Expired} {
		if s.String() == queueState {
			qs = s
		}
	}
	r := still(t, qs)
	r.forge(t, list.Held)
	if qs != list.Stopped {
		r.forge(t, list.Paused)
	}
	if qs == list.Running {
		r.forge(t, list.Uploading)
	}
	var verb Verb
	for v := range queueVerbs {
		if v.String() == verbName {
			verb = v
		}
	}
	err := r.Do(t.Context(), verb)
	if wanted := sentinels[want]; wanted != nil {
		if !errors.Is(err, wanted) {
			t.Errorf("it says %v, not %s", err, want)
		}
		want = queueState
	} else if err != nil {
		t.Error(err)
	}
	for i, part := range strings.Split(want, "/") {
		var got list.State
		switch i {
		case 0:
			if s := r.Summary().State.String(); s != part {
				t.Errorf("the queue is %s, not %s", s, part)
			}
			continue
		case 1:
			got = r.mustStatus(t, "uploading", part != "-")
		case 2:
			got = r.mustStatus(t, "paused", true)
		}
		if part != "-" && got.String() != part {
			t.Errorf("file %d is %v, not %s", i, got, part)
		}
	}
	if r.mustStatus(t, "held", true) != list.Held {
		t.Error("an ended file was touched")
	}
}

func (r *rig) mustStatus(t *testing.T, name string, must bool) list.State {
	t.Helper()
	info, ok := r.Status(name)
	if must && !ok {
		t.Fatalf("%s is gone", name)
	}
	return info.State
}

// TestMovesAreLegal takes every verb through every state and checks that setLocked finds no move that its table lacks;
// the tests above do so as well, here the table itself is checked: whatever a verb leads to is in it.
func TestEffectsAreLegalMoves(t *testing.T) {
	t.Parallel()
	for verb, effects := range fileVerbs {
		for _, from := range list.States {
			eff, ok := effects[from]
			if !ok {
				t.Errorf("%v says nothing of %v", verb, from)
				continue
			}
			to := list.State(eff.to)
			if to == 0 {
				continue
			}
			if !list.May(from, to) {
				t.Errorf("%v leads from %v to %v, which is no legal move", verb, from, to)
			}
		}
	}
}
