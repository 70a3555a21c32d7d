package queue

import "inboxfs/queue/list"

type (
	State      = list.State
	QueueState = list.QueueState
	Count      = list.Count
)

const (
	Receiving = list.Receiving
	Ready     = list.Ready
	Uploading = list.Uploading
	Paused    = list.Paused
	Success   = list.Success
	Failure   = list.Failure
	Canceled  = list.Canceled
	Held      = list.Held

	Stopped = list.Stopped
	Running = list.Running
	Halted  = list.Halted
	Expired = list.Expired
)

var States = list.States

func ParseState(name string) (State, bool) { return list.ParseState(name) }

type entrySet = map[*entry]struct{}
