package upload

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
)

// FuzzStream writes a file in any way while it is sent ahead, with attributes set and removed, runs that are called
// off, requests that fail and a server that forgets. Then the file is complete, and perhaps its last run, too, is
// called off and an attribute set. The object is what the file was when its last run began, bytes and headers, and no
// multipart upload is left.
func FuzzStream(f *testing.F) {
	f.Add([]byte("a\xffraac\x01r"))           // ahead, a class, ahead, complete
	f.Add([]byte("a\xffra\xffrm\x02a\x90rz")) // an attribute between two runs ahead
	f.Add([]byte("a\xffrl\x01rl\x00z"))       // the ACL alone
	f.Add([]byte("a\xffa\xffi\x01c\x02rfrzi\x03m\x04"))
	f.Add([]byte("a\xffrw\x10m\x01t\x30rzc\x00"))
	f.Add([]byte("a\xfflxa\xffnrxm\x05r"))
	f.Fuzz(func(t *testing.T, steps []byte) {
		s := newStreaming(t)
		for i := 0; i < len(steps) && i < 40; i++ {
			n := byte(0)
			if i+1 < len(steps) {
				n = steps[i+1]
			}
			s.step(steps[i], int(n))
		}
		s.complete()
	})
}

// streaming is a file, what is known of it, and what an uploader has of it.
type streaming struct {
	t    *testing.T
	f    *fake
	w    *watcher
	u    *Uploader
	job  transfer.Job
	file *os.File
	data []byte
	set  attribute.Set
	off  bool // the last run is to be called off once
}

func newStreaming(t *testing.T) *streaming {
	s := &streaming{t: t, f: newFake(), w: &watcher{}, set: attribute.Set{}}
	o := small(2)
	o.MaxTries, o.BackoffBase, o.BackoffCap, o.Grace = 2, time.Microsecond, time.Microsecond, time.Millisecond
	s.u = New(s.f, o)
	path := filepath.Join(t.TempDir(), "a.mp4")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	s.file, s.job = file, transfer.Job{ID: 7, Name: "clips/a.mp4", Path: path}
	return s
}

func (s *streaming) step(what byte, n int) {
	switch what {
	case 'a': // append
		s.write(len(s.data), n*long/50, byte(n))
	case 'w': // over what is there
		s.write(n*long/50, part/3, byte(n)+1)
	case 't':
		s.data = s.data[:min(len(s.data), n*long/50)]
		if err := s.file.Truncate(int64(len(s.data))); err != nil {
			s.t.Fatal(err)
		}
	case 'c':
		s.attribute("oss.storage-class", []string{"", "IA", "Archive"}[n%3])
	case 'm':
		s.attribute("oss.meta.take", []string{"", "7", "8"}[n%3])
	case 'l':
		s.attribute("oss.acl", []string{"", "private", "public-read"}[n%3])
	case 'r':
		s.run(true, 0)
	case 'i': // a run that is called off
		s.run(true, 1+n%3)
	case 'f': // the next part fails once
		var failed atomic.Bool
		s.f.fault = func(op string, _, _ int) outcome {
			if op != "UploadPart" || failed.Swap(true) {
				return outcome{}
			}
			return outcome{err: network("reset"), after: n%2 == 0}
		}
	case 'n': // the server forgets
		s.f.mu.Lock()
		clear(s.f.uploads)
		s.f.mu.Unlock()
	case 'z':
		s.off = true
	}
}

func (s *streaming) write(off, size int, seed byte) {
	const most = 12 * long
	off = min(off, len(s.data), most)
	size = min(size, most-off)
	chunk := bytes.Repeat([]byte{seed, byte(off >> 8), byte(len(s.data))}, size/3+1)[:size]
	if _, err := s.file.WriteAt(chunk, int64(off)); err != nil {
		s.t.Fatal(err)
	}
	s.data = append(s.data, make([]byte, max(0, off+size-len(s.data)))...)
	copy(s.data[off:], chunk)
}

// attribute sets one, or removes it.
func (s *streaming) attribute(name, value string) {
	var err error
	if value == "" {
		if err = unix.Removexattr(s.job.Path, "user."+name); errors.Is(err, unix.ENODATA) {
			err = nil
		}
		delete(s.set, name)
	} else {
		err = unix.Setxattr(s.job.Path, "user."+name, []byte(value), 0)
		s.set[name] = value
	}
	if errors.Is(err, unix.ENOTSUP) {
		s.t.Skip("NOTHING TESTED: the temporary directory's file system has no extended attributes")
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// run has the uploader do what the queue would have it do. off is after how many parts it is called off; 0: never.
func (s *streaming) run(ahead bool, off int) error {
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	var acked atomic.Int64
	s.w.onAck = func(transfer.Part) {
		if acked.Add(1) == int64(off) {
			cancel()
		}
	}
	s.w.mu.Lock()
	if s.w.m != nil {
		s.w.m.Ahead = s.w.m.Ahead || ahead
	}
	s.w.mu.Unlock()
	s.job.Ahead, s.job.Size, s.job.Resume = ahead, int64(len(s.data)), s.w.resume()
	_, err := s.u.Upload(ctx, s.job, s.w)
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if s.w.m != nil && ahead {
		s.w.m.Ahead = true
	}
	return err
}

// complete ends the file and looks at what became of it.
func (s *streaming) complete() {
	if s.off {
		_ = s.run(false, 1) // called off, or done if it has no more parts
		if _, done := s.f.objects[s.job.Name]; !done {
			s.attribute("oss.meta.last", "1")
		}
	}
	for tries := 0; ; tries++ {
		if _, done := s.f.objects[s.job.Name]; done {
			break
		}
		if err := s.run(false, 0); err != nil && tries == 3 {
			s.t.Fatal(err)
		}
	}
	want := header(s.set, s.job.Name)
	if got := s.f.header[s.job.Name]; !maps.Equal(got, want) {
		s.t.Errorf("the object has %v, the file %v", got, want)
	}
	if !bytes.Equal(s.f.objects[s.job.Name], s.data) {
		s.t.Errorf("the object is not the file of %d bytes", len(s.data))
	}
	if len(s.f.uploads) > 0 || len(s.w.left) > 0 {
		s.t.Errorf("left: %v, %v", s.f.uploads, s.w.left)
	}
}
