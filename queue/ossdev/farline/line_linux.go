package farline

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Start makes a line. The caller must Close it.
func Start(o Options) (*Line, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("far line: %w", err)
	}
	name, err := device(fd)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("far line: %w", err), unix.Close(fd))
	}
	var number int
	if _, err := fmt.Sscanf(name, pattern, &number); err != nil {
		return nil, errors.Join(fmt.Errorf("far line: device %q: %w", name, err), unix.Close(fd))
	}
	// 198.18.0.0/15 is for benchmarks (RFC 2544).
	l := &Line{Near: fmt.Sprintf("198.18.%d.1", number%256), Far: fmt.Sprintf("198.18.%d.2", number%256), o: o,
		tun: os.NewFile(uintptr(fd), "/dev/net/tun")}
	setup := []string{"addr add " + l.Near + "/30 dev " + name, "link set " + name + " mtu 1500 up"}
	if o.Control != "" {
		setup = append(setup, "route add "+l.Far+" dev "+name+" congctl "+o.Control)
	}
	for _, words := range setup {
		if out, err := exec.Command("ip", strings.Fields(words)...).CombinedOutput(); err != nil {
			return nil, errors.Join(fmt.Errorf("far line: ip %s: %w: %s", words, err, out), l.tun.Close())
		}
	}
	out, back := make(chan packet, 1<<16), make(chan packet, 1<<16)
	l.ending.Go(func() { l.read(out, back) })
	l.ending.Go(func() { l.write(out) })
	l.ending.Go(func() { l.write(back) })
	return l, nil
}

// pattern is how the devices are called; the kernel puts a number in.
const pattern = "farline%d"

func device(fd int) (string, error) {
	r, err := unix.NewIfreq(pattern)
	if err != nil {
		return "", err
	}
	r.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, r); err != nil {
		return "", err
	}
	return r.Name(), nil
}

// Line is a line in both directions, each with the rate and the losses of Options.
type Line struct {
	Near string // address that a server listens on
	Far  string // address at which a client finds it

	o      Options
	tun    *os.File
	ending sync.WaitGroup
	wire   atomic.Int64
}

// Close ends the line and what is on it.
func (l *Line) Close() error {
	err := l.tun.Close()
	l.ending.Wait()
	return err
}

// Wire is how many bytes of packets the line was given, with headers, in both directions.
func (l *Line) Wire() int64 { return l.wire.Load() }

// packet is one that is on its way.
type packet struct {
	bytes []byte
	due   time.Time
}

// read takes packets from this machine, and puts those that are not lost on their way.
func (l *Line) read(out, back chan<- packet) {
	defer close(out)
	defer close(back)
	free := map[bool]time.Time{} // when a direction has sent what it was given
	ports := map[uint16]bool{}   // from which a connection was begun
	buffer := make([]byte, 1<<16)
	for {
		n, err := l.tun.Read(buffer)
		if err != nil {
			return // closed
		}
		p := buffer[:n]
		if n < 40 || p[0]>>4 != 4 || p[9] != unix.IPPROTO_TCP || net.IP(p[16:20]).String() != l.Far {
			continue // the kernel's own IPv6 and multicast
		}
		l.wire.Add(int64(n))
		head := int(p[0]&15) * 4
		from, flags := uint16(p[head])<<8|uint16(p[head+1]), p[head+13]
		if flags&0x12 == 0x02 { // SYN without ACK
			ports[from] = true
		}
		outward := ports[from]
		now := time.Now()
		sent := free[outward]
		if sent.Before(now) {
			sent = now
		}
		if l.o.Rate > 0 {
			if sent.Sub(now) > l.o.Queue {
				continue // a full queue
			}
			sent = sent.Add(time.Duration(float64(n) / float64(l.o.Rate) * float64(time.Second)))
			free[outward] = sent
		}
		if rand.Float64() < l.o.Loss {
			continue
		}
		copied := append(append(append(make([]byte, 0, n), p[:12]...), p[16:20]...), p[12:16]...)
		to := back
		if outward {
			to = out
		}
		select {
		case to <- packet{append(copied, p[20:]...), sent.Add(l.o.RoundTrip / 2)}:
		default: // more than a line holds
		}
	}
}

// write gives packets back to this machine when they are due.
func (l *Line) write(way <-chan packet) {
	for p := range way {
		time.Sleep(time.Until(p.due))
		_, _ = l.tun.Write(p.bytes) // what the kernel does not take is one more loss
	}
}
