package story

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"inboxfs/queue/atonce"
	"inboxfs/queue/ossdev"
	"inboxfs/queue/ossdev/faultproxy"
)

// quick are the stories that -short tells: one of each kind.
const quick = "^Test(LinesAndWords|ImportsPointOneWay|WhereIsIt|FirstSession|Tree|ControlCommand|KeepSendsNothingAgain|" +
	"StopAndStart|KillAndMount|VOD|Hook|StatusCommand)$"

// program is the built inboxfs.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if os.Getenv("WILD_SEED") != "" {
		return runWildWriter()
	}
	if dir := os.Getenv("PACE_MOUNT"); dir != "" {
		return runPace(dir)
	}
	if dir := os.Getenv(recordEnv); dir != "" {
		return runRecorder(dir)
	}
	if source := os.Getenv(mapEnv); source != "" {
		if err := runMapper(source, os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	n := runtime.GOMAXPROCS(0)
	if err := errors.Join(atonce.Tests(n+(n+1)/2), atonce.Short(quick)); err != nil { // stories do more than wait
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if program = os.Getenv("STORY_PROGRAM"); program != "" {
		return m.Run() // root runs us once more as an ordinary user
	}
	dir, err := os.MkdirTemp("", "inboxfs-story")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	program = filepath.Join(dir, "inboxfs")
	if out, err := exec.Command("go", "build", "-o", program, "inboxfs").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building inboxfs: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// lookAtSources makes the go command tell the stories again when the program has changed. It is built at run time,
// which the test cache does not see; but it remembers which files a test looked at. To import packages is not enough:
// what the test does not call is not linked, and changes of it leave the same test. Nor is a look in TestMain, which is
// not noted.
var lookAtSources = sync.OnceValue(func() error {
	for _, root := range []string{"../../main.go", "../../fs", "../../queue", "../../control"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil && os.Getenv("STORY_PROGRAM") == "" { // as an ordinary user they are not at hand, nor of interest
			return err
		}
	}
	return nil
})

const (
	bucket = "story"
	keyID  = "story-key"
	secret = "story-secret-never-to-be-seen"
)

// story is one user with one spool, one mount and one endpoint.
type story struct {
	t        *testing.T
	dir, mnt string
	server   *ossdev.Running
	proxy    *faultproxy.Proxy // nil unless asked for
	env      []string
	setup    string // shell commands that a daemon inherits from: limits, a umask

	daemon *exec.Cmd
	exited chan error
	log    syncBuffer

	secrets syncBuffer // one a line: what must stand nowhere; see hidden
}

// syncBuffer collects what the daemon says.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// begin starts an endpoint and mounts. env is INBOXFS_... variables.
func begin(t *testing.T, env ...string) *story {
	t.Helper()
	return beginAt(t, ossdev.Options{}, env...)
}

// beginAt is begin with an endpoint of one's own; $URL in env is its address, $PROXY that of a fault proxy before it,
// and PROGRAM is run in place of inboxfs as it is.
func beginAt(t *testing.T, o ossdev.Options, env ...string) *story {
	t.Helper()
	needFUSE(t)
	s := prepareAt(t, o, env...)
	s.mount()
	t.Cleanup(s.end)
	return s
}

// prepareAt is beginAt without the mount.
func prepareAt(t *testing.T, o ossdev.Options, env ...string) *story {
	t.Helper()
	if err := lookAtSources(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := &story{t: t, dir: dir, mnt: filepath.Join(dir, "mnt")}
	var err error
	o.Dir = filepath.Join(dir, "objects")
	s.server, err = ossdev.Start("", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.server.Close(); err != nil {
			t.Error(err)
		}
	})
	s.server.AddKey(keyID, secret, "", time.Time{})
	s.secret(secret)
	if err := s.server.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.Join(env, " "), "$PROXY") {
		s.proxy, err = faultproxy.Start(s.server.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.proxy.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	for i, variable := range env {
		if s.proxy != nil {
			variable = strings.ReplaceAll(variable, "$PROXY", s.proxy.URL)
		}
		env[i] = strings.ReplaceAll(variable, "$URL", s.server.URL)
	}
	s.env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "MNT=" + s.mnt, "INBOXFS_SPOOL=" +
		filepath.Join(dir, "spool"),
		"INBOXFS_OSS_ENDPOINT=" + s.server.URL, "INBOXFS_OSS_REGION=cn-hangzhou", "INBOXFS_OSS_BUCKET=" + bucket,
		"ALIBABA_CLOUD_ACCESS_KEY_ID=" + keyID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + secret,
		"INBOXFS_START=true", "INBOXFS_INBOX_SETTLE=100ms", "INBOXFS_INBOX_WRITER_WAIT=0s"}, env...)
	return s
}

func needFUSE(t *testing.T) {
	t.Helper()
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("THIS STORY IS NOT TOLD: /dev/fuse cannot be used: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("fusermount3"); err != nil && os.Geteuid() != 0 {
		t.Skip("THIS STORY IS NOT TOLD: fusermount3 is missing; install fuse3")
	}
}

// mount starts the daemon and returns when the mount answers.
func (s *story) mount() {
	s.t.Helper()
	run := program
	for _, variable := range s.env {
		if other, ok := strings.CutPrefix(variable, "PROGRAM="); ok {
			run = other
		}
	}
	s.daemon = exec.Command("sh", "-c", s.setup+` exec "$0" mount "$1"`, run, s.mnt)
	s.daemon.Env = s.env
	s.daemon.Stdout, s.daemon.Stderr = &s.log, &s.log
	if err := s.daemon.Start(); err != nil {
		s.t.Fatal(err)
	}
	daemon, exited := s.daemon, make(chan error, 1)
	s.exited = exited
	go func() { exited <- daemon.Wait() }()
	s.until("the mount answers", func() bool {
		select {
		case err := <-exited:
			s.t.Fatalf("the daemon ended: %v\n%s", err, s.log.String())
		default:
		}
		return exec.Command("cat", s.mnt+"/queue").Run() == nil // names the kernel may still know from a dead one
	})
}

// kill ends the daemon as a power switch would, and leaves the stale mount.
func (s *story) kill() {
	s.t.Helper()
	if err := s.daemon.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	<-s.exited
	s.daemon = nil
}

// stop ends the daemon as systemd would, and fails unless that goes well.
func (s *story) stop() {
	s.t.Helper()
	if s.daemon == nil {
		return
	}
	if err := s.daemon.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case err := <-s.exited:
		if err != nil {
			s.t.Errorf("the daemon ended with %v:\n%s", err, s.log.String())
		}
	case <-time.After(time.Minute):
		s.t.Error("the daemon does not end")
		s.kill()
	}
	s.daemon = nil
}

// end leaves nothing behind, whatever happened.
func (s *story) end() {
	if s.t.Failed() {
		s.t.Logf("events:\n%s\nlog:\n%s", clip(s.events()), clip(s.log.String()))
	}
	s.stop()
	if out, err := s.try(
		"! grep -q \" $MNT fuse\" /proc/mounts || umount -l $MNT || fusermount3 -u -z $MNT"); err != nil {
		s.t.Errorf("a mount is left: %v: %s", err, out)
	}
}

func clip(s string) string {
	const most = 6000
	if len(s) > most {
		return "..." + s[len(s)-most:]
	}
	return s
}

// sh runs a script with the mount as $MNT and returns what it prints; it must succeed.
func (s *story) sh(script string) string {
	s.t.Helper()
	out, err := s.try(script)
	if err != nil {
		s.t.Fatalf("%s\n%v\n%s", script, err, out)
	}
	return out
}

// try is sh for a script that may fail.
func (s *story) try(script string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "bash", "-c", script)
	c.Dir, c.Env = s.dir, s.env
	c.WaitDelay = time.Second
	out, err := c.CombinedOutput()
	return strings.TrimSuffix(string(out), "\n"), err
}

// fails runs a script that must fail, and returns what it prints.
func (s *story) fails(script string) string {
	s.t.Helper()
	out, err := s.try(script)
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		s.t.Fatalf("%s\nends with %v\n%s", script, err, out)
	}
	return out
}

// until waits for something, and says what when it does not come.
func (s *story) until(what string, ok func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			list, _ := s.try("cat $MNT/list $MNT/queue")
			s.t.Logf("list:\n%s", clip(list))
			s.t.Fatalf("waited in vain until %s\nevents:\n%s\nlog:\n%s", what, clip(s.events()), clip(s.log.String()))
		}
	}
}

// events is the event log in the spool, which can be read at any time.
func (s *story) events() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "spool", "events.log"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Error(err)
	}
	return string(text)
}

// seen is the events in order, as NAME or NAME:FILE, and fails on a gap in their numbers.
func (s *story) seen() []string {
	s.t.Helper()
	var all []string
	for line := range strings.Lines(s.events()) {
		f := fields(line)
		if seq, err := strconv.Atoi(f["seq"]); err != nil || seq != len(all)+1 {
			s.t.Fatalf("after %d events comes: %s", len(all), line)
		}
		name := f["event"]
		if f["file"] != "" {
			name += ":" + f["file"]
		}
		all = append(all, name)
	}
	return all
}

// fields takes a line of text events apart.
func fields(line string) map[string]string {
	f := make(map[string]string)
	for rest := strings.TrimSuffix(line, "\n"); rest != ""; rest = strings.TrimPrefix(rest, " ") {
		key, after, ok := strings.Cut(rest, "=")
		if !ok {
			break
		}
		value, err := strconv.QuotedPrefix(after)
		if err == nil {
			rest = after[len(value):]
			value, err = strconv.Unquote(value)
		}
		if err != nil {
			value, rest, _ = strings.Cut(after, " ")
		}
		f[key] = value
	}
	return f
}

// count is how often an event was logged.
func (s *story) count(event string) int { return strings.Count(s.events(), "event="+event+" ") }

// parts is the numbers of the parts that reached the endpoint whole, in order of their answers.
func (s *story) parts(key string) []int {
	var numbers []int
	for _, r := range s.server.Requests() {
		if r.Action == "UploadPart" && r.Key == key && r.Status == 200 {
			numbers = append(numbers, r.Part)
		}
	}
	return numbers
}

// arrived fails unless the object is there, equal to the file, and nothing is left half uploaded.
func (s *story) arrived(key, file string) {
	s.t.Helper()
	object, _, ok := s.server.Object(bucket, key)
	if !ok {
		s.t.Errorf("%s did not arrive", key)
		return
	}
	if out, err := exec.Command("cmp", file, object).CombinedOutput(); err != nil {
		s.t.Errorf("%s is not what was dropped: %s", key, out)
	}
}
