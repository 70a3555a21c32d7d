// Package farline is a slow, lossy line to a far endpoint, for benchmarks: on one machine, but with the kernel's own
// TCP, whose retransmissions and windows are what such a line is about. It needs root, Linux, and the program ip.
//
//	client ── connects to Far:port ──> kernel ──> tun device ──> read
//	                                                              │  some are lost, the others wait for the line's
//	                                                              │  rate and for half a round trip
//	server ── listens on Near:port <── kernel <── tun device <── write, with the two addresses exchanged
//
// The server sees a client at Far, and what it answers goes the same way: so everything comes back to this machine,
// from an address that it is not. The checksums stay right, as they are sums of what was only exchanged.
package farline
