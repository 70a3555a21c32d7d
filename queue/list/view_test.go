package list

import "testing"

// TestPercentAtTheEnd: what failed, is held or canceled was not uploaded, and is no part of 100 percent.
func TestPercentAtTheEnd(t *testing.T) {
	t.Parallel()
	for _, state := range []State{Failure, Held, Canceled} {
		s := Summary{Done: 30, Counts: map[State]Count{Success: {Entries: 1, Bytes: 30},
			state: {Entries: 1, Bytes: 10}}}
		if got := s.Percent(); got != 75 {
			t.Errorf("with a %s file it is %d", state, got)
		}
	}
	s := Summary{Done: 30, Counts: map[State]Count{Success: {Entries: 1, Bytes: 30}}}
	if got := s.Percent(); got != 100 {
		t.Errorf("when all is uploaded it is %d", got)
	}
}
