package daemon

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"inboxfs/queue/journal"
)

// Of a million entries so many are ready, in one folder of the inbox; the others are uploaded, and in folders of 900.
const million, waiting = 1_000_000, 100_000

// BenchmarkMillion mounts the program with a million entries and looks at what that costs; beside it is a mount without any.
//
//	TMPDIR=/a/disk go test ./fs/daemon -run '^$' -bench Million -benchtime 1x
func BenchmarkMillion(b *testing.B) {
	program := filepath.Join(b.TempDir(), "inboxfs")
	if out, err := exec.Command("go", "build", "-o", program, "inboxfs").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	empty, full := newMounted(b, program), newMounted(b, program)
	fill(b, full.spool)
	full.start(b) // what the journal does not know of this machine is written down now
	for full.count(b, "ready") != waiting {
		time.Sleep(100 * time.Millisecond)
	}
	full.stop(b)
	empty.start(b)
	for b.Loop() {
		b.ReportMetric(full.start(b).Seconds(), "start-s")
		time.Sleep(2 * time.Second) // it gives back what the start took
		b.ReportMetric(float64(full.memory(b, "VmRSS:"))/million, "rss-B/entry")
		b.ReportMetric(float64(full.memory(b, "VmHWM:"))/(1<<20), "start-peak-MiB")
		info, err := os.Stat(filepath.Join(full.spool, "journal.db"))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/million, "journal-B/entry")

		began := time.Now()
		rows := bytes.Count(full.read(b, "list"), []byte("\n")) - 1
		if rows != million {
			b.Fatalf("%d rows", rows)
		}
		b.ReportMetric(million/time.Since(began).Seconds(), "list-rows/s")
		b.ReportMetric(full.each(b, 1000, func(i int) { full.read(b, "status/"+uploaded(i*899)) })*1e6, "status-us")
		b.ReportMetric(full.each(b, 3, func(int) { full.names(b, "status", million/900/10*9) })*1e3, "ls-status-ms")
		b.ReportMetric(full.each(b, 3, func(int) { full.names(b, "status/many", waiting) })*1e3, "ls-status/many-ms")
		b.ReportMetric(full.each(b, 3, func(int) { full.names(b, "inbox/many", waiting) })*1e3, "ls-inbox/many-ms")
		verb := func(i int) {
			full.write(b, "control", []string{"cancelFile ", "resumeFile "}[i%2]+"many/"+strconv.Itoa(i/2)+"\n")
		}
		b.ReportMetric(full.each(b, 200, verb)*1e3, "verb-ms")

		var over atomic.Bool
		lists := 0
		listed := make(chan bool)
		go func() {
			defer close(listed)
			for ; !over.Load(); lists++ {
				_, _ = os.ReadFile(full.mnt + "/list") // the verbs are what is measured
			}
		}()
		b.ReportMetric(full.each(b, 200, verb)*1e3, "verb-beside-list-ms")
		over.Store(true)
		<-listed

		var adds [2][]float64
		for round := range 9 {
			for i, m := range []*mount{empty, full} {
				adds[i] = append(adds[i], m.each(b, 1, func(int) {
					for n := range 300 {
						m.write(b, fmt.Sprintf("inbox/new%d/%d", round, n), "content")
					}
				}))
			}
		}
		slices.Sort(adds[0])
		slices.Sort(adds[1])
		b.ReportMetric(adds[1][4]/300*1e6, "add-us")
		b.ReportMetric(adds[1][4]/adds[0][4], "add/add-to-empty")
		b.ReportMetric(float64(full.memory(b, "VmHWM:"))/(1<<20), "peak-rss-MiB")
		full.stop(b)
	}
	b.ReportMetric(0, "ns/op")
	empty.stop(b)
}

func uploaded(i int) string { return fmt.Sprintf("folder%d/film%d.mp4", i/900, i) }

// fill makes a spool and a journal as a long life leaves them.
func fill(b *testing.B, spool string) {
	b.Helper()
	inbox, err := makeSpool(spool)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(inbox, "many"), 0o755); err != nil {
		b.Fatal(err)
	}
	j, err := journal.Open(filepath.Join(spool, "journal.db"))
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	batch := &journal.Batch{}
	for i := range million {
		r := journal.Record{ID: uint64(i + 1), Order: uint64(i + 1), State: "success", Name: uploaded(i), Size: 4096 + int64(i), ModTime: now.UnixNano(), Gen: 1,
			Added: now.UnixMilli(), Started: now.UnixMilli(), Finished: now.UnixMilli(), Bucket: "bucket", ETag: "D41D8CD98F00B204E9800998ECF8427E",
			RequestID: "5C3D9175B6FC201293AD4890", CRC64: uint64(i) * 0x9e3779b97f4a7c15, HasCRC: true}
		r.Key = r.Name
		if n := i - (million - waiting); n >= 0 {
			r = journal.Record{ID: r.ID, Order: r.Order, State: "ready", Name: "many/" + strconv.Itoa(n), ModTime: now.UnixNano(), Gen: 1, Added: r.Added}
			path := filepath.Join(inbox, r.Name)
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				b.Fatal(err)
			}
			if err := os.Chtimes(path, now, now); err != nil {
				b.Fatal(err)
			}
		}
		if batch.Put = append(batch.Put, r); len(batch.Put) == 50_000 {
			batch.NextID, batch.NextOrder = r.ID+1, r.Order+1
			if err := j.Commit(batch); err != nil {
				b.Fatal(err)
			}
			batch = &journal.Batch{}
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}

// mount is a running program.
type mount struct {
	program, spool, mnt string
	command             *exec.Cmd
	log                 bytes.Buffer
}

func newMounted(b *testing.B, program string) *mount {
	b.Helper()
	m := &mount{program: program, spool: filepath.Join(b.TempDir(), "spool"), mnt: filepath.Join(b.TempDir(), "mnt")}
	b.Cleanup(func() {
		if m.command != nil {
			m.stop(b)
		}
	})
	return m
}

// start returns when the mount answers, and says how long that took.
func (m *mount) start(b *testing.B) time.Duration {
	b.Helper()
	began := time.Now()
	m.command = exec.Command(m.program, "mount", "--spool", m.spool, "--oss-endpoint", "http://127.0.0.1:1", "--oss-region", "cn-hangzhou",
		"--oss-bucket", "bucket", "--inbox-settle", "1h", m.mnt)
	m.command.Env = append(os.Environ(), "OSS_ACCESS_KEY_ID=id", "OSS_ACCESS_KEY_SECRET=secret")
	m.log.Reset()
	m.command.Stdout, m.command.Stderr = &m.log, &m.log
	if err := m.command.Start(); err != nil {
		b.Fatal(err)
	}
	for {
		if _, err := os.Stat(m.mnt + "/queue"); err == nil {
			return time.Since(began)
		}
		if time.Since(began) > time.Minute {
			b.Fatalf("no mount: %s", &m.log)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (m *mount) stop(b *testing.B) {
	b.Helper()
	if err := m.command.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := m.command.Wait(); err != nil {
		b.Fatalf("%v: %s", err, &m.log)
	}
	m.command = nil
}

// each is the median of the seconds that something takes.
func (m *mount) each(b *testing.B, times int, once func(i int)) float64 {
	b.Helper()
	var all []float64
	for i := range times {
		began := time.Now()
		once(i)
		all = append(all, time.Since(began).Seconds())
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func (m *mount) read(b *testing.B, name string) []byte {
	b.Helper()
	data, err := os.ReadFile(filepath.Join(m.mnt, name))
	if err != nil {
		b.Fatal(err)
	}
	return data
}

func (m *mount) write(b *testing.B, name, text string) {
	b.Helper()
	path := filepath.Join(m.mnt, name)
	if err := os.WriteFile(path, []byte(text), 0o644); os.IsNotExist(err) {
		if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			b.Fatal(err)
		}
	} else if err != nil {
		b.Fatalf("%s: %v", text, err)
	}
}

func (m *mount) names(b *testing.B, name string, least int) {
	b.Helper()
	if all, err := os.ReadDir(filepath.Join(m.mnt, name)); err != nil || len(all) < least {
		b.Fatalf("%s: %d names, %v", name, len(all), err)
	}
}

// count is a number in queue.
func (m *mount) count(b *testing.B, key string) int {
	b.Helper()
	for line := range strings.Lines(string(m.read(b, "queue"))) {
		if n, found := strings.CutPrefix(line, key+" "); found {
			if n, err := strconv.Atoi(strings.TrimSpace(n)); err == nil {
				return n
			}
		}
	}
	return -1
}

// memory is a line of /proc/PID/status, in bytes.
func (m *mount) memory(b *testing.B, key string) int64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.command.Process.Pid))
	if err != nil {
		b.Skipf("SKIPPED, NOTHING MEASURED: %v", err)
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == key {
			if kib, err := strconv.ParseInt(f[1], 10, 64); err == nil {
				return kib << 10
			}
		}
	}
	b.Fatalf("no %s", key)
	return 0
}
