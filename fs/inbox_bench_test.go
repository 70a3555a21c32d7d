package fs

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// BenchmarkInbox compares drops with the same copies on the disk below. Programs outside do them, as users would.
//
//	go test ./fs -run '^$' -bench Inbox -benchtime 5x
func BenchmarkInbox(b *testing.B) {
	const large, files, small = 1 << 30, 2000, 4096
	source := b.TempDir()
	for i := range files {
		if err := os.WriteFile(filepath.Join(source, strconv.Itoa(i)), make([]byte, small), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for _, way := range []struct {
		name        string
		mounted     bool
		passthrough bool
	}{{"disk", false, false}, {"served", true, false}, {"passthrough", true, true}} {
		target := func(b *testing.B) string {
			dir := filepath.Join(b.TempDir(), "spool", "inbox")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				b.Fatal(err)
			}
			if !way.mounted {
				return dir
			}
			mnt := filepath.Join(b.TempDir(), "mnt")
			s, err := Mount(context.Background(), mnt, Options{Inbox: dir, Queue: &fakeQueue{}, Control: newFakeControl(),
				Events: &fakeEvents{}, Passthrough: way.passthrough})
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
		run := func(b *testing.B, dir, script string) {
			c := exec.Command("sh", "-c", script)
			c.Dir = "/"
			c.Env = append(os.Environ(), "D="+dir, "S="+source)
			if out, err := c.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
		}
		b.Run("large/"+way.name, func(b *testing.B) {
			dir := target(b)
			b.SetBytes(large)
			for b.Loop() {
				run(b, dir, "dd if=/dev/zero of=$D/f bs=1M count=1024 status=none")
				b.StopTimer()
				run(b, dir, "rm $D/f; sync")
				b.StartTimer()
			}
		})
		b.Run("small/"+way.name, func(b *testing.B) {
			dir := target(b)
			for b.Loop() {
				run(b, dir, "cp -r $S $D/d")
				b.StopTimer()
				run(b, dir, "rm -r $D/d; sync")
				b.StartTimer()
			}
			b.ReportMetric(files*float64(b.N)/b.Elapsed().Seconds(), "files/s")
		})
	}
}
