package fs

import "testing"

// TestInboxSetID has another user, and root, write to files with set-id bits.
func TestInboxSetID(t *testing.T) {
	t.Parallel()
	other := needOther(t)
	for mode, passthrough := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			it := mountInbox(t, passthrough, func(o *Options) { o.AllowOther = true })
			openWay(t, it.dir)
			for _, c := range []struct{ what, before, script, after string }{
				{"write", "6777", "echo y >> f", "777"},
				{"write without group execution", "6767", "echo y >> f", "2767"},
				{"open for writing", "4777", ": >> f", "4777"},
				{"truncate", "6777", "truncate -s 1 f", "777"},
				{"open with O_TRUNC", "6777", ": > f", "777"},
				{"read", "6777", "cat f > /dev/null", "6777"},
			} {
				begin := "cd $M/inbox; rm -f f; echo x > f; chmod " + c.before + " f; "
				it.ok(t, begin)
				if out, code := it.as(t, other, "cd $M/inbox; "+c.script); code != 0 {
					t.Fatalf("%s: %s", c.what, out)
				}
				if got := it.ok(t, "stat -c %a $M/inbox/f "+it.spool("f")); got != c.after+"\n"+c.after+"\n" {
					t.Errorf("after %s by another user %s is %q, not %s", c.what, c.before, got, c.after)
				}
				it.ok(t, begin+c.script)
				if got := it.ok(t, "stat -c %a $M/inbox/f"); got != c.before+"\n" {
					t.Errorf("after %s by root %s is %q", c.what, c.before, got)
				}
			}
		})
	}
}
