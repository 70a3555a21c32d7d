package text

import (
	"fmt"

	"inboxfs/queue"
	"inboxfs/queue/transfer"
)

// Group is the entries of one state as a person is shown them.
type Group struct {
	State queue.State
	Title string
	Most  int    // how many of a long list are shown
	verb  string // what sends an entry on its way; "" where nothing is asked of anybody
}

// Groups is all of them, those that matter first. The entries of each come in the order of queue.Overview.
var Groups = []Group{
	{queue.Failure, "failed", 50, "retry"},
	{queue.Held, "held back", 50, "release"},
	{queue.Uploading, "uploading", 30, ""},
	{queue.Paused, "paused", 20, ""},
	{queue.Ready, "ready, next first", 20, ""},
	{queue.Receiving, "being received", 20, ""},
	{queue.Success, "uploaded, newest first", 20, ""},
	{queue.Canceled, "canceled", 20, "resumeFile"},
}

// ShownMost is how many entries of any state an overview needs for the groups.
const ShownMost = 50

// Line is the line for control that sends an entry of the group on its way; "" where there is none. The entry is meant
// by its number: names may hold what a shell or a terminal takes for something else.
func (g Group) Line(id transfer.ID) string {
	if g.verb == "" {
		return ""
	}
	return fmt.Sprintf("%s #%d", g.verb, id)
}
