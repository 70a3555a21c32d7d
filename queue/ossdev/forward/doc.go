// Package forward is a proxy such as companies have, for tests only: HTTP, HTTP over TLS, or SOCKS5; with a password
// or without; and one that says nothing, refuses, or opens TLS to look inside. Real proxy programs are in the tests
// beside it; this one is for what they cannot be told to do.
//
//	client ──▶ Proxy ──▶ what was asked for, or Options.To whatever that was: names that nobody resolves will do
package forward
