package daemon

import (
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// BenchmarkStream has a large file written into the inbox, and waits for its object. The limit is the longer of the
// two: to write it, and to upload one of that size that lies there already. Both are measured in the same run; the line
// is as fast as it is told.
//
//	TMPDIR=/a/disk go test ./control/daemon -run '^$' -bench Stream -benchtime 1x
func BenchmarkStream(b *testing.B) {
	const size, line = 1 << 30, "100MiB/s"
	program := built(b)
	server, err := ossdev.Start("", ossdev.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Close(); err != nil {
			b.Error(err)
		}
	})
	server.AddKey("id", "secret", "", time.Time{})
	if err := server.CreateBucket("bucket"); err != nil {
		b.Fatal(err)
	}
	flags := []string{"--oss-endpoint", server.URL, "--upload-limit", line}
	for _, c := range []struct {
		name string
		rate int64 // bytes per second at which it is written; 0: as fast as it goes
	}{{"copied", 0}, {"recorded", 50 << 20}} {
		b.Run(c.name, func(b *testing.B) {
			plain, ahead := newMounted(b, program, flags...),
				newMounted(b, program, append(flags, "--upload-stream")...)
			plain.start(b)
			ahead.start(b)
			block := make([]byte, 1<<20)
			if _, err := rand.Read(block); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				put := func(m *mount) float64 {
					return m.each(b, 1, func(int) { m.put(b, block, size, c.rate) })
				}
				wait := func(m *mount) { m.write(b, "control", "wait\n") }
				written := put(plain)
				time.Sleep(3 * time.Second)
				uploaded := plain.each(b, 1, func(int) { plain.write(b, "control", "start\n"); wait(plain) })
				b.ReportMetric(written, "write-s")
				b.ReportMetric(uploaded, "upload-s")
				ahead.write(b, "control", "start\n")
				for _, m := range []*mount{plain, ahead} {
					whole := m.each(b, 1, func(int) { put(m); wait(m) })
					name := map[*mount]string{plain: "plain", ahead: "ahead"}[m]
					b.ReportMetric(whole, name+"-s")
					b.ReportMetric(whole/max(written, uploaded), name+"/longer")
				}
				plain.write(b, "control", "stop\n")
			}
			b.ReportMetric(0, "ns/op")
			plain.stop(b)
			ahead.stop(b)
		})
	}
}

// put writes a file into the inbox.
func (m *mount) put(b *testing.B, block []byte, size, rate int64) {
	b.Helper()
	f, err := os.Create(filepath.Join(m.mnt, "inbox", "show.mov"))
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	for n := int64(0); n < size && err == nil; n += int64(len(block)) {
		block[n>>20&0xff]++
		_, err = f.Write(block)
		if rate > 0 {
			time.Sleep(time.Until(began.Add(time.Duration(float64(n) / float64(rate) * float64(time.Second)))))
		}
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err == nil {
		_, err = f.Write(block[:4096]) // the header, at last
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		b.Fatal(err)
	}
}
