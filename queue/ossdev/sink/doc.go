// Package sink is an endpoint for benchmarks: it takes everything, keeps nothing, and costs as little as a server can,
// so that what is measured is the client.
//
//	client ──> connections, whose bytes are counted (Wire) ──> requests, whose bodies are read (Body) ──> an answer
//
// It checks no signature and computes no CRC-64: an object's is what Answer was given.
package sink
