package fs

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"inboxfs/queue/opened"
	"inboxfs/queue/ossdev/contest"
)

// BenchmarkInbox compares drops with the same copies on the disk below, done by programs outside, as users would.
// served is what an ordinary user gets, passthrough what root does. The file system of TMPDIR should have a journal:
// without one, ext4 is slow to create files where many were deleted, which hides everything else.
//
//	TMPDIR=/a/disk go test ./fs -run '^$' -bench Inbox -benchtime 7x
func BenchmarkInbox(b *testing.B) {
	const large, files, small = 1 << 30, 10_000, 4096
	source := b.TempDir()
	for i := range files {
		if err := os.WriteFile(filepath.Join(source, strconv.Itoa(i)), make([]byte, small), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for _, passthrough := range []bool{false, true} {
		name := map[bool]string{false: "served", true: "passthrough"}[passthrough]
		way := func(name, dir, script, clean string) contest.Way {
			sh := func(script string) error {
				c := exec.Command("sh", "-c", script)
				c.Env = append(os.Environ(), "D="+dir, "S="+source)
				if out, err := c.CombinedOutput(); err != nil {
					return fmt.Errorf("%w: %s", err, out)
				}
				return nil
			}
			return contest.Way{Name: name, Once: func() error { return sh(script) },
				After: func() error { return sh(clean + "; sync -f $D") }}
		}
		b.Run("large/"+name, func(b *testing.B) {
			const script = "dd if=/dev/zero of=$D/f bs=1M count=1024 status=none"
			contest.Run(b, contest.Amount{Bytes: large, CPU: true}, way(name, inboxOf(b, passthrough), script,
				"rm $D/f"), way("disk", b.TempDir(), script, "rm $D/f"))
		})
		b.Run("small/"+name, func(b *testing.B) {
			contest.Run(b, contest.Amount{Files: files, CPU: true}, way(name, inboxOf(b, passthrough), "cp -r $S $D/d",
				"rm -r $D/d"), way("disk", b.TempDir(), "cp -r $S $D/d", "rm -r $D/d"))
		})
	}
}

// inboxOf is an inbox with nothing behind it.
func inboxOf(b *testing.B, passthrough bool) string {
	b.Helper()
	dir, mnt := filepath.Join(b.TempDir(), "spool", "inbox"), filepath.Join(b.TempDir(), "mnt")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	table, _, err := opened.Open(filepath.Join(dir, "..", "opened"), "this boot", func(err error) { b.Error(err) })
	if err != nil {
		b.Fatal(err)
	}
	s, err := Mount(context.Background(), mnt, Options{Inbox: dir, Queue: &fakeQueue{}, Control: newFakeControl(),
		Events: &fakeEvents{},
		Opened: table, Passthrough: passthrough})
	if err != nil {
		b.Skipf("SKIPPED, NOTHING MEASURED: %v", err)
	}
	b.Cleanup(func() {
		if err := s.Unmount(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return filepath.Join(mnt, "inbox")
}
