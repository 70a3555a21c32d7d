package list

import "fmt"

// State is where one entry stands. Its names are what list, status and the events show.
type State uint8

const (
	Receiving State = iota + 1 // being written, settling, or waiting for its final name
	Ready                      // on stable storage: data, name and queue entry
	Uploading                  // on its way, also while it waits for the next try
	Paused                     // stopped in the middle by pause or by an expired token
	Success                    // uploaded and verified
	Failure                    // ended with an error that waiting does not mend; the data is kept
	Canceled                   // skipped by cancelFile; stays in the list
	Held                       // looks unfinished; waits for release or delete
)

var stateNames = [...]string{Receiving: "receiving", Ready: "ready", Uploading: "uploading", Paused: "paused",
	Success: "success", Failure: "failure", Canceled: "canceled", Held: "held"}

// States lists every entry state in the order in which the queue file counts them.
var States = []State{Receiving, Ready, Uploading, Paused, Success, Failure, Canceled, Held}

func (s State) String() string {
	if int(s) < len(stateNames) && s != 0 {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// Ended reports whether nothing more happens to an entry by itself.
func (s State) Ended() bool {
	return s == Success || s == Failure || s == Canceled || s == Held
}

// Barred reports whether an entry in that state is not uploaded before somebody wants it.
func (s State) Barred() bool { return s == Failure || s == Canceled || s == Held }

// ParseState is the inverse of String.
func ParseState(name string) (State, bool) {
	for _, s := range States {
		if stateNames[s] == name {
			return s, true
		}
	}
	return 0, false
}

// QueueState is what the whole queue does.
type QueueState uint8

const (
	Stopped QueueState = iota + 1 // nothing starts until start
	Running                       // files start as they become ready
	Halted                        // paused by the user; named "paused"
	Expired                       // credentials must be renewed before anything goes on
)

var queueStateNames = [...]string{Stopped: "stopped", Running: "running", Halted: "paused", Expired: "expired"}

func (s QueueState) String() string {
	if int(s) < len(queueStateNames) && s != 0 {
		return queueStateNames[s]
	}
	return fmt.Sprintf("QueueState(%d)", uint8(s))
}
