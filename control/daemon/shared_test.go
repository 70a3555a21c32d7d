package daemon

import (
	"testing"

	"inboxfs/control/config"
)

// TestOwned remembers in a spool that others were let in; root need not.
func TestOwned(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, c := range []struct{ root, shared, want bool }{
		{true, true, true}, {false, false, true}, {false, false, true}, {false, true, false}, {false, false, false},
		{true, false, true},
	} {
		got, err := owned(config.Config{Spool: dir, AllowOther: c.shared}, c.root)
		if err != nil || got != c.want {
			t.Errorf("step %d: as root %v, shared %v: %v (%v)", i, c.root, c.shared, got, err)
		}
	}
	if _, err := owned(config.Config{Spool: dir + "/none", AllowOther: true}, false); err == nil {
		t.Error("where it cannot be remembered there is no error")
	}
}
