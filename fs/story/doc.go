// Package story holds no code, only tests: what a user does, with the real program in a process of its own, real
// programs as its clients, and the development endpoint in the test, which can look at every request and be told to
// fail.
package story
