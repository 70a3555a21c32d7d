package list

import "slices"

// moves is every change of state there is; package queue's doc.go draws it. An entry begins as Receiving and may be
// deleted in any state; everything else must stand here.
var moves = map[State][]State{
	Receiving: {Ready, Held, Canceled, Failure},
	Ready:     {Uploading, Receiving, Canceled, Success},
	Uploading: {Success, Failure, Ready, Paused, Canceled, Receiving},
	Paused:    {Ready, Receiving, Canceled, Success},
	Success:   {},
	Failure:   {Ready, Receiving, Canceled},
	Canceled:  {Ready, Receiving},
	Held:      {Ready, Receiving, Canceled},
}

// May reports whether an entry may go from one state to another.
func May(from, to State) bool { return slices.Contains(moves[from], to) }
