// Package faultproxy is a line between a client and the development endpoint that fails as lines and middleboxes do.
// It is for tests only.
//
// ossdev's own faults (ossdev.Fault) are those of a server: it errs, hangs, resets, is slow. This proxy adds what only
// something in between does: a request arrives twice, or after its client has given it up; an answer is cut, or is
// another's; packets vanish.
//
//	client ──▶ Proxy ──▶ endpoint
//	            │ a Rule says to which requests, by their action, and which Fault
//	            │ Lose: packets to the proxy vanish (Linux: a filter on its sockets, for which nobody must be root)
//
// Each request is read whole and sent on as the bytes that came, on a connection of its own. So it is for small
// requests, and slow where speed counts.
package faultproxy
