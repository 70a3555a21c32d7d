// Package command is the command line: one command a file, which says what it takes and calls what does it.
//
//	inboxfs ─┬─ demo  mount  unmount  status  check  devserver  version
//	         ├─ control ── a command for each verb, from the one table of package control
//	         ├─ completion SHELL   what a shell runs for TAB; mounted.go has what it offers
//	         └─ help  configuration
//
// Whatever is wrong with how it was called is a usageError (usage.go), which says what to write instead, and exit code
// 2.
package command
