package forward

import (
	"encoding/binary"
	"io"
	"net"
	"strconv"
)

// What SOCKS5 (RFC 1928) and its passwords (RFC 1929) are spelled with.
const (
	version      = 5
	open         = 0 // no password is wanted
	byPassword   = 2
	unacceptable = 0xff
	address4     = 1
	domain       = 3
	address6     = 4
	unreachable  = 4 // answer: the host cannot be reached
)

// socks serves one connection.
func (p *Proxy) socks(c net.Conn) {
	if !p.greeted(c) {
		return
	}
	to, err := wanted(c)
	if err != nil {
		return
	}
	p.note(to)
	if p.o.Mute == Asked {
		p.hush(c)
		return
	}
	answer := func(code byte) bool {
		_, err := c.Write([]byte{version, code, 0, address4, 0, 0, 0, 0, 0, 0})
		return err == nil
	}
	if p.o.Answer != 0 {
		answer(byte(p.o.Answer))
		return
	}
	server, err := p.dial(to)
	if err != nil {
		answer(unreachable)
		return
	}
	if !answer(0) {
		_ = server.Close() // nobody wants it
		return
	}
	p.through(c, server)
}

// greeted agrees on whether there is a password, and takes it.
func (p *Proxy) greeted(c net.Conn) bool {
	offered, err := counted(c, version)
	if err != nil {
		return false
	}
	method := byte(open)
	if p.o.User != "" {
		method = byPassword
	}
	for _, o := range offered {
		if o != method {
			continue
		}
		if _, err := c.Write([]byte{version, method}); err != nil || method == open {
			return err == nil
		}
		user, err := counted(c, 1)
		if err != nil {
			return false
		}
		var n [1]byte
		if _, err := io.ReadFull(c, n[:]); err != nil {
			return false
		}
		password := make([]byte, n[0])
		if _, err := io.ReadFull(c, password); err != nil {
			return false
		}
		good := string(user) == p.o.User && string(password) == p.o.Password
		answer := []byte{1, 0}
		if !good {
			answer[1] = 1
		}
		_, err = c.Write(answer)
		return good && err == nil
	}
	_, _ = c.Write([]byte{version, unacceptable}) // the client says what came of it
	return false
}

// counted reads a version, which must be that one, a number, and so many bytes.
func counted(c net.Conn, version byte) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return nil, err
	}
	if head[0] != version {
		return nil, io.ErrUnexpectedEOF
	}
	b := make([]byte, head[1])
	_, err := io.ReadFull(c, b)
	return b, err
}

// wanted reads where a client wants to go.
func wanted(c net.Conn) (string, error) {
	var head [4]byte // version, command, nothing, kind of address
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return "", err
	}
	n := map[byte]int{address4: net.IPv4len, address6: net.IPv6len}[head[3]]
	if head[3] == domain {
		var length [1]byte
		if _, err := io.ReadFull(c, length[:]); err != nil {
			return "", err
		}
		n = int(length[0])
	}
	b := make([]byte, n+2)
	if _, err := io.ReadFull(c, b); err != nil {
		return "", err
	}
	host := string(b[:n])
	if head[3] != domain {
		host = net.IP(b[:n]).String()
	}
	return net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(b[n:])))), nil
}
