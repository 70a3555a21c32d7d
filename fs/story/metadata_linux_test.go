package story

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"inboxfs/queue/ossdev"
)

// network is a network of its own (a namespace), in which 100.100.100.200 is this machine. What listens there is
// reached only from within; whoever accepts may be outside.
type network struct {
	t     *testing.T
	space *os.File
	tasks chan func()
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("THIS STORY IS NOT TOLD: only root can make a network")
	}
	n := &network{t: t, tasks: make(chan func())}
	began := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		began <- n.begin()
		for task := range n.tasks {
			task()
		}
	}()
	t.Cleanup(func() { close(n.tasks) })
	if err := <-began; err != nil {
		t.Skipf("THIS STORY IS NOT TOLD: no network can be made: %v", err)
	}
	t.Cleanup(func() { _ = n.space.Close() }) // it was only opened to be named
	return n
}

// begin puts this thread into a network with a loopback interface that has two addresses.
func (n *network) begin() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	defer unix.Close(fd) // nothing was sent
	for name, address := range map[string]net.IP{"lo": net.IPv4(127, 0, 0, 1), "lo:1": net.IPv4(100, 100, 100, 200)} {
		r, err := unix.NewIfreq(name)
		if err != nil {
			return err
		}
		if err := r.SetInet4Addr(address.To4()); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(fd, unix.SIOCSIFADDR, r); err != nil {
			return fmt.Errorf("address of %s: %w", name, err)
		}
		r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
		if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	n.space, err = os.Open("/proc/thread-self/ns/net")
	return err
}

// serve has a handler answer at an address there.
func (n *network) serve(address string, h http.Handler) {
	n.t.Helper()
	listening := make(chan error, 1)
	var l net.Listener
	n.tasks <- func() {
		var err error
		l, err = net.Listen("tcp", address)
		listening <- err
	}
	if err := <-listening; err != nil {
		n.t.Fatal(err)
	}
	s := &http.Server{Handler: h}
	go func() { _ = s.Serve(l) }() // until Close
	n.t.Cleanup(func() { _ = s.Close() })
}

// enter is what a shell does to run a command there.
func (n *network) enter() string {
	return fmt.Sprintf("nsenter --net=/proc/%d/fd/%d -- ", os.Getpid(), n.space.Fd())
}

// TestECSRole has the metadata service answer at the address that it has on ECS. It is asked directly, whatever the
// proxy: a proxy would ask for credentials of its own, and see ours.
func TestECSRole(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	var asked atomic.Int32
	n.serve("100.100.100.200:80", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		const roles = "/latest/meta-data/ram/security-credentials/"
		switch {
		case r.Host != "100.100.100.200":
			w.WriteHeader(http.StatusBadGateway)
		case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token":
			fmt.Fprint(w, "metadata-token")
		case r.Header.Get("X-aliyun-ecs-metadata-token") != "metadata-token":
			w.WriteHeader(http.StatusForbidden)
		case r.URL.Path == roles:
			fmt.Fprint(w, "uploader")
		case r.URL.Path == roles+"uploader":
			fmt.Fprintf(w, `{"Code":"Success",%s}`, roleAnswer())
		}
	}))
	n.serve("127.0.0.1:3128", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the proxy was asked for %s", r.RequestURI)
		w.WriteHeader(http.StatusBadGateway)
	}))
	s := prepareAt(t, ossdev.Options{}, "INBOXFS_START=false", "INBOXFS_CREDENTIAL_MODE=sts",
		"INBOXFS_CREDENTIAL_SOURCE=ecs_ram_role",
		"HTTP_PROXY=http://127.0.0.1:3128", "HTTPS_PROXY=http://127.0.0.1:3128", "ALL_PROXY=http://127.0.0.1:3128",
		"NO_PROXY=")
	n.serve(strings.TrimPrefix(s.server.URL, "http://"), s.server.Server)
	s.setup = "exec " + n.enter() + `"$0" mount "$1" #`
	needFUSE(t)
	s.mount()
	t.Cleanup(s.end)
	s.uploads()
	if asked.Load() < 3 {
		t.Errorf("the metadata service was asked %d times", asked.Load())
	}
}
