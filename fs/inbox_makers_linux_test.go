package fs

import (
	"strings"
	"syscall"
	"testing"
)

// TestWhoMadeALink has the queue told whose hand made a link, or gave a name.
func TestWhoMadeALink(t *testing.T) {
	t.Parallel()
	other := needOther(t)
	it := mountInbox(t, false, func(o *Options) { o.AllowOther = true })
	openWay(t, it.dir)
	steps := `cd $M/inbox && mkdir -m 777 $D && ln -s x $D/l && mv $D/l $D/m && ln -P $D/m $D/n && ln -s y $D/o && $EXE exchange $D/n $D/o && mv $D $D-2`
	exe := "EXE='env INBOXFS_TEST_CHILD=1 " + copyFor(t, self(t)) + "'; "
	it.ok(t,
		"chmod 777 $M/inbox; mkdir -m 777 $M/inbox/mine $M/inbox/mine/d; ln -s x $M/inbox/mine/d/l; ln -s x $M/inbox/l")
	for _, c := range []struct {
		script, by string
		as         *syscall.Credential
	}{
		{strings.ReplaceAll(steps, "$D", "owners"), "", nil},
		{strings.ReplaceAll(steps, "$D", "others"), " by another", other},
		{"cd $M/inbox && mv mine/d mine/e && mv l m", " by another", other},
	} {
		it.prepare(t, "true")
		if out, code := it.as(t, c.as, exe+c.script); code != 0 {
			t.Fatalf("%s: exit %d, %s", c.script, code, out)
		}
		it.rec.mu.Lock()
		links := 0
		for _, call := range it.rec.calls {
			verb, _, _ := strings.Cut(call, " ")
			if verb != "symlink" && verb != "rename" && verb != "exchange" {
				continue
			}
			if links++; strings.HasSuffix(call, " by another") != (c.by != "") ||
				strings.HasSuffix(call, " by nobody") {
				t.Errorf("of %q the queue was told: %s", c.script, call)
			}
		}
		if links < 2 {
			t.Errorf("of %q the queue was told only %q", c.script, it.rec.calls)
		}
		it.rec.mu.Unlock()
	}
}
