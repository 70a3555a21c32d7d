package text

import (
	"fmt"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// Group is the entries of one state as a person is shown them.
type Group struct {
	State list.State
	Title string
	Most  int    // how many of a long list are shown
	verb  string // what sends an entry on its way; "" where nothing is asked of anybody
}

// Groups is all of them, those that matter first. The entries of each come in the order of queue.Overview.
var Groups = []Group{
	{list.Failure, "failed", 50, "retry"},
	{list.Held, "held back", 50, "release"},
	{list.Uploading, "uploading", 30, ""},
	{list.Paused, "paused", 20, ""},
	{list.Ready, "ready, next first", 20, ""},
	{list.Receiving, "being received", 20, ""},
	{list.Success, "uploaded, newest first", 20, ""},
	{list.Canceled, "canceled", 20, "resumeFile"},
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
