// Package story holds no code, only tests: what a user does, with the real program in a process of its own, real
// programs as its clients, and the development endpoint in the test, which can look at every request and be told to
// fail.
//
// Power cuts (powercut_*) have a disk of their own:
//
//	inboxfs -- its spool -- ext4 -- loop device -- recorder (FUSE, a process of its own) -- image
//	                                                  |
//	                                                  tape: writes, flushes
//
// A cut is the image as it was at a flush, and some of the writes after it. On it inboxfs is started again, and a
// witness says what had been promised by then. Then the same without one sync after another: a cut must show that it is
// missing.
//
//	go test ./fs/story -run 'TestPowerCut$' -v -long 10m -timeout 30m
//	go test ./fs/story -run TestPowerCutWithout -v -long 1s -timeout 60m
package story
