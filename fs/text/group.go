package text

import "inboxfs/queue/list"

// Group is the entries of one state as a person is shown them.
type Group struct {
	State list.State
	Title string
	Most  int // how many of a long list are shown
}

// Groups is all of them, those that matter first. The entries of each come in the order of queue.Overview.
var Groups = []Group{
	{list.Failure, "failed", 50},
	{list.Held, "held back", 50},
	{list.Uploading, "uploading", 30},
	{list.Paused, "paused", 20},
	{list.Ready, "ready, next first", 20},
	{list.Receiving, "being received", 20},
	{list.Success, "uploaded, newest first", 20},
	{list.Canceled, "canceled", 20},
}

// ShownMost is how many entries of any state an overview needs for the groups.
const ShownMost = 50
