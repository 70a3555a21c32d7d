package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestWhoseLinkInAMovedFolder moves folders with a link in them, by one user and the other, while the entries below
// have yet to follow; also when the daemon is killed before they do. What another had moved is not followed.
func TestWhoseLinkInAMovedFolder(t *testing.T) {
	t.Parallel()
	type move struct {
		old, name string
		by        Who
	}
	for name, c := range map[string]struct {
		moves []move
		then  func(r *rig, far string) // not told to the journal any more
		end   string                   // where the link is then
		want  list.State
	}{
		"the owner's":          {[]move{{"d", "e", Owner}}, nil, "e/s/l", list.Ready},
		"another's":            {[]move{{"d", "e", Stranger}}, nil, "e/s/l", list.Held},
		"of a folder below":    {[]move{{"d/s", "t", Stranger}}, nil, "t/l", list.Held},
		"the owner's behind":   {[]move{{"d", "e", Stranger}, {"e", "f", Owner}}, nil, "f/s/l", list.Held},
		"another's behind":     {[]move{{"d", "e", Owner}, {"e", "f", Stranger}}, nil, "f/s/l", list.Held},
		"out of another's":     {[]move{{"d", "e", Stranger}, {"e/s", "s", Owner}}, nil, "s/l", list.Held},
		"below another's":      {[]move{{"d/s", "d/t", Stranger}, {"d", "e", Owner}}, nil, "e/t/l", list.Held},
		"below the owner's":    {[]move{{"d/s", "d/t", Owner}, {"d", "e", Owner}}, nil, "e/t/l", list.Ready},
		"of another folder":    {[]move{{"other", "e", Stranger}}, nil, "d/s/l", list.Ready},
		"exchanged":            {[]move{{"d", "other", Owner}}, nil, "other/s/l", list.Ready},
		"exchanged by another": {[]move{{"d", "other", Stranger}}, nil, "other/s/l", list.Held},
		"and the link's": {[]move{{"d", "e", Stranger}},
			func(r *rig, far string) { r.renameBy("e/s/l", "l", Owner) }, "l", list.Held},
		"and a further name": {[]move{{"d", "e", Stranger}},
			func(r *rig, far string) { r.linkBy("m", far, "e/s/l", Owner) }, "m", list.Held},
		"and a link made behind": {[]move{{"d", "e", Stranger}},
			func(r *rig, far string) { r.linkBy("e/s/m", far, "", Owner) }, "e/s/m", list.Ready},
		"and a link in its place": {[]move{{"d", "e", Stranger}}, func(r *rig, far string) {
			r.linkBy("new", far, "", Owner)
			r.renameBy("new", "e/s/l", Owner)
		}, "e/s/l", list.Ready},
		"and a release": {[]move{{"d", "e", Stranger}}, func(r *rig, _ string) {
			ctx, cancel := context.WithTimeout(r.t.Context(), time.Second) // what succeeds waits for the journal
			defer cancel()
			id, err := r.Named("e/s/held")
			if err == nil {
				err = r.DoFile(ctx, Release, id)
			}
			if !errors.Is(err, transfer.ErrInvalid) {
				r.t.Errorf("another user's link is released (%v)", err)
			}
		}, "e/s/held", list.Held},
	} {
		for _, killed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, killed %v", name, killed), func(t *testing.T) {
				t.Parallel()
				if killed && c.then != nil {
					t.Skip("the journal does not know of that yet")
				}
				exchanged := strings.HasPrefix(name, "exchanged")
				j := &stuckJournal{pass: len(c.moves), gate: make(chan struct{}), at: make(chan struct{})}
				if exchanged {
					j.pass = 3
				}
				set := func(o *Options) { o.Start, o.Owned = false, true }
				r := newRig(t, set, func(o *Options) { j.Journal, o.Journal = o.Journal, j })
				open := sync.OnceFunc(func() { close(j.gate) })
				defer open()
				far := elsewhere(t, "private")
				for i := range 20 { // which follow before the links do
					for _, folder := range []string{"d", "other"} {
						r.drop(fmt.Sprintf("%s/s/%d", folder, i), "content")
					}
				}
				r.linkBy("d/s/l", far, "", Owner)
				r.state("d/s/l", list.Ready)
				r.linkBy("d/s/held", far+"-not-there", "", Owner)
				r.state("d/s/held", list.Held)
				if err := os.WriteFile(far+"-not-there", nil, 0o600); err != nil {
					t.Fatal(err)
				}
				r.crowd()
				for _, m := range c.moves {
					if exchanged {
						r.exchange(m.old, m.name, m.by)
					} else {
						r.renameBy(m.old, m.name, m.by)
					}
				}
				select {
				case <-j.at:
				case <-time.After(10 * time.Second):
					t.Fatal("the moves are not in the journal")
				}
				switch {
				case killed:
					r = openRig(t, r.killed(), set)
				case c.then != nil:
					c.then(r, far)
				}
				open()
				if info := r.state(c.end, c.want); c.want == list.Held && info.Error != codeLink {
					t.Errorf("it is held with %s: %s", info.Error, info.Message)
				}
			})
		}
	}
}
