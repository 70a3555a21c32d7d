package queue

import (
	"strings"
	"testing"

	"inboxfs/queue/hint"
	"inboxfs/queue/list"
)

// TestRefusalsHelp: the command that a refusal names is not refused in that state. It asks the tables of all verbs.
func TestRefusalsHelp(t *testing.T) {
	t.Parallel()
	helped := 0
	for v, states := range fileVerbs {
		for state, eff := range states {
			if eff.first == 0 {
				continue
			}
			helped++
			if !eff.first.Acts(state) {
				t.Errorf("%s of a %s file names %s, which is refused", v, state, eff.first)
			}
			want := ": inboxfs control " + eff.first.String() + " 'a'"
			if got := eff.refusal(hint.Way{}, "'a'"); !strings.HasSuffix(got, want) {
				t.Errorf("%s of a %s file says %s", v, state, got)
			}
		}
	}
	for v, states := range queueVerbs {
		for state, eff := range states {
			if eff.first == 0 {
				continue
			}
			helped++
			if queueVerbs[eff.first][state].err != nil {
				t.Errorf("%s of a %s queue names %s, which is refused", v, state, eff.first)
			}
		}
	}
	if helped < 10 {
		t.Errorf("only %d refusals name a command", helped)
	}
}

// TestCommandsAct: what is shown of a file that waits for somebody does something in that state.
func TestCommandsAct(t *testing.T) {
	t.Parallel()
	for state, verbs := range map[list.State][2]Verb{list.Failure: {Retry, Delete}, list.Held: {Release, Delete},
		list.Canceled: {Restore, Delete}} {
		for _, v := range verbs {
			if !v.Acts(state) {
				t.Errorf("%s does nothing to a %s file", v, state)
			}
		}
	}
}
