package ossdev

import (
	"bufio"
	"bytes"
	"fmt"
	"hash/crc64"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// killDir tells this test program to be a server in that folder, for TestKill to kill.
const killDir = "OSSDEV_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		s, err := Start("", Options{Dir: dir, Keys: map[string]Key{testID: {Secret: testSecret}}})
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		fmt.Println(s.URL)
		select {} // until it is killed
	}
	os.Exit(m.Run())
}

// TestKill kills a busy server without warning, three times, and looks at what the next one has: every object and
// part that was acknowledged, whole, and no object that is not.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := func(worker, n int) string { return fmt.Sprintf("w%d/%d", worker, n%5) } // overwritten again and again
	data := func(worker, n int) []byte { return bytes.Repeat(fmt.Appendf(nil, "%d %d ", worker, n), 2000+n%7) }
	var mu sync.Mutex
	acknowledged := map[string]int{} // by key, the n put last
	sent := map[string]map[string]bool{}
	for round := range 3 {
		command := exec.Command(os.Args[0], "-test.run=^$")
		command.Env = append(os.Environ(), killDir+"="+dir)
		out := must[interface{ Read([]byte) (int, error) }](t)(command.StdoutPipe())
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		url := strings.TrimSpace(must[string](t)(bufio.NewReader(out).ReadString('\n')))
		c := must[*aliyun.Client](t)(aliyun.New(url, testID, testSecret, noRetry()))
		if err := c.CreateBucket(testBucket); err != nil {
			t.Fatal(err)
		}
		b := open(t, c)
		up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("film"))
		part := must[aliyun.UploadPart](t)(b.UploadPart(up, strings.NewReader("part"), 4, 1))
		var wg sync.WaitGroup
		busy := make(chan bool, 1000)
		for worker := range 4 {
			wg.Go(func() {
				for n := round * 1_000_000; ; n++ {
					k, d := key(worker, n), data(worker, n)
					mu.Lock()
					if sent[k] == nil {
						sent[k] = map[string]bool{}
					}
					sent[k][string(d)] = true
					mu.Unlock()
					if b.PutObject(k, bytes.NewReader(d)) != nil {
						return // it was killed
					}
					mu.Lock()
					acknowledged[k] = n
					mu.Unlock()
					select {
					case busy <- true:
					default:
					}
				}
			})
		}
		for range 40 {
			select {
			case <-busy:
			case <-time.After(30 * time.Second):
				t.Error("the server does nothing")
			}
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait() // says that it was killed
		wg.Wait()

		s, err := New(Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, u := range s.Uploads() {
			found = found || u.ID == up.UploadID && len(u.Parts) == 1 && `"`+u.Parts[0].ETag+`"` == part.ETag
		}
		if !found {
			t.Error("an acknowledged part is lost")
		}
		for k, last := range acknowledged {
			file, m, ok := s.Object(testBucket, k)
			if !ok {
				t.Errorf("round %d: %s is lost", round, k)
				continue
			}
			got := must[[]byte](t)(os.ReadFile(file))
			if !sent[k][string(got)] || m.CRC64 != crc64.Checksum(got, ecma) || m.Size != int64(len(got)) {
				t.Errorf("round %d: %s is not what was sent, or its record is of something else", round, k)
			}
			var worker, n int
			if _, err := fmt.Sscan(string(got), &worker, &n); err != nil || n < last {
				t.Errorf("round %d: %s is number %d, but %d was acknowledged (%v)", round, k, n, last, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
