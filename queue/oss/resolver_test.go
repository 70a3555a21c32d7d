package oss_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
)

// What the resolver answers for a host.
const (
	found      = iota // 127.0.0.1
	unknown           // there is no such name
	failing           // SERVFAIL
	answerless        // nothing
)

// hosts is what the resolver of this process knows; names that are not in it are unknown.
var hosts = struct {
	mu sync.Mutex // guards of
	of map[string]int
}{of: make(map[string]int)}

// resolve says what becomes of the lookups of a host, and of all names below it.
func resolve(host string, how int) {
	hosts.mu.Lock()
	defer hosts.mu.Unlock()
	hosts.of[host] = how
}

func lookup(name string) int {
	hosts.mu.Lock()
	defer hosts.mu.Unlock()
	for host, how := range hosts.of {
		if name == host || strings.HasSuffix(name, "."+host) {
			return how
		}
	}
	return unknown
}

// No test asks the network for a name: net.Dialer's lookups end here.
func init() {
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go serveNames(server)
		return client, nil
	}}
}

// serveNames answers DNS questions as they come over TCP, until the client leaves.
func serveNames(c net.Conn) {
	defer c.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		q := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, q); err != nil {
			return
		}
		name, end := question(q)
		how := lookup(name)
		if how == answerless {
			continue
		}
		a := append([]byte(nil), q[:end]...)
		// an answer, with its code
		binary.BigEndian.PutUint16(a[2:], 0x8180|map[int]uint16{unknown: 3, failing: 2}[how])
		binary.BigEndian.PutUint16(a[8:], 0)
		binary.BigEndian.PutUint16(a[10:], 0) // without what else stood in the question
		if how == found && binary.BigEndian.Uint16(q[end-4:]) == 1 {
			binary.BigEndian.PutUint16(a[6:], 1)
			// the name asked for, A, IN, no time to live, 4 bytes
			a = append(a, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(a))), a...)); err != nil {
			return
		}
	}
}

// question is the name that a message asks for, and where the question ends: behind name, type and class.
func question(q []byte) (name string, end int) {
	var labels []string
	for end = 12; q[end] != 0; end += 1 + int(q[end]) {
		labels = append(labels, string(q[end+1:end+1+int(q[end])]))
	}
	return strings.Join(labels, "."), end + 5
}
