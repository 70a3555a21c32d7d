package daemon

import (
	"bytes"
	"flag"
	"fmt"
	"hash/crc64"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
	"golang.org/x/sys/unix"

	"inboxfs/queue/ossdev/contest"
	"inboxfs/queue/ossdev/sink"
)

var beside = flag.String("beside", "", "another inboxfs `PROGRAM` that takes part in BenchmarkSmallFiles")

const smallFiles, smallSize, smallAtOnce = 2000, 16 << 10, 16

// BenchmarkSmallFiles takes files that are ready from start until wait has returned and their copies are gone: the
// whole product with journal and events. The limit is the SDK's PutObject, which keeps no promise, with as many workers
// and the same endpoint, in a process of its own. Processor time is the client's.
//
//	TMPDIR=/a/disk go test ./control/daemon -run '^$' -bench SmallFiles -benchtime 9x
func BenchmarkSmallFiles(b *testing.B) {
	content := make([]byte, smallSize)
	for i := range content {
		content[i] = byte(i * 7)
	}
	url := sinkProcess(b, crc64.Checksum(content, crc64.MakeTable(crc64.ECMA)))
	ways := []contest.Way{uploads(b, "ours", built(b), url, content)}
	if *beside != "" {
		ways = append(ways, uploads(b, "beside", *beside, url, content))
	}
	contest.Run(b, contest.Amount{Files: smallFiles, CPU: true}, append(ways, sdkUploads(b, url, content))...)
}

// uploads is a mount that drops and uploads again and again.
func uploads(b *testing.B, name, program, url string, content []byte) contest.Way {
	b.Helper()
	m := newMounted(b, program, "--oss-endpoint", url, "--upload-files", fmt.Sprint(smallAtOnce),
		"--inbox-settle", "50ms", "--inbox-writer-wait", "0s")
	m.start(b)
	round := 0
	return contest.Way{Name: name,
		Before: func() error {
			round++
			m.write(b, "control", "clear finished\nstop\n")
			for i := range smallFiles {
				m.write(b, fmt.Sprintf("inbox/%d/%d/%d.jpg", round, i/100, i), string(content))
			}
			for m.count(b, "ready") != smallFiles {
				time.Sleep(10 * time.Millisecond)
			}
			return nil
		},
		Once: func() error {
			m.write(b, "control", "start\nwait\n")
			for left := true; left; {
				all, err := filepath.Glob(filepath.Join(m.spool, "inbox", fmt.Sprint(round), "*", "*.jpg"))
				if err != nil {
					return err
				}
				left = len(all) > 0
			}
			return nil
		},
		Used: func() (time.Duration, error) { return usedBy(m.command.Process.Pid) },
	}
}

// sdkUploads is the SDK with a folder of such files.
func sdkUploads(b *testing.B, url string, content []byte) contest.Way {
	b.Helper()
	dir := b.TempDir()
	for i := range smallFiles {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), content, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	client, err := aliyun.New(url, "id", "secret", aliyun.AuthVersion(aliyun.AuthV4), aliyun.Region("cn-hangzhou"))
	if err != nil {
		b.Fatal(err)
	}
	bucket, err := client.Bucket("bucket")
	if err != nil {
		b.Fatal(err)
	}
	return contest.Way{Name: "sdk",
		Once: func() error {
			names, failed := make(chan string), make(chan error, smallFiles)
			var workers sync.WaitGroup
			for range smallAtOnce {
				workers.Go(func() {
					for name := range names {
						failed <- bucket.PutObjectFromFile(name, filepath.Join(dir, name))
					}
				})
			}
			for i := range smallFiles {
				names <- fmt.Sprint(i)
			}
			close(names)
			workers.Wait()
			for range smallFiles {
				if err := <-failed; err != nil {
					return err
				}
			}
			return nil
		},
		Used: func() (time.Duration, error) { return usedBy(0) },
	}
}

// usedBy is the time of processors that a process took, this one being 0.
func usedBy(pid int) (time.Duration, error) {
	clock := int32(unix.CLOCK_PROCESS_CPUTIME_ID)
	if pid != 0 {
		clock = ^int32(pid)<<3 | 2 // as clock_getcpuclockid has it
	}
	var used unix.Timespec
	err := unix.ClockGettime(clock, &used)
	return time.Duration(used.Nano()), err
}

// sinkProcess starts an endpoint in a process of its own, which answers every content with one CRC-64, and returns its
// address.
func sinkProcess(b *testing.B, crc uint64) (url string) {
	b.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestSinkProcess$")
	c.Env = append(os.Environ(), fmt.Sprintf("SINK_CRC=%d", crc))
	in, err := c.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close() // that ends it
		if err := c.Wait(); err != nil {
			b.Error(err)
		}
	})
	if _, err := fmt.Fscanln(out, &url); err != nil {
		b.Fatal(err)
	}
	return url
}

// TestSinkProcess is that process, and tests nothing.
func TestSinkProcess(t *testing.T) {
	var crc uint64
	if _, err := fmt.Sscan(os.Getenv("SINK_CRC"), &crc); err != nil {
		t.Skip("it is only for BenchmarkSmallFiles")
	}
	s, err := sink.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Answer(crc)
	fmt.Println(s.URL)
	var rest bytes.Buffer
	if _, err := rest.ReadFrom(os.Stdin); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
