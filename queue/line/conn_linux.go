package line

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// delivered is how many bytes the other side acknowledged so far.
func delivered(c net.Conn) (bytes uint64, ok bool) {
	sc, is := c.(syscall.Conn)
	if !is {
		return 0, false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0, false
	}
	if raw.Control(func(fd uintptr) {
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if ok = err == nil; ok {
			bytes = info.Bytes_acked
		}
	}) != nil {
		return 0, false
	}
	return bytes, ok
}
