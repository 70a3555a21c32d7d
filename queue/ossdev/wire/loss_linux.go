package wire

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// Lose makes the kernel drop every packet for a socket, or no longer. A socket of Multipath TCP takes no such filter.
func Lose(socket any, on bool) error {
	s, ok := socket.(syscall.Conn)
	if !ok {
		return fmt.Errorf("wire: %T is no socket", socket)
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return fmt.Errorf("wire: %w", err)
	}
	var setting error
	err = raw.Control(func(fd uintptr) {
		if !on {
			if setting = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0); errors.Is(setting,
				unix.ENOENT) {
				setting = nil // there was none
			}
			return
		}
		nothing := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 0}} // bytes of a packet to keep
		setting = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
			&unix.SockFprog{Len: 1, Filter: &nothing[0]})
	})
	return errors.Join(err, setting)
}
